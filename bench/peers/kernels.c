// C equivalents of some kernels, for gcc -O3: the same data structures (arrays for lists), and the // and % of Python.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
typedef int64_t I;
static inline I fmod_(I a, I b) {
  I r = a % b;
  return (r && ((r ^ b) < 0)) ? r + b : r;
}
static inline I fdiv_(I a, I b) {
  I q = a / b, r = a % b;
  return (r && ((r ^ b) < 0)) ? q - 1 : q;
}

static I k_fib_(I n) {
  if (n < 2) return n;
  return k_fib_(n - 1) + k_fib_(n - 2);
}
I k_fib(I n) { return k_fib_(n); }

I k_sumrange(I n) {
  I s = 0, t = 7;
  for (I i = 0; i < n; i++) {
    t = fmod_(t * 31 + i, 65521);
    if (t & 1)
      s += t;
    else
      s -= i & 255;
  }
  return s;
}

static I gcd(I a, I b) {
  while (b) {
    I t = fmod_(a, b);
    a = b;
    b = t;
  }
  return a;
}
I k_gcd(I n) {
  I s = 0;
  for (I a = 1; a < n; a++)
    for (I b = 1; b < n; b++) s += gcd(a, b);
  return s;
}

I k_sieve(I n) {
  char* f = malloc(n + 1);
  for (I i = 0; i <= n; i++) f[i] = 1;
  I c = 0, last = 0;
  for (I i = 2; i <= n; i++)
    if (f[i]) {
      c++;
      last = i;
      for (I j = i * i; j <= n; j += i) f[j] = 0;
    }
  free(f);
  return c * 1000003 + last;
}

static I* mk(I n, I seed) {
  I* m = malloc(n * n * 8);
  I x = seed;
  for (I i = 0; i < n * n; i++) {
    x = fmod_(x * 1103515245 + 12345, 2147483648LL);
    m[i] = x % 100;
  }
  return m;
}
I k_matmul(I n) {
  I *a = mk(n, 1), *b = mk(n, 2), *c = malloc(n * n * 8);
  for (I i = 0; i < n; i++)
    for (I j = 0; j < n; j++) {
      I s = 0;
      for (I k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
      c[i * n + j] = s;
    }
  I t = 0;
  for (I i = 0; i < n; i++) t += c[i * n + i] * (i + 1);
  free(a);
  free(b);
  free(c);
  return t;
}

static I digits(I k, I b) {
  I s = 0;
  while (k) {
    s += fmod_(k, b);
    k = fdiv_(k, b);
  }
  return s;
}
static I wobble(I i) {
  I a = i - 20000, b = fmod_(i, 13) - 6;
  if (b == 0) return a;
  return fdiv_(a, b) * 3 + fmod_(a, b);
}
I k_divmod(I n) {
  I s = 0;
  for (I i = 0; i < n; i++) s += wobble(i) + digits(i * 37, 10) - digits(i, 7);
  return s;
}

static I esc(double cr, double ci, I lim) {
  double zr = 0, zi = 0;
  for (I k = 0; k < lim; k++) {
    double a = zr * zr, b = zi * zi;
    if (a + b > 4.0) return k;
    zi = 2.0 * zr * zi + ci;
    zr = a - b + cr;
  }
  return lim;
}
I k_mandel(I n) {
  I t = 0;
  for (I y = 0; y < n; y++) {
    double ci = 2.0 * y / n - 1.0;
    for (I x = 0; x < n; x++) {
      double cr = 3.0 * x / n - 2.0;
      t += esc(cr, ci, 80);
    }
  }
  return t;
}

double d_nbody(I n) {
  enum { C = 5 };
  double xs[C], ys[C], zs[C], vx[C], vy[C], vz[C], m[C];
  for (int i = 0; i < C; i++) {
    double k = i + 1.0;
    xs[i] = k * 1.7;
    ys[i] = k * -0.9;
    zs[i] = k * 0.3;
    vx[i] = 0.1 * k;
    vy[i] = 0.7 / k;
    vz[i] = -0.05 * k;
    m[i] = 10.0 / (k * k * k);
  }
  double dt = 0.001;
  for (I s = 0; s < n; s++) {
    for (int i = 0; i < C; i++)
      for (int j = i + 1; j < C; j++) {
        double dx = xs[i] - xs[j], dy = ys[i] - ys[j], dz = zs[i] - zs[j], d2 = dx * dx + dy * dy + dz * dz,
               mag = dt / (d2 * sqrt(d2)), mi = m[i] * mag, mj = m[j] * mag;
        vx[i] -= dx * mj;
        vy[i] -= dy * mj;
        vz[i] -= dz * mj;
        vx[j] += dx * mi;
        vy[j] += dy * mi;
        vz[j] += dz * mi;
      }
    for (int i = 0; i < C; i++) {
      xs[i] += dt * vx[i];
      ys[i] += dt * vy[i];
      zs[i] += dt * vz[i];
    }
  }
  double s = 0;
  for (int i = 0; i < C; i++) s += xs[i] * 3.0 + ys[i] * 2.0 + zs[i] + vx[i];
  return s;
}

double d_leibniz(I n) {
  double s = 0, g = 1;
  for (I i = 0; i < n; i++) {
    s += g / (2 * i + 1);
    g = -g;
  }
  return 4.0 * s;
}

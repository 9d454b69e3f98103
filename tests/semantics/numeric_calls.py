"""Kernels for the optimising tier in the form of numeric.py: builtins on numbers, loops over ranges, items of lists and
tuples, and which object a result is."""

SOURCE = """
def rounds(a, b, n):
    s = 0
    for i in range(n):
        s = s + round(a * 0.37 + i)
        s = s + round(b)
        s = s + int(a) + int(b * 1.0)
    return s, bool(a), bool(b)

def divmods(a, b, n):
    s = 0
    for i in range(n):
        q, r = divmod(a, b)
        s = s + q * 3 - r
        r, q = divmod(a + i, 7)
        s = s + q
    return s, q, r

def exponents(a, b, n):
    x = 0
    for i in range(n):
        x = a ** 2
        y = a ** 3
        z = b ** 0
        w = (b ** 0.5) if b is not None and b == b and isinstance(b, (int, float)) and b >= 0 else 0
        v = i ** i + 2 ** i
    return x, y, z, w, v

def small_powers(a, b, n):
    return [a ** i for i in range(n)], [i ** a for i in range(3)] if a in (0, 1, 2, 62, 63, 64, -1) else 0

def extremes(a, b, n):
    low = a
    high = b
    s = 0
    for i in range(n):
        x = i * 1000 - 2000
        s = s + min(x, 100) + max(x, 50)
        low = min(low, x)
        high = max(x, high)
        s = s + max(a, b) * 0
    return low, high, s, min(a, b), max(a, b)

def which_object(a, b, n):
    seen = []
    for i in range(n):
        x = a + i
        y = b + i
        m = min(x, y)
        k = max(x, 5000)
        z = w = x + y
        seen.append((m is x, m is y, k is x, z is w, m, k))
    return seen

def joined_objects(a, b, n):
    same = 0
    seen = []
    for i in range(n):
        x = a + i
        y = x + 1
        if i & 1:
            m = x
        else:
            m = y
        if m is x:
            same += 1
        if m is y:
            same += 100
        if i > 2:
            best = x
        else:
            best = b
        seen.append((best is x, best is b, m is best))
    return same, seen

def kept_best(a, b, n):
    best = a
    where = -1
    for i in range(n):
        x = b * i
        if x > best or i == 0:
            best = x
            where = i
        last = x
    return best, where, best is last

def span(a, b, n):
    s = []
    for i in range(a):
        s.append(i)
        if i > n:
            break
    for i in range(a, b):
        s.append(i)
        if len(s) > 3 * n:
            break
    for i in range(a, b, n - 2):
        s.append(i)
        if len(s) > 5 * n:
            break
    for i in range(b + 1, a - 1, -n):
        s.append(i)
        if len(s) > 7 * n:
            break
    return s

def steps(a, b, n):
    s = 0
    for k in range(n):
        for i in range(k, n, 2):
            for j in range(i, k, -1):
                s = s + j * a
    it = range(n)
    for i in it:
        s = s + b
    return s, i, j, it

def replaced(a, b, n):
    values = [a] * n
    others = values
    first = values[0]
    for i in range(n):
        values[i] = a * i
        values[i] += b
        values[-1 - i] -= a
        last = values[i]
        values[i] = values[i] * 1
    return values, others is values, first is a, last

def shared_items(a, b, n):
    x = a * 1.5
    values = [x, b, x, b]
    row = [values, values]
    for i in range(n):
        y = x + i
        values[0] = y
        kept = values[0]
        values[0] = y * 2.0
        values[1] = z = i - 5
        values[2] = kept
        row[i & 1][3] = i * 1000
    return values, x, y, kept, z, kept is y, values[2] is y, values[1] is z

def stale_items(a, b, n):
    values = [a + 0, b + 0]
    for i in range(n):
        old = values[0]
        values[0], values[1] = values[1], values[0] + 1
        values[i & 1] = values[i & 1] + (values[1] * 2 - values[1])
    return values, old

def pairs(a, b, n):
    items = [(a, b), (b, a), (a, a)]
    s = 0
    for x, y in items * n:
        s = s + x - y
    for i, (x, y) in enumerate(items):
        s = s + i * x
    for x, y in zip(items, items):
        p, q = x
        s = s + q
    k = 0
    while k < n:
        x, y = items[k % 3]
        s = s + x
        k += 1
    return s, x, y, p is x[0] if isinstance(x, tuple) else None

def wrong_count(a, b, n):
    items = [(a, b)] * n + [(a, b, a), [a, b]]
    s = 0
    try:
        for x, y in items:
            s = s + x
    except ValueError as error:
        return str(error), s, x
    return s, x, y
"""

"""Unpacking, displays, subscripts, augmented assignment, formatting, comprehensions."""

def case_unpacking():
    a, b = 1, 2
    a, b = b, a
    (c, d), e = [3, 4], 5
    f, *g = "abc"
    *h, i = range(3)
    j, *k, m = (1, 2, 3, 4)
    [n, o] = {"p": 1, "q": 2}
    x = y = [0]
    return a, b, c, d, e, f, g, h, i, j, k, m, n, o, x is y


def try_unpack(v):
    out = make_list()
    try:
        a, b = v
        out.append((a, b))
    except (TypeError, ValueError) as e:
        out.append(str(e))
    try:
        a, *b, c = v
        out.append((a, b, c))
    except (TypeError, ValueError) as e:
        out.append(str(e))
    return out


def case_unpack_errors():
    return [try_unpack(v) for v in ((), (1,), [1, 2], (1, 2, 3), 5, "ab", iter([1, 2]), {1: 1}, None)]


def case_displays():
    a = [1, 2]
    return [*a, 3, *"xy"], (*a, *a), {*a, 5}, {"k": 1, **{"l": 2}, "m": 3}, {**{}}, [], (), {}, set(), [[]] * 2


def case_display_errors():
    out = make_list()
    for f in (lambda: [*pick(5, "")], lambda: {*pick(5, "")}, lambda: {**pick(5, {})}, lambda: {pick([], 0): 1},
              lambda: {*pick([[]], [0])}, lambda: (*pick(None, ()),), lambda: 1):
        try:
            out.append(f())
        except TypeError as e:
            out.append(str(e))
    return out


def case_slices():
    x = list(range(10))
    y = "hello world"
    i = 2
    out = make_list([x[1:3], x[:], x[::2], x[-3:], y[i:], y[:i], y[i:i + 3], x[slice(1, 4)], x[5:1:-1]])
    x[1:3] = ["a", "b", "c"]
    x[::4] = [0] * len(x[::4])
    del x[2:4]
    del x[0]
    out.append(x)
    t = (1, 2, 3)
    out += [t[1:], t[-1], t[::-1]]
    five = pick(5, "five")
    try:
        five[1:2]
    except TypeError as e:
        out.append(str(e))
    return out


def case_subscripts():
    class D(dict):
        def __missing__(self, k):
            return ("missing", k)

    class G:
        def __getitem__(self, k):
            return k

        def __setitem__(self, k, v):
            LOG.append((k, v))

        def __delitem__(self, k):
            LOG.append(("del", k))

        def __class_getitem__(cls, k):
            return ("class", k)
    g = G()
    g[1] = 2
    g[1, 2:3] = 4
    del g["x"]
    d = D(a=1)
    s = "héllo€"
    b = b"abc"
    return [g[1], g[1:2], g[..., None], d["a"], d["b"], G[int], s[1], s[-1], b[0], [1, 2, 3][-1], (4, 5)[1], {1: 2}[True]]


def case_augmented():
    class V:
        def __init__(self):
            self.n = 1
            self.items = [1]
    v = V()
    v.n += 5
    v.items += [2]
    v.items[0] -= 10
    d = {"k": 1}
    d["k"] |= 6
    s = ""
    for i in range(50):
        s += str(i)
    t = s
    t += "!"
    x = [1]
    y = x
    y += [2]
    z = (1,)
    w = z
    w += (2,)
    n = 5
    n **= 2
    n //= 3
    n %= 5
    n <<= 4
    n >>= 1
    n &= 29
    n ^= 3
    f = 7
    f /= 2
    return v.n, v.items, d, s, t, x, z, w, n, f


def case_fstrings():
    v, w, n = 3.14159, "text", None
    width = 10
    return f"{v}", f"{v:.2f}", f"{w!r:>{width}}", f"{n!s}{w!a}", f"{v=}", f"{{}}{w}", f"{w:^{width}}|", f"{1 + 1}", f"a{w}b{v}c"


def case_fstring_errors():
    try:
        f"{1:{pick('zz', 'd')}}"
    except ValueError as e:
        return str(e)


def case_star_target_loop():
    out = make_list()
    for a, *b in [(1, 2, 3), "xy", [4]]:
        out.append((a, b))
    for i, (x, y) in enumerate([(1, 2), (3, 4)]):
        out.append(i + x * y)
    return out


def case_comprehensions():
    n = 3
    return ([i * n for i in each(range(5)) if i % 2], {i: str(i) for i in each(range(3))}, {i % 3 for i in each(range(10))},
            [[j for j in each(range(i))] for i in each(range(4))], [(a, b) for a in each("xy") for b in each((1, 2)) if b > 1],
            list(x + n for x in each(range(3))), [lambda: i for i in each(range(3))][0](), [y for x in each([[1], [2, 3]]) for y in each(x)])


def case_comprehension_raises():
    i = "kept"
    try:
        [1 // i for i in (2, 1, pick(0, 1))]
    except ZeroDivisionError:
        pass
    return i


def case_comprehension_error_escapes():
    return [1 // i for i in (2, 1, pick(0, 1))]

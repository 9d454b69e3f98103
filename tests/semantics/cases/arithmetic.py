"""Integers, floats, complex and mixed operators, in and around every representation boundary."""
import operator

EDGES = [0, 1, -1, 2, -2, 3, 7, -7, 10, 255, 256, 257, -5, -6, 2**15, 2**29, 2**30 - 1, 2**30, -(2**30), 2**31, 2**31 - 1,
         2**53, 2**53 + 1, 2**59, 2**60 - 1, 2**60, 2**61, 2**62, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, -(10**30)]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.5, 1e308, -1e308, 1e-320, float("inf"), float("-inf"), float("nan"), 2.0**53, 3.7]


class Int(int):
    def __add__(self, other):
        LOG.append("Int.__add__")
        return Int(int(self) + int(other))

    def __radd__(self, other):
        LOG.append("Int.__radd__")
        return int(self) + int(other)


class Float(float):
    pass


def binary(a, b):
    out = make_list()
    try:
        out.append(a + b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a - b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a * b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a / b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a // b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a % b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a & b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a | b)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a ^ b)
    except Exception as e:
        out.append(repr(e))
    return out


def shifts(a, n):
    out = make_list()
    try:
        out.append(a << n)
    except Exception as e:
        out.append(repr(e))
    try:
        out.append(a >> n)
    except Exception as e:
        out.append(repr(e))
    return out


def inplace(a, b):
    out = make_list()
    x = a
    x += b
    out.append(x)
    x -= b
    out.append(x)
    x *= 3
    out.append(x)
    y = x
    y += 1
    out.append((x, y, x is y))
    return out


def compares(a, b):
    return (a < b, a <= b, a == b, a != b, a > b, a >= b)


def branches(a, b):
    out = ""
    if a < b:
        out += "<"
    if a <= b:
        out += "<="
    if a == b:
        out += "=="
    if a != b:
        out += "!="
    if a > b:
        out += ">"
    if a >= b:
        out += ">="
    if not a:
        out += "!"
    return out


def unary(a):
    out = make_list([-a, +a, not a])
    try:
        out.append(~a)
    except TypeError as e:
        out.append(str(e))
    return out


def case_int_edges():
    return [binary(a, b) for a in EDGES for b in EDGES]


def case_unsupported_pairs():
    pairs = [("a", 1), ({}, 2), (None, None), ([], 1.5)]
    return [(binary(a, b), binary(b, a), shifts(a, b)) for a, b in pairs]


def case_int_shifts():
    return [shifts(a, n) for a in EDGES for n in (0, 1, 5, 29, 30, 31, 62, 63, 64, 100, -1)]


def case_int_inplace():
    return [inplace(a, b) for a in EDGES for b in EDGES]


def case_int_compare():
    return [(compares(a, b), branches(a, b)) for a in EDGES for b in EDGES]


def case_float_edges():
    return [binary(a, b) for a in FLOATS for b in FLOATS]


def case_float_compare():
    return [(compares(a, b), branches(a, b)) for a in FLOATS for b in FLOATS]


def case_mixed():
    return [(binary(a, b), compares(a, b), binary(b, a), compares(b, a)) for a in EDGES[:24] for b in FLOATS]


def case_bool():
    values = [True, False, 1, 0, 2.5]
    return [(binary(a, b), compares(a, b), unary(a)) for a in values for b in values]


def case_unary():
    return [unary(v) for v in EDGES + FLOATS + [True, False]]


def case_subclasses():
    return [(type(r).__name__, r) for r in (Int(3) + 4, 4 + Int(3), Int(3) * 2, Float(1.5) + 1, Float(2.0) * Float(3.0))]


def case_complex():
    z = 1 + 2j
    return [z + 1, z * z, z / (1 - 1j), z ** 2, -z, z == 1 + 2j, z != 0, 1 - z, 2.5 * z]


def case_power():
    return [2 ** 10, (-2) ** 3, 2 ** -1, 2.0 ** 0.5, 10 ** 30, power(0, 0), power(3, 70), power(2, 0.5), power(-8, 2)]


def power(a, b):
    return a ** b


def case_zero_division():
    return 1 // pick(0, 1)


def case_zero_division_float():
    x = pick(0.0, 2.0)
    return 1.5 / x


def case_mod_zero():
    y = pick(0, 3)
    return 5 % y


def case_unsupported():
    return 1 + pick("a", 2)


def case_unsupported_inplace():
    x = pick("a", 2)
    x += 1
    return x


def case_matmul():
    class M:
        def __matmul__(self, other):
            return ("matmul", other)

        def __imatmul__(self, other):
            return ("imatmul", other)
    m = M()
    r = [m @ 3]
    m @= 4
    r.append(m)
    return r


def case_loop_sum():
    total = 0
    for i in range(2000):
        total += i * i
        total ^= i << 3
        if total > 10**9:
            total -= 10**9
    return total


def case_loop_float():
    s = 0.0
    x = 1.5
    for i in range(500):
        s += x * i
        x = x * 1.01 - s / (i + 1)
    return s, x


def case_while():
    n = 27
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def case_identity_of_results():
    a = 1000
    b = a
    a += 1
    c = -5
    d = c + 10
    small = d == 5
    f = 1.5
    g = f
    f += 1.0
    return a, b, small, f, g


def case_aliasing():
    values = [1000, 2000, 3000]
    keep = []
    for v in values:
        keep.append(v)
        v += 1
        keep.append(v)
    return values, keep


def case_loop_variable_kept():
    kept = []
    for i in range(300, 310):
        kept.append(i)
    j = 0
    for j in range(1000, 1005):
        pass
    return kept, j


def case_big_accumulate():
    t = 1
    for i in range(1, 60):
        t *= i
    return t


def case_operator_module():
    return [operator.add(1, 2), operator.mul("a", 3), operator.floordiv(7, -2)]


def case_notimplemented():
    class A:
        def __add__(self, o):
            return NotImplemented

        def __lt__(self, o):
            return NotImplemented
    try:
        A() + 1
    except TypeError as e:
        LOG.append(str(e).replace("case_notimplemented.<locals>.", ""))
    try:
        A() < 1
    except TypeError as e:
        LOG.append(str(e))
    return A() == 1


def case_rich_compare_objects():
    class Odd:
        def __eq__(self, other):
            LOG.append("eq")
            return pick([], [1])

        def __lt__(self, other):
            LOG.append("lt")
            return "yes"

        __hash__ = None
    o = Odd()
    r = [o == o, o < 1]
    if o == o:
        r.append("wrong")
    if o < 3:
        r.append("right")
    while o == 1:
        break
    return r


def case_chained():
    def f(n):
        LOG.append(n)
        return pick(n, -n)
    return [f(1) < f(2) < f(3), f(3) < f(2) < f(1), 1 < f(5) <= pick(5, 1) != 6, f(1) == f(1) in [1, True]]


class Truth:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        if self.value is None:
            raise ValueError("no truth")
        return self.value


def test_truth(value):
    out = make_list()
    if value:
        out.append("true")
    if not value:
        out.append("false")
    return out


def case_truth():
    return [test_truth(Truth(True)), test_truth(Truth(False))]


def case_truth_raises():
    return test_truth(Truth(None))


def case_not_raises():
    class T:
        def __len__(self):
            return pick(-1, 1)
    return not T()

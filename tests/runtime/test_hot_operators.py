"""Arithmetic, comparison, subscript and loop helpers against the operators themselves. hotcheck.cpp calls them."""

import itertools
import math
import operator

import pytest

from tests.extensions import load

hot = load("hotcheck")


class IntSub(int):
    def __add__(self, other):
        return "IntSub.__add__"


class FloatSub(float):
    pass


class Liar:
    def __eq__(self, other):
        return []

    def __lt__(self, other):
        return "yes"

    def __radd__(self, other):
        return ("radd", other)

    def __bool__(self):
        raise RuntimeError("no truth")


BOUNDS = sorted(
    {
        s * (2**k + d)
        for k in (0, 1, 8, 29, 30, 31, 32, 52, 53, 59, 60, 61, 62, 63, 64, 90)
        for d in (-2, -1, 0, 1, 2)
        for s in (1, -1)
    }
    | {0, 5, -5, -6, 256, 257, 255, 3, 7, 1000, -1000, 12345678901234567890}
)
NUMBERS = BOUNDS + [
    True,
    False,
    IntSub(7),
    FloatSub(2.5),
    0.0,
    -0.0,
    1.5,
    -2.25,
    1e300,
    -1e-300,
    math.inf,
    -math.inf,
    math.nan,
    2.0**53,
    3.0,
]
FEW = [
    0,
    1,
    -1,
    2,
    -3,
    7,
    30,
    61,
    62,
    63,
    64,
    256,
    257,
    -6,
    2**30 - 1,
    2**30,
    -(2**30),
    2**59,
    2**60 - 1,
    2**60,
    2**62,
    2**63 - 1,
    -(2**63),
    2**64,
    True,
    IntSub(7),
    0.0,
    -0.0,
    1.5,
    -2.25,
    math.inf,
    math.nan,
    FloatSub(2.5),
    "s",
    None,
    1j,
    Liar(),
    [1],
    (2,),
]
OPS = {
    "add": operator.add,
    "and": operator.and_,
    "floordiv": operator.floordiv,
    "lshift": operator.lshift,
    "matmul": operator.matmul,
    "mul": operator.mul,
    "mod": operator.mod,
    "or": operator.or_,
    "pow": operator.pow,
    "rshift": operator.rshift,
    "sub": operator.sub,
    "truediv": operator.truediv,
    "xor": operator.xor,
}
INPLACE = {k: getattr(operator, "i" + f.__name__.strip("_")) for k, f in OPS.items()}


def outcome(f, *args):
    try:
        r = f(*args)
    except Exception as e:
        return (type(e), str(e))
    return (type(r), hex(r) if type(r) is int else repr(r))


def usable(name, a, b):
    if name in ("lshift", "pow", "mul") and isinstance(b, int) and (b > 400 or isinstance(a, (str, list, tuple))):
        return False
    if name == "mul" and isinstance(a, int) and a > 400 and isinstance(b, (str, list, tuple)):
        return False
    return not (name == "pow" and isinstance(a, int) and isinstance(b, float) and abs(a) > 2**500)


@pytest.mark.parametrize("name", OPS)
def test_numbers(name):
    for a, b in itertools.product(NUMBERS, NUMBERS):
        if not usable(name, a, b):
            continue
        want = outcome(OPS[name], a, b)
        got = outcome(hot.binary, name, a, b, hash((repr(a), b)) & 3, None)
        if name == "pow" and want[0] is TypeError:
            assert got[0] is TypeError
        else:
            assert got == want, (name, a, b)


@pytest.mark.parametrize("name", OPS)
def test_ownership_and_slots(name):
    for a, b in itertools.product(FEW, FEW):
        if not usable(name, a, b):
            continue
        want = outcome(OPS[name], a, b)
        for flags in range(4):
            for slot in (None, "a", 10**6, 2**45, 1.25, 3, "text", 2**70):
                got = outcome(hot.binary, name, a, b, flags, slot)
                if want[0] is TypeError and name == "pow":
                    assert got[0] is TypeError
                    continue
                assert got == want, (name, a, b, flags, slot)


@pytest.mark.parametrize("name", OPS)
def test_inplace(name):
    for a, b in itertools.product(FEW, FEW):
        if usable(name, a, b) and not isinstance(a, list):
            want, got = outcome(INPLACE[name], a, b), outcome(hot.binary, name, a, b, 8, None)
            assert got == want or (name == "pow" and want[0] is got[0] is TypeError), (name, a, b)


def test_inplace_list_is_the_same():
    a = [1]
    assert hot.binary("add", a, [2], 8, None) is a and a == [1, 2]
    assert hot.binary("add", a, [2], 0, None) is not a


def test_strings():
    for a, b in itertools.product(["", "a", "abc", "x" * 50, "é", "\u4f60" * 3, "\U0001f600"], repeat=2):
        for flags in range(4):
            for slot in (None, "a", "other text"):
                assert hot.binary("add", a, b, flags, slot) == a + b


def test_small_ints_keep_their_identity():
    for v in range(-5, 257):
        assert hot.binary("add", v - 10**6, 10**6, 3, None) is v
        assert hot.binary("sub", v + 2**40, 2**40, 3, 10**6) is v
    assert hot.unary(0, -7, 1) == 7


def test_compare():
    names = ["lt", "le", "eq", "ne", "gt", "ge"]
    others = ["", "a", "b", "abc", "\u4f60", None, (1,), [1], Liar(), object, b"x"]
    for a, b in itertools.product(NUMBERS + others, FEW + others):
        for op, name in enumerate(names):
            f = getattr(operator, name)
            for flags in (0, 3):
                assert outcome(hot.compare, op, a, b, flags) == outcome(f, a, b), (a, b, name)
                want = outcome(lambda: int(bool(f(a, b))))
                assert outcome(hot.cond, name, a, b, flags) == want, (a, b, name)


def test_conditions_have_no_identity_shortcut():
    nan = math.nan
    assert hot.cond("eq", nan, nan, 0) == 0
    l = Liar()
    assert hot.contains(l, [l], 0) == 1
    assert hot.cond("eq", l, l, 0) == 0
    assert hot.cond("lt", l, l, 0) == 1


def test_truth_and_unary():
    for a in NUMBERS + ["", "x", [], [0], (), (0,), {}, {1: 1}, set(), {1}, None, b"", Liar(), object()]:
        for flags in (0, 1):
            assert outcome(hot.truth, a, flags) == outcome(lambda: int(bool(a)))
            assert outcome(hot.unary, 1, a, flags) == outcome(operator.not_, a)
    for a in NUMBERS + ["", None]:
        if type(a) is bool:
            continue
        for flags in (0, 1):
            assert outcome(hot.unary, 0, a, flags) == outcome(operator.neg, a)
            assert outcome(hot.unary, 2, a, flags) == outcome(operator.invert, a)
            assert outcome(hot.unary, 3, a, flags) == outcome(operator.pos, a)


class Missing(dict):
    def __missing__(self, key):
        return ("missing", key)


class ListSub(list):
    def __getitem__(self, i):
        return "overridden"


def test_subscript():
    things = [
        [1, 2, 3],
        (1, 2, 3),
        "abc",
        "é\xff!",
        "\u4f60x",
        b"\x00\xff!",
        {"a": 1, 2: 3, 2**40: 4},
        Missing(),
        ListSub([1]),
        range(5),
        5,
        None,
    ]
    keys = [0, 1, 2, 3, -1, -3, -4, 2**40, -(2**40), 2**70, True, "a", "zz", None, slice(0, 2), [1], 1.0]
    for c, k in itertools.product(things, keys):
        for flags in range(4):
            assert outcome(hot.subscr, c, k, flags) == outcome(operator.getitem, c, k), (c, k)
    assert hot.subscr("abc", 1, 0) is operator.getitem("abc", 1)


def test_store_subscript():
    for k in [0, 1, -1, -2, 2, 2**40, True, "a", [1]]:
        for flags in range(8):
            for make in (lambda: [1, 2], lambda: {"a": 1}, lambda: Missing(), lambda: bytearray(b"ab"), lambda: (1,)):
                x, y = make(), make()
                assert outcome(hot.store_subscr, 7, x, k, flags) == outcome(lambda: operator.setitem(y, k, 7) or 0)
                assert x == y
    seen = []

    class Dying:
        def __del__(self):
            seen.append(list(map(type, box)))

    box = [Dying()]
    hot.store_subscr("new", box, 0, 0)
    assert seen == [[str]]


def test_loops():
    class Raises:
        def __iter__(self):
            return self

        def __next__(self):
            raise ValueError("x")

    for make in (
        lambda: range(10),
        lambda: range(250, 1300, 7),
        lambda: range(10, -1000, -3),
        lambda: range(2**40, 2**40 + 5),
        lambda: range(2**62, 2**63 - 1, 2**61),
        lambda: range(-(2**63), -(2**63) + 3),
        lambda: range(2**70, 2**70 + 3),
        lambda: range(2**63 - 5, 2**63 - 1),
        lambda: [1, "a", None],
        lambda: (1, 2),
        lambda: "abc",
        lambda: {1: 2, 3: 4},
        lambda: (i * i for i in range(50)),
        lambda: zip([1, 2], [3, 4]),
        lambda: enumerate("ab"),
        lambda: [],
        lambda: range(0),
        lambda: 5,
        lambda: Raises(),
    ):
        for into, keep in itertools.product((0, 1), (0, 1)):
            want = outcome(lambda: [v if keep else repr(v) for v in make()])
            assert outcome(hot.loop, make(), into, keep, 10**9) == want, (make(), into, keep)
    l = [1, 2]
    it = iter(l)
    hot.loop(it, 0, 0, 10)
    l.append(3)
    assert list(it) == []


def test_pool_is_bounded_and_can_be_switched_off():
    values = [10**6 + i for i in range(1000)]
    for v in values:
        hot.binary("add", v, 1, 3, None)
    limit, used = hot.pool_state()
    assert 0 <= used <= limit
    hot.pool_off()
    assert hot.pool_state() == (0, 0)
    assert [hot.binary("add", v, 1, 3, None) for v in values] == [v + 1 for v in values]

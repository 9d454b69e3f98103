"""What mode='int' and mode='float' assert, in every tier and with exits forced."""

import sys
import traceback
import warnings

import pytest

import justjit
from justjit import _core, jit

BIG = 2**63
BEGIN = 2 if sys.version_info >= (3, 11) else 3  # line of a function's first instruction
TIERS = {
    "baseline": {"max_tier": 1},
    "optimised": {"max_tier": 2, "tier_threshold": 1},
    "stress": {"max_tier": 2, "tier_threshold": 1, "deopt_stress": 7},
}


@pytest.fixture(params=sorted(TIERS))
def tier(request):
    _core.set_compile_options(**TIERS[request.param])
    try:
        yield request.param
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0, deopt_stress=0)


def function(source, **options):
    namespace = {}
    exec(compile(source, "<modes>", "exec"), namespace)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = jit(**options)(namespace["f"])
    assert options.get("lazy") or justjit.is_compiled(f)
    return f


def raised(f, *args, **kwargs):
    """Type and text of what each of several calls raises, and its line in the function."""
    found = set()
    for _ in range(6):
        with pytest.raises((TypeError, OverflowError)) as caught:
            f(*args, **kwargs)
        lines = [entry.lineno for entry in traceback.extract_tb(caught.tb) if entry.filename == "<modes>"]
        found.add((caught.type, str(caught.value), *lines))
    assert len(found) == 1, found
    return found.pop()


LOOP = """
def f(n, step=1, *, start=0):
    total = start
    for i in range(n):
        total += i * step
    return total
"""


def test_the_results_are_the_interpreters(tier):
    f = function(LOOP, mode="int")
    for n in [0, 1, 5, 100, True, 1000] * 4:
        for step in (1, -3, 2**40, True):
            assert f(n, step, start=n) == n + sum(i * step for i in range(n))
    assert justjit.stats(f)["tier"] == ("baseline" if tier == "baseline" else "optimised")


@pytest.mark.parametrize("warm", [0, 8])
def test_arguments(tier, warm):
    f = function(LOOP, mode="int")
    for _ in range(warm):
        f(10)
    assert raised(f, "10") == (TypeError, "f(): 'n' must be an int, not str (mode='int')", BEGIN)
    assert raised(f, 10, 1.5) == (TypeError, "f(): 'step' must be an int, not float (mode='int')", BEGIN)
    assert raised(f, 10, start=None) == (TypeError, "f(): 'start' must be an int, not NoneType (mode='int')", BEGIN)
    assert raised(f, 10, BIG) == (OverflowError, "f(): 'step' must fit in 64 bits (mode='int')", BEGIN)
    assert raised(f, 10, -BIG - 1)[0] is OverflowError
    assert f(3, -BIG // 3 + 2, start=-5) == -5 + 3 * (-BIG // 3 + 2)

    class Whole(int):
        pass

    assert raised(f, Whole(3))[1] == "f(): 'n' must be an int, not Whole (mode='int')"


@pytest.mark.parametrize("warm", [0, 8])
def test_locals_and_results(tier, warm):
    f = function(LOOP, mode="int")
    for _ in range(warm):
        f(10, 2**40)
    assert raised(f, 100, 2**60) == (OverflowError, "f(): 'total' must fit in 64 bits (mode='int')", 5)
    g = function("def f(a, b):\n    return (a * b\n        + 1)", mode="int")
    for _ in range(warm):
        assert g(3, 4) == 13
    assert raised(g, 2**40, 2**40)[:2] == (OverflowError, "f(): the result must fit in 64 bits (mode='int')")
    assert g(2**31, 2**31) == 2**62 + 1


def test_what_is_not_named_may_be_anything(tier):
    f = function("def f(a, b):\n    return a * b * b // b // b + int(b / a) + len(str(a))", mode="int")
    for _ in range(8):
        assert f(2**50, 2**50) == 2**50 + 1 + 16
    assert f(4, 2) == 4 + 0 + 1


def test_several_stores_at_once(tier):
    f = function(
        "def f(a, b):\n    a, b = b, a\n    x = y = a * b\n    return (z := x + y) - y + sum([a * k for k in range(b)])",
        mode="int",
    )
    for a in (2, 3, -7) * 3:
        assert f(a, 5) == 5 * a + sum(5 * k for k in range(a))
    assert raised(f, 2**40, 2**40)[0] is OverflowError
    assert raised(f, 2**62, 1)[1].startswith("f(): 'z' must fit")
    for k in range(20):
        held = 10**15 + k
        before = sys.getrefcount(held)
        for _ in range(50):
            with pytest.raises(OverflowError):
                f(held, held)
        assert sys.getrefcount(held) == before


def test_captured_variables(tier):
    source = "def f(a, b):\n    c = a + b\n    return sum((a * k + c for k in range(3)), 0)"
    f = function(source, mode="int")
    for _ in range(8):
        assert f(2, 5) == 2 * 3 + 21
    assert raised(f, 1.0, 2)[1] == "f(): 'a' must be an int, not float (mode='int')"
    assert raised(f, 2**62, 2**62)[1] == "f(): 'c' must fit in 64 bits (mode='int')"


def test_handlers_see_the_error(tier):
    f = function(
        "def f(n):\n    m = 1\n    try:\n        for i in range(n):\n            m = m * 10\n"
        "    except OverflowError:\n        return -m\n    return m",
        mode="int",
    )
    for _ in range(4):
        assert f(5) == 10**5
        assert f(18) == 10**18
        assert f(30) == -(10**18)


def signed(value):
    value &= 2**64 - 1
    return value - 2**64 if value >> 63 else value


def test_wrapping(tier):
    source = """
def f(n, x):
    for i in range(n):
        x = (x * 6364136223846793005 + i) ^ (x >> 7)
        x = -x - (i << 60) if x & 1 else ~x
    return x + (1 << 100)
"""
    f = function(source, mode="int", overflow="wrap")

    def model(n, x):
        for i in range(n):
            x = signed(signed(x * 6364136223846793005) + i) ^ (x >> 7)
            x = signed(signed(-x) - signed(i << 60)) if x & 1 else ~x
        return x

    for n in [0, 1, 10, 500] * 3:
        for x in (0, 1, -5, 2**62, -(2**63)):
            assert f(n, x) == model(n, x)
    assert raised(f, 1, BIG)[0] is OverflowError
    assert raised(f, 1, "x")[0] is TypeError


def test_floats(tier):
    source = """
def f(n, x):
    s = 0.0
    for i in range(n):
        s += x / (i + 1)
    return s * 1
"""
    f = function(source, mode="float")
    for n in [0, 1, 10, 300] * 3:
        for x in (1.5, -2, 1e300, float("inf")):
            expected = 0.0
            for i in range(n):
                expected += x / (i + 1)
            assert f(n, x) == expected
    assert raised(f, "1", 1.0)[1] == "f(): 'n' must be a float or an int, not str (mode='float')"
    assert raised(f, 1, BIG)[0] is OverflowError
    double = function("def f(x):\n    return x * 2", mode="float")
    for _ in range(6):
        assert double(1.5) == 3.0
    assert raised(double, 3) == (TypeError, "f(): the result must be a float, not int (mode='float')", 2)


@pytest.mark.parametrize(
    "body, line, reason",
    [
        ("    s = 'x'\n    return a", 2, "a string is assigned to 's'"),
        ("    s = f'{a}'\n    return a", 2, "a string is assigned to 's'"),
        ("    a += 1\n    s = [a]\n    return a", 3, "a list is assigned to 's'"),
        ("    a += 1", 2, "it returns None"),
        ("    half = a / 2\n    return a", 2, "the result of /, a float, is assigned to 'half'"),
        ("    return a / 2", 2, "it returns the result of /, a float,"),
        ("    return 0.5", 2, "it returns a float"),
        ("    x = 1180591620717411303424\n    return a", 2, "an int of more than 64 bits is assigned to 'x'"),
        ("    def g(): pass\n    return a", 2, "a function is assigned to 'g'"),
        ("    yield a", None, "it is a generator or a coroutine"),
    ],
)
def test_what_cannot_be_an_int(body, line, reason):
    namespace = {}
    exec(compile("def f(a):\n" + body, "<modes>", "exec"), namespace)
    interpreted = namespace["f"]
    with pytest.warns(RuntimeWarning) as seen:
        f = jit(mode="int")(interpreted)
    assert [str(w.message) for w in seen] == [
        f"f() cannot have mode='int': {reason}. It gets mode='auto'; to silence this, change that line or drop the mode."
    ]
    assert seen[0].filename == "<modes>" and line in (None, seen[0].lineno)
    assert justjit.is_compiled(f)
    f(3)


@pytest.mark.parametrize("parameters", ["*a", "**a", "x, *a"])
def test_any_number_of_arguments(parameters):
    namespace = {}
    exec(f"def f({parameters}):\n    return 1", namespace)
    with pytest.warns(RuntimeWarning, match=r"any number of arguments"):
        f = jit(mode="int")(namespace["f"])
    assert f(*[1] * parameters.count("x")) == 1


def test_it_asserts_from_the_first_call_on():
    for lazy in (True, False):
        f = function(LOOP, mode="int", lazy=lazy)
        with pytest.raises(TypeError, match="'n' must be an int"):
            f("x")


def test_the_mode_reaches_the_code(capfd):
    plain, asserted = function(LOOP), function(LOOP, mode="int")
    assert "jj_check_number" not in _core.dump(plain, "llvm")
    assert "jj_check_number" in _core.dump(asserted, "llvm")
    assert "WrapInt" in _core.dump(function(LOOP, mode="int", overflow="wrap"), "hir")


def test_callers_do_not_take_the_assertions_away():
    _core.set_compile_options(**TIERS["optimised"])
    try:
        namespace = {}
        exec(
            "def half(x):\n    return x + 1\ndef f(n, x):\n    for i in range(n):\n        x = half(x)\n    return x",
            namespace,
        )
        jit(mode="int")(namespace["half"])
        f = jit(namespace["f"])
        for _ in range(6):
            assert f(100, 1) == 101
        assert justjit.stats(f)["tier"] == "optimised"
        for _ in range(6):
            with pytest.raises(TypeError, match="'x' must be an int, not float"):
                f(100, 1.0)
            with pytest.raises(OverflowError, match="the result must fit"):
                f(100, BIG - 50)
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0)


def test_wrap_needs_ints():
    with pytest.raises(ValueError, match="needs mode='int'"):
        jit(overflow="wrap")

"""Functions of the module math in optimised code: every result, error and type as the interpreter has it, and what happens
when the names lead elsewhere."""

from __future__ import annotations

import math
import types
from typing import Any, Callable

import justjit
import pytest

from . import numeric
from .harness import ended

ONE = ["acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log", "log10", "log2", "sin", "sinh"]
ONE += ["tan", "tanh", "ceil", "degrees", "fabs", "floor", "isfinite", "isinf", "isnan", "radians", "sqrt", "trunc"]
ONE += ["expm1", "log1p", "isqrt"]
TWO = ["atan2", "fmod", "pow", "copysign", "hypot", "gcd", "log"]
VALUES = [
    *numeric.FLOATS,
    0.5,
    -0.5,
    1.0000000000000002,
    709.8,
    -745.2,
    1e-310,
    4.5,
    -4.5,
    2.0**62,
    2.0**63,
    -(2.0**63),
]
VALUES += [0, 1, -1, 7, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**1024, True, numeric.MyFloat(0.5), None, "s"]


def pair(source: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The function that the source makes, plain and jitted."""
    made = []
    for _ in range(2):
        namespace: dict[str, Any] = {"math": math}
        exec(compile(source, "<math>", "exec"), namespace)
        made.append(namespace.popitem()[1])
    assert justjit.compile(made[1])
    return made[0], made[1]


@pytest.mark.parametrize("name", ONE)
def test_one_operand(name: str, tier: int) -> None:
    warm = 1.5 if name == "acosh" else 0.25
    different = []
    for k in range(0, len(VALUES), 3):  # so few exits that the code stays
        plain, jitted = pair(f"def call(x):\n y = math.{name}(x)\n return y, math.{name}(x * 1)\n")
        if name == "isqrt":
            warm = 10
        for value in [warm, warm, warm, warm, *VALUES[k : k + 3], warm, *VALUES[k : k + 3]]:
            expected, got = ended(plain, value), ended(jitted, value)
            if expected != got:
                different.append(f"{name}({value!r}): {expected} {got}")
    assert not different, "\n".join(different[:10])


@pytest.mark.parametrize("name", TWO)
def test_two_operands(name: str, tier: int) -> None:
    different = []
    for x in [*VALUES[::2], -1.0]:
        plain, jitted = pair(f"def call(x, y):\n return math.{name}(x, y)\n")
        usual = (12, 18) if name == "gcd" else (1.5, 0.5)
        for values in [usual] * 4 + [(x, y) for y in [0.0, -0.0, 0.5, -2.0, 3, x, math.inf, math.nan]]:
            expected, got = ended(plain, *values), ended(jitted, *values)
            if expected != got:
                different.append(f"{name}{values!r}: {expected} {got}")
    assert not different, "\n".join(different[:10])


@pytest.mark.parametrize("name", ["sin", "floor", "hypot", "gcd"])
def test_names_imported_from_math(name: str, tier: int) -> None:
    given = "x, x" if name in TWO else "x"
    plain, jitted = pair(f"def call(x):\n y = f({given})\n return y, f({given}), y * 2\n")
    for function in (plain, jitted):
        function.__globals__["f"] = getattr(math, name)
    values = [3, 5, 4, 3, 2, 1] if name == "gcd" else [3.5, -0.25, 4.0, 1.5, 2.5, 1.0]
    for value in values + [math.inf, math.nan, "s", None, 2**70, *values]:
        assert ended(plain, value) == ended(jitted, value)
    for other in (math.fabs, lambda *given: ("mine", given), abs, math):
        for function in (plain, jitted):
            function.__globals__["f"] = other
        for value in values:
            assert ended(plain, value) == ended(jitted, value)


NEAR = [
    0.1,
    0.3,
    1.0,
    1.7,
    3.0,
    5e-324,
    1e-310,
    2.2250738585072014e-308,
    1e300,
    2.0**52,
    2.0**53 + 2,
    math.inf,
    math.nan,
]


def test_remainders(tier: int) -> None:
    """Around whole multiples of the divisor, and where the quotient has more digits than a float."""
    values = [*NEAR, 0.0]
    for y in NEAR:
        for k in (1, 2, 3, 7, 10**6, 2**31, 2**51, 2**52, 2**53, 10**20):
            near = y * k
            values += [near, math.nextafter(near, 0.0), math.nextafter(near, math.inf)]
    values += [-x for x in values]
    source = (
        "def call(a, b):\n return [(x % y, x // y, math.fmod(x, y) if x - x == 0 else 0.0) for x in a for y in b]\n"
    )
    plain, jitted = pair(source)
    divisors = [y * sign for y in NEAR for sign in (1, -1)]
    for _ in range(3):
        expected, got = plain(values, divisors), jitted(values, divisors)
        assert [v.hex() for part in expected for v in part[:2]] == [v.hex() for part in got for v in part[:2]]
        assert repr(expected) == repr(got)


def test_results_of_every_pair_of_operands(tier: int) -> None:
    """What rounds in its own way in each version."""
    values = [0.1 * k + 10.0**e for k in range(7) for e in (-310, -160, -8, 0, 3, 154, 300)]
    plain, jitted = pair(
        "def call(a):\n return [math.hypot(x, y) for x in a for y in a], [math.atan2(x, y) for x in a for y in a]\n"
    )
    for _ in range(3):
        assert [v.hex() for part in plain(values) for v in part] == [v.hex() for part in jitted(values) for v in part]


EXTREMES = [
    "max(-x, min(x, y))",
    "min(x, y, 2.0)",
    "abs(min(x, y))",
    "min(max(x, 0), y) + 1",
    "max(x, y) is x",
    "min(x, y), max(x, y)",
    "min(y, x, 2.0) * 1",
    "max(x, y, x, y) - 1",
]


@pytest.mark.parametrize("text", EXTREMES)
def test_smallest_and_largest(text: str, tier: int) -> None:
    plain, jitted = pair(f"def call(x, y):\n r = {text}\n return r, {text}, r is x, r is y\n")
    pairs: list[Any] = [(1.5, 2.5)] * 5 + [(2.5, 1.5), (math.nan, 1.5), (1.5, math.nan), (0.0, -0.0), (-0.0, 0.0)]
    pairs += [(1, 2.5), (2.5, 1), (True, False), ("a", "b"), (2**70, 1.5), (None, 1), *[(1.5, 2.5)] * 3, *[(3, 2)] * 4]
    for x, y in pairs:
        assert ended(plain, x, y) == ended(jitted, x, y), (x, y)


def test_arguments_that_math_refuses(tier: int) -> None:
    plain, jitted = pair("def call(x):\n try:\n  return math.sqrt(x, x)\n except TypeError as e:\n  return str(e)\n")
    for value in [1.5, 2.5, 3.5, 4.5, "s"]:
        assert ended(plain, value) == ended(jitted, value)


def root(value: float) -> Any:
    return math.sqrt(value)


@pytest.fixture
def warm_root(tier: int) -> Any:
    space = {"math": types.ModuleType("math"), "__builtins__": __builtins__}
    space["math"].__dict__.update(vars(math))
    function = types.FunctionType(root.__code__.replace(), space)
    assert justjit.compile(function)
    for _ in range(6):
        assert function(4.0) == 2.0
    return function


def test_another_function_under_the_name(warm_root: Any) -> None:
    module = warm_root.__globals__["math"]
    module.sqrt = math.sin
    assert warm_root(4.0) == math.sin(4.0)
    module.sqrt = lambda x: ("mine", x)
    assert warm_root(4.0) == ("mine", 4.0)
    module.sqrt = math.sqrt
    assert warm_root(9.0) == 3.0
    del module.sqrt
    with pytest.raises(AttributeError, match="sqrt"):
        warm_root(4.0)
    module.__getattr__ = lambda name: math.cos
    assert warm_root(4.0) == math.cos(4.0)


def test_another_object_under_the_module_name(warm_root: Any) -> None:
    class Odd(types.ModuleType):
        @property
        def sqrt(self) -> Any:
            return lambda x: ("odd", x)

    space = warm_root.__globals__
    space["math"] = Odd("math")
    assert warm_root(4.0) == ("odd", 4.0)
    space["math"] = types.SimpleNamespace(sqrt=abs)
    assert warm_root(-4.0) == 4.0
    del space["math"]
    with pytest.raises(NameError, match="math"):
        warm_root(4.0)
    space["math"] = math
    assert warm_root(16.0) == 4.0

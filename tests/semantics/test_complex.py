"""Complex numbers in optimised code: every result to the last bit and the sign of its zeros, errors, types that change,
exits in the middle, and numbers that nobody has made an object of where the frame is looked at."""

from __future__ import annotations

import cmath
import itertools
import math
import sys
from typing import Any, Callable

import justjit
import pytest

from .harness import ended

PARTS = [0.0, -0.0, 1.0, -2.5, 1e308, 5e-324, math.inf, -math.inf, math.nan]
COMPLEXES = [complex(x, y) for x, y in itertools.product(PARTS, PARTS)]


class MyComplex(complex):
    """A complex number that is not an exact one."""

    def __mul__(self, other: Any) -> Any:
        return "mine"


OTHERS = [0, 1, -3, 2**53 + 1, 2**63, 2**1024, 2.5, -0.0, True, MyComplex(1, 2), None, "s"]


def pair(source: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The function `call` that the source makes, plain and jitted."""
    made = []
    for _ in range(2):
        namespace: dict[str, Any] = {"cmath": cmath}
        exec(compile(source, "<complex>", "exec"), namespace)
        made.append(namespace["call"])
    assert justjit.compile(made[1])
    return made[0], made[1]


def compare(source: str, calls: list[tuple[Any, ...]], warm: tuple[Any, ...]) -> None:
    """Calls both functions: with warm arguments first and in between, so that the code stays optimised."""
    different = []
    for k in range(0, len(calls), 3):
        plain, jitted = pair(source)
        for args in [warm] * 4 + calls[k : k + 3] + [warm] + calls[k : k + 3]:
            expected, got = ended(plain, *args), ended(jitted, *args)
            if expected != got:
                different.append(f"{args!r}: {expected} {got}")
    assert not different, "\n".join(different[:10])


BINARY = """
def call(a, b, n):
    x = a
    for i in range(n):
        y = x
        x = x {0} b
    return x, y
"""
SWAPPED = """
def call(a, b, n):
    x = a
    for i in range(n):
        x = b {0} x
    return x
"""


@pytest.mark.parametrize("form", [BINARY, SWAPPED], ids=["carried", "swapped"])
@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "**"])
def test_operators(operator: str, form: str, tier: int) -> None:
    pairs = [(a, b, 2) for a, b in itertools.product(COMPLEXES[::5], COMPLEXES[::3])]
    pairs += [(a, b, 2) for a in COMPLEXES[::9] for b in OTHERS]
    pairs += [(b, a, 2) for a in COMPLEXES[::9] for b in OTHERS]
    compare(form.format(operator), pairs, (1 + 2j, 0.5 - 1j, 3))


@pytest.mark.parametrize("power", ["1", "2", "3", "6", "8", "9", "-1", "0", "0.5", "1j", "100", "101"])
def test_constant_powers(power: str, tier: int) -> None:
    compare(f"def call(z):\n return z ** {power}, z * 2\n", [(z,) for z in COMPLEXES + OTHERS], (1.5 + 0.5j,))


@pytest.mark.parametrize("operator", ["==", "!=", "<"])
def test_comparisons(operator: str, tier: int) -> None:
    pairs = [(a, b) for a in COMPLEXES[::7] for b in [*COMPLEXES[::4], *OTHERS]]
    pairs += [(2.0**53 + 0j, 2**53 + 1), (2**53 + 1, 2.0**53 + 0j), (1 + 0j, True)]
    compare(f"def call(a, b):\n z = a + 0j\n return a {operator} b, b {operator} a, z\n", pairs, (1j, 2j))


UNARY = """
def call(z):
    w = -z
    if z:
        return w, z.real, z.imag, abs(z), w.conjugate(), +z
    return not z, z.imag
"""


def test_unary_and_parts(tier: int) -> None:
    compare(UNARY, [(z,) for z in COMPLEXES + OTHERS], (1.5 + 0.5j,))


def test_constructor(tier: int) -> None:
    values = [*PARTS, 3, 2**63, 2**1024, True, "1", None, 1j, MyComplex(1, 2)]
    calls = [(x, y) for x in values for y in values]
    compare("def call(x, y):\n return complex(x, y), complex(x) * y, complex(x + 0.0)\n", calls, (1.5, -2.5))
    compare("def call(x, y):\n return complex(x, y), complex(y)\n", calls, (1, True))


@pytest.mark.parametrize(
    "name", ["acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log10", "sin", "sinh", "sqrt"]
    + ["tan", "tanh", "phase", "log", "polar", "isnan"]
)  # fmt: skip
def test_cmath(name: str, tier: int) -> None:
    values = [(z,) for z in [*COMPLEXES, *OTHERS, 710j, 710 + 1j]]
    compare(f"def call(z):\n return cmath.{name}(z), cmath.{name}(z * 1)\n", values, (0.25 + 0.5j,))


def test_loops_keep_them_in_registers(tier: int) -> None:
    plain, jitted = pair("""
def call(limit):
    escaped = 0
    for k in range(-20, 20):
        c = complex(k / 10, 0.3)
        z = 0j
        n = 0
        while abs(z) <= 2 and n < limit:
            z = z * z + c
            n += 1
        escaped += n
    return escaped, z
""")
    for limit in (5, 50, 50, 50, 50, 200):
        assert ended(plain, limit) == ended(jitted, limit)


def test_changing_types_in_a_loop(tier: int) -> None:
    plain, jitted = pair("""
def call(values):
    total = 0
    for v in values:
        total = total + v
        last = total
    return total, last
""")
    for values in ([1j] * 9, [1j] * 9, [1, 2, 3], [1.5, 2j], [1j, "s"], [1j, MyComplex(1)], [], [2**70, 1j], [1j] * 9):
        assert ended(plain, values) == ended(jitted, values)


def test_identity_and_locals_are_seen(tier: int) -> None:
    plain, jitted = pair("""
def call(seen, a, n):
    z = a
    for i in range(n):
        z = z + a
        w = z
        if i % 3 == 2:
            seen.append((w is z, z, [w, z]))
    seen.append(dict(locals(), seen=0))
    return z, w
""")
    for n in (4, 40, 40, 7):
        expected: list[Any] = []
        got: list[Any] = []
        assert ended(plain, expected, 1 + 1j, n) == ended(jitted, got, 1 + 1j, n)
        assert repr(expected) == repr(got)


def test_references_are_not_lost(tier: int) -> None:
    plain, jitted = pair("""
def call(values, n):
    z = values[0]
    for i in range(n):
        values[i % 3] = z
        z = values[(i + 1) % 3] * 1j
    return z
""")
    given = [1 + 1j, 2 + 0j, 3 - 1j]
    before = sys.getrefcount(given[0])
    for _ in range(12):
        assert ended(plain, list(given), 30) == ended(jitted, list(given), 30)
    after = sys.getrefcount(given[0])  # an assertion would have a reference of its own
    assert after == before


def test_inlined_and_recursive_functions(tier: int) -> None:
    plain, jitted = pair("""
def rotate(z, by):
    return z * by + 1

def call(n):
    z = 0j
    for i in range(n):
        z = rotate(z, 0.5j)
    return z, z.real + z.imag
""")
    for n in (3, 30, 30, 30, 300):
        assert ended(plain, n) == ended(jitted, n)


def test_attributes_that_others_have_too(tier: int) -> None:
    plain, jitted = pair("""
class Own:
    real = 5
    def __init__(self):
        self.imag = "imag"

def call(z):
    return z.real, z.imag

OWN = Own()
""")
    own = [plain.__globals__["OWN"], jitted.__globals__["OWN"]]
    for value in (1j, 2 + 3j, 1j, 1j, 2.5, 3, True, None, MyComplex(4, 5), 1j):
        assert ended(plain, value) == ended(jitted, value)
    assert ended(plain, own[0]) == ended(jitted, own[1])

"""Squares and square roots by `**` in optimised code: bit for bit what pow() of the C library answers, which does not always
round to the nearest double."""

from __future__ import annotations

import random
import struct
from typing import Any, Callable

import justjit
import pytest

from . import numeric
from .programs import printed_code
from .harness import ended

EXPONENTS = ["2", "2.0", "0.5", "-2", "3", "1.5"]
SOURCE = """
def powers(values, out):
    for i in range(len(values)):
        x = values[i]
        out[i] = x ** {0}
    return out
def power(x):
    y = x * 1.0
    return y ** {0}, (y + 1.0) ** {0}
"""
# Where the limits of what is decided without a call lie, and everything that Python treats specially.
EDGES = [
    *numeric.FLOATS,
    2.0**-450,
    2.0**450,
    2.0**-451,
    2.0**451,
    2.0**900,
    2.0**-900,
    2.0**901,
    2.0**-901,
    2.0**511.5,
]
EDGES += [2.0**512, -(2.0**512), -4.0, -0.25, 5e-324, 1e-160, 1e-162, 1.5e-154, 1e154, 1.4e154]


def made(name: str, exponent: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    both = []
    for _ in range(2):
        namespace: dict[str, Any] = {}
        exec(compile(SOURCE.format(exponent), "<power>", "exec"), namespace)
        both.append(namespace[name])
    assert justjit.compile(both[1])
    return both[0], both[1]


def numbers() -> list[float]:
    """Doubles of every size, halves of which are close to where rounding changes."""
    choose = random.Random(11)
    values = [choose.uniform(0.0, 10.0) for _ in range(6000)]
    values += [choose.random() * 2.0 ** choose.randint(-1060, 500) for _ in range(3000)]
    values += [float(choose.getrandbits(choose.randint(1, 70))) for _ in range(3000)]
    for _ in range(3000):  # squares of 27 bits: the halves of their roots are near the middle between two doubles
        root = choose.getrandbits(53) | 1 << 53
        values.append(float(root * root))
    return values


@pytest.mark.parametrize("exponent", EXPONENTS[:4])
def test_many(exponent: str, tier: int) -> None:
    values = numbers()
    if exponent == "-2":
        values = [v for v in values if 1e-100 < v]
    plain, jitted = made("powers", exponent)
    expected = struct.pack(f"{len(values)}d", *plain(values, [0.0] * len(values)))
    for _ in range(3):
        assert struct.pack(f"{len(values)}d", *jitted(values, [0.0] * len(values))) == expected
    assert tier or justjit.stats(jitted)["tier"] == "optimised"


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_edges(exponent: str, tier: int) -> None:
    different = []
    for k in range(0, len(EDGES), 3):  # so few exits that the code stays
        plain, jitted = made("power", exponent)
        for value in [2.5, 2.5, 2.5, 2.5, *EDGES[k : k + 3], 2.5, *EDGES[k : k + 3]]:
            expected, got = ended(plain, value), ended(jitted, value)
            if expected != got:
                different.append(f"{value!r}: expected {expected}, got {got}")
    assert not different, "\n".join(different)


@pytest.mark.parametrize("exponent, called", [("2", False), ("0.5", False), ("3", True)])
def test_what_is_called(exponent: str, called: bool) -> None:
    code = SOURCE.format(exponent) + "import justjit\njustjit.jit(powers)\n"
    code += "for _ in range(6):\n    powers([2.5, 0.5], [0.0, 0.0])\n"
    multiplications = printed_code(code, "llvm", "powers", 1).count("fmul double")
    assert (multiplications == 0) == called, "of squares and roots"

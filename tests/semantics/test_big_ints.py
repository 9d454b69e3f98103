"""Ints beyond 64 bits: every operator on operands of every length around the limits of digits and registers, results that
take over a dying operand, and ints that somebody else still refers to."""

from __future__ import annotations

import operator
import random
from typing import Any, Callable

import justjit
import pytest

from .programs import printed_code
from .harness import ended

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
SOURCE = """
def plain(a, b):
    return a {0} b
def own(a, b):
    x = a + 0
    return (x * 1) {0} (b + 0), x
def local(a, b):
    x = a * 1
    x = x {0} b
    y = b
    x = x
    return x, y, a
def kept(a, b):
    x = a * 1
    y = x
    x {0}= b
    return x, y
def swapped(a, b):
    y = b * 1
    y = a {0} y
    return y, b
"""
BITS = [15, 30, 31, 53, 59, 60, 61, 63, 64, 65, 89, 90, 91, 119, 120, 121, 126, 127, 128, 149, 150, 151, 180, 600]


def operands() -> list[int]:
    choose = random.Random(5)
    values = [0, 1, -1, 7, -7, 255, 256, 257, -5, -6, 1000000007]
    for bits in BITS:
        values += [
            2**bits - 1,
            2**bits,
            -(2**bits),
            -(2**bits) + 1,
            choose.getrandbits(bits),
            -choose.getrandbits(bits),
        ]
    return values


def made(sign: str) -> list[Callable[..., Any]]:
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE.format(sign), "<big>", "exec"), namespace)
    functions = [namespace[name] for name in ("plain", "own", "local", "kept", "swapped")]
    for f in functions:
        assert justjit.compile(f)
    return functions


@pytest.mark.parametrize("sign", OPERATORS)
def test_operators(sign: str, tier: int) -> None:
    """Mostly not optimised: the many exits have given the code back to baseline by then."""
    apply, functions, different = OPERATORS[sign], made(sign), []
    values = operands()
    for a in values:
        for b in values:
            if sign == "<<" and b > 200 or b in (0, 2**600):
                continue
            if sign in ("<<", ">>") and b < 0:
                continue
            right = apply(a, b)
            expected = [right, (right, a), (right, b, a), (right, a), (right, b)]
            got = [f(a, b) for f in functions]
            if got != expected or any(type(r) is not int for r in (got[0], got[1][0])):
                different.append(f"{a:#x} {sign} {b:#x}: {got}")
    assert not different, "\n".join(different[:5])


@pytest.mark.parametrize("sign, b", [("//", 0), ("%", 0), ("<<", -1), (">>", -1)])
def test_errors(sign: str, b: int, tier: int) -> None:
    plain: dict[str, Any] = {}
    exec(compile(SOURCE.format(sign), "<big>", "exec"), plain)
    for name, f in zip(("plain", "own", "local", "kept", "swapped"), made(sign)):
        for a in (2**64, -(2**100), 2**300):
            assert ended(f, a, b) == ended(plain[name], a, b)


def test_small_results_are_the_interpreters_own() -> None:
    plain, own, *_ = made("-")
    for bits in (60, 90, 120, 300):
        for small in range(-5, 257):
            assert plain(2**bits + small, 2**bits) is own(2**bits + small, 2**bits)[0] is int(str(small))


LOOPS = """
def grow(n, x):
    seen = []
    for i in range(n):
        x = x * 1000003 + i
        seen.append(x)
        x += 1
        x //= 2
        x = (x << 7) ^ (x >> 3)
        x &= (1 << 200) - 1
    return seen
def fibonacci(n, x):
    a, b = 0, x
    s = 0
    for i in range(n):
        a, b = b, a + b
        if a & 1:
            s += i
        s += b % 1000003
    return a, b, s, i
def xorshift(n, x):
    s = 0
    for i in range(n):
        x ^= (x << 13) & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 7
        x ^= (x << 17) & 0xFFFFFFFFFFFFFFFF
        s ^= x & 0xFFFF
    return x, s
def congruential(n, x):
    y = 0
    for i in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) % 18446744073709551616
        y = 5 + (y * x - i) % 2305843009213693951
        y -= x >> 11
    return x, y
def down(n, x):
    big = x << 300
    for i in range(n):
        big = big - (1 << i) if i % 3 else big // 3
    return big, -big % 7, 7 - big
"""


@pytest.mark.parametrize("name", ["grow", "fibonacci", "xorshift", "congruential", "down"])
def test_loops(name: str, tier: int) -> None:
    both: list[dict[str, Any]] = [{}, {}]
    for namespace in both:
        exec(compile(LOOPS, "<loops>", "exec"), namespace)
    plain, jitted = both[0][name], both[1][name]
    assert justjit.compile(jitted)
    for _ in range(3):
        for n, x in ((300, 1), (40, 88172645463325252), (3, 2**64 - 1), (50, -(2**70)), (20, True)):
            assert ended(jitted, n, x) == ended(plain, n, x)


def test_what_they_are_in_optimised_code() -> None:
    """Operations on objects that need no complete frame, and numbers where they are small again."""
    code = LOOPS + "import justjit\njustjit.jit(fibonacci)\nfor _ in range(30):\n    fibonacci(200, 1)\n"
    text = printed_code(code, "hir", "fibonacci", 300)
    assert "BigBinary" in text and "BigToInt" in text

"""Arithmetic that leads to a mask and numbers without a sign, kept in registers: chains of operators on numbers around
every limit, in loops whose numbers change their size and type, with whatever leaves in the middle."""

from __future__ import annotations

import random
import sys
from typing import Any, Callable

import justjit
import pytest

from .harness import ended

M64 = 2**64 - 1
LOOPS = """
G64 = 0xFFFFFFFFFFFFFFFF
def fnv(data, h):
    for b in data:
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h
def steps(data, h):
    for b in data:
        h ^= b
        h = h * 0x100000001B3 & G64
    return h
def lcg(data, x):
    s = 0
    for b in data:
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        s += (x >> 33) % 100 + b
    return s, x
def xorshift(data, x):
    n = 0
    for b in data:
        x ^= (x << 13) & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 7
        x ^= (x << 17) & 0xFFFFFFFFFFFFFFFF
        if x & 1:
            n += b
        if x > 0x7FFFFFFFFFFFFFFF:
            n += 1000
        if x >= 12345:
            n += 100000
        if not x:
            n -= 1
    return n, x
def rotated(data, x):
    for b in data:
        x = ((x << 7) | (x >> 57)) & 0xFFFFFFFFFFFFFFFF
        x = (x + b) % 18446744073709551616
        x = (x - 3 * b) & 0xFFFFFFFFFFFFFFFF
    return x, x % 10, x // 7, x >> 63, x >> 1
def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return z ^ (z >> 31)
def split(data, state):
    acc = 0
    for b in data:
        state = (state + 0x9E3779B97F4A7C15) & G64
        acc ^= mix(state) + b
    return acc
def small(data, x):
    out = []
    for b in data:
        x = (x * 1103515245 + 12345) % 2147483648
        out.append(x % 100)
    return out, x
def listed(data, x):
    seen, row = [], [0] * 4
    for b in data:
        x = (x * 31 + b) & 0xFFFFFFFFFFFFFFFF
        row[b & 3] = x
        seen.append(x)
        y = x
        x = y ^ b
    return seen, row, x is y, x, float(x)
def fails(data, x):
    for b in data:
        x = (x * 2862933555777941757 + b) & 0xFFFFFFFFFFFFFFFF
        if b == 200:
            raise KeyError(x)
    return x
def nested(data, x):
    for b in data:
        for k in range(b & 3):
            x = (x * 5 + k) & 0xFFFFFFFFFFFFFFFF
        x = (x << 1 ^ k if b & 3 else x - 1) & 0xFFFFFFFFFFFFFFFF
    return x
def either(data, x):
    for b in data:
        x = (x * 3 + 1) & 0xFFFFFFFFFFFFFFFF if x & 1 else x >> 1
    return x
"""
NAMES = [
    *("fnv", "steps", "lcg", "xorshift", "rotated", "split", "small", "listed", "fails", "nested", "either"),
]
STARTS = [0xCBF29CE484222325, 0, 2**63 - 1, 2**63, M64, 2**64 + 5, -(2**63), 3.5]


def functions(source: str, names: list[str], native: bool) -> list[Callable[..., Any]]:
    namespace: dict[str, Any] = {}
    exec(compile(source, "<masked>", "exec"), namespace)
    for f in list(namespace.values()):
        assert not native or not hasattr(f, "__code__") or justjit.compile(f)
    return [namespace[name] for name in names]


DATA = [bytes(range(0, 256, 5)), [5, 2**40, 2**63, 9, -7, 1], [*range(20), 200, 1], (1, True, 1.5)]


@pytest.mark.parametrize("name", NAMES)
def test_loops(name: str, tier: int) -> None:
    plain, native = (functions(LOOPS, [name], native)[0] for native in (False, True))
    for start in STARTS:
        for data in (DATA[0], *DATA):
            assert ended(native, data, start) == ended(plain, data, start), (start, data)


OPERATORS = ["+", "-", "*", "^", "|", "&"]
MASKS = [1, 255, 2**31 - 1, 2**32 - 1, 2**62, 2**63 - 1, 2**63, M64, M64 - 255]
LIMITS = [
    0,
    1,
    -1,
    255,
    2**30,
    2**31,
    2**53,
    2**62,
    2**63 - 1,
    2**63,
    M64,
    -(2**31),
    -(2**63),
    -(2**63) - 1,
    2**64,
    2**90,
]


def expression(choose: random.Random, depth: int) -> str:
    """An operand of a chain; shifts are by constants, as masks are."""
    kind = choose.randrange(8) if depth else choose.randrange(2)
    if kind == 0:
        return choose.choice(["a", "b", "c", "x"])
    if kind == 1:
        return str(choose.choice([3, 255, 2**31, 0x5851F42D4C957F2D, 0x9E3779B97F4A7C15, M64]))
    if kind == 2:
        return f"({expression(choose, depth - 1)} << {choose.choice([0, 1, 13, 31, 63])})"
    if kind == 3:
        return f"(({expression(choose, depth - 1)} & {choose.choice(MASKS)}) >> {choose.choice([1, 7, 33, 63])})"
    operator = choose.choice(OPERATORS)
    return f"({expression(choose, depth - 1)} {operator} {expression(choose, depth - 1)})"


@pytest.mark.parametrize("seed", range(2))
def test_expressions(seed: int, tier: int) -> None:
    choose = random.Random(seed)
    lines = ["def f(a, b, c):", "    x = 1", "    for i in range(6):"]
    for _ in range(5):
        root = choose.choice([f"& {choose.choice(MASKS)}", f"% {2 ** choose.choice([1, 31, 63, 64])}"])
        lines.append(f"        x = {expression(choose, 3)} {root}")
        lines.append(f"        {choose.choice('abc')} {choose.choice(['^', '+'])}= x")
    lines.append("    return a, b, c, x")
    source = "\n".join(lines)
    plain, native = (functions(source, ["f"], native)[0] for native in (False, True))
    for _ in range(25):
        arguments = [choose.choice(LIMITS) for _ in "abc"]
        assert ended(native, *arguments) == ended(plain, *arguments), f"{source}\n{arguments}"


def test_frames_show_the_number(tier: int) -> None:
    source = """
import sys
def look(): return sys._getframe(1).f_locals["h"]
def f(data, h):
    seen = []
    for b in data:
        h = (h * 0x100000001B3 ^ b) & 0xFFFFFFFFFFFFFFFF
        if b % 25 == 0:
            seen.append(look())
    return seen, h
"""
    plain, native = (functions(source, ["f"], native)[0] for native in (False, True))
    for start in (7, M64, 2**70):
        assert ended(native, DATA[0], start) == ended(plain, DATA[0], start)


def test_boxes_do_not_leak(tier: int) -> None:
    source = "def f(n, h):\n    for i in range(n):\n        h = (h * 31 + i) & 0xFFFFFFFFFFFFFFFF\n    return h\n"
    (f,) = functions(source, ["f"], True)
    big = 2**64 - 3
    before = sys.getrefcount(big)
    for _ in range(50):
        f(20, big)
    assert sys.getrefcount(big) == before

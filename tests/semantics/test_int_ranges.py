"""Integer loops in which ranges prove checks needless, against the interpreter, with values around every bound that a
proof could be wrong about."""

from __future__ import annotations

import itertools
import os
import signal
from typing import Any, Iterator

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
def masks(x, y, n):
    s = 0
    for i in range(n):
        s += (x & 255) * (y & 65535) + (i & 3) - (x | i) % 7
        x = x * 3 + i
        y ^= x >> 3
        x &= 2**40 - 1
    return s, x, y
def lcg(x, y, n):
    for i in range(n):
        x = (x * 1103515245 + 12345 + y) % 2147483647
        y = x % 100 - 50
    return x, y
def divisions(x, y, n):
    out = []
    for i in range(n):
        out.append(i // 3 + i % 5)
        out.append((i - 2) // 3 + (i - 2) % -5)
        out.append((i * x) // 10 + (i * x) % 10)
        if y > 0:
            out.append(x // y + x % y)
        if y != 0:
            out.append(i // y - i % y)
            out.append(x // y * 3 + x % y)
        if 0 <= x:
            if x < 2**32:
                out.append(x // 7 + x % 65521)
    return out
def shifts(x, y, n):
    s = 0
    for i in range(n):
        s ^= i << (i & 15)
        s ^= x >> (i & 63)
        s += 1 << (y & 62)
        s += (x & 1023) << (y & 31)
        if 0 <= y < 70:
            s ^= (x & 7) << y
            s += x >> y
    return s
def edges(x, y, n):
    s = 0
    for i in range(x, x + n):
        s += i * 2 + 1
        if i > y:
            s -= i * i
        elif i == y:
            s += 1000
        else:
            s += i - y
    return s, i
def down(x, y, n):
    s = 0
    for i in range(n, -n, -1):
        s = s * 3 + i
        s %= 1000003
    for i in range(0, n, 2):
        s += i * i
    for i in reversed(range(n)):
        s -= i
    return s, i
def ranges(x, y, n):
    s = 0
    for r in (range(n), range(0, n, 3), range(n, 0, -1), range(x, x + 3), range(-n, n)):
        for i in r:
            s += i * i - (i >> 1)
    return s, i
def nested(x, y, n):
    s = 0
    for i in range(n):
        for j in range(i, n):
            k = i * j
            while k > 0:
                s += k & 1
                k >>= 1
            s += (x + i) % (j + 1)
    return s
def collatz(x, y, n):
    steps = 0
    while x != 1 and steps < n * 40:
        x = x // 2 if x % 2 == 0 else 3 * x + 1
        steps += 1
    return x, steps
def countdown(x, y, n):
    i = n
    s = 0
    while i > 0:
        i -= 1
        s += i * y
    while i < n:
        s += x // (i + 1)
        i += 1
    return s, i
def indices(x, y, n):
    a = list(range(n))
    s = 0
    for i in range(n):
        s += a[i] + a[-1 - i] + a[i - n] + a[(i * 7) % n]
        a[i] = a[(x + i) % n]
        a[y % n] += 1
    return s, a
def quotients(x, y, n):
    s = 0.0
    for i in range(1, n):
        s += i / (i + 3) + x / i
        if y:
            s += (i & 7) / y
        if i < 2.5:
            s += 1
    return s
def lengths(x, y, n):
    a = [x] * n
    s = 0
    for i in range(len(a)):
        s += len(a) - i
        s *= 2
        s &= 2**62 - 1
        if i + 1 < len(a):
            s += a[i + 1] - y
    return s
def bounds(x, y, n):
    c = 0
    for i in range(n):
        if x < 10:
            if x > -10:
                c += x * x * x
            else:
                c -= 1
        if y >= 2**62 or y <= -(2**62):
            c += y - x
        if i != 0:
            c += 100 // i
        if i < 2**31:
            c += 1
        if -x < 0 and abs(x) > 5:
            c += ~x
    return c
def choices(x, y, n):
    s = 0
    for i in range(n):
        s += min(x, i) + max(y, i) + min(i, 3) * max(i, 2)
        s &= 2**50 - 1
    return s
"""
NAMES = [line[4 : line.index("(")] for line in SOURCE.splitlines() if line.startswith("def ")]
BOUNDS = [0, 1, 2**30, 2**31, 2**32, 2**53, 2**62, 2**63]
VALUES = sorted({s * (b + d) for b in BOUNDS for d in (-1, 0, 1) for s in (1, -1)})


def functions(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE, "<ranges>", "exec"), namespace)
    for name in NAMES:
        assert not jitted or justjit.compile(namespace[name])
    return namespace


@pytest.fixture(params=[(1, 0), (30, 0), (1, 21)], ids=["plain", "informed", "stress21"])
def tier(request: pytest.FixtureRequest) -> Iterator[None]:
    threshold, seed = request.param
    _core.set_compile_options(max_tier=2, tier_threshold=threshold, deopt_stress=seed)
    try:
        yield
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0, deopt_stress=0)


@pytest.mark.parametrize("name", NAMES)
def test_around_the_bounds(name: str, tier: None) -> None:
    """Small numbers first, for which the function is compiled; then each bound, with code that expects small ones."""
    plain, jitted = functions(False)[name], functions(True)[name]
    small = [(x, y, 9) for x in (3, -4, 0, 70, 1) for y in (5, -6, 0, 1)]
    rare = [(x, y, 9) for x, y in itertools.product(VALUES, VALUES[::5])] + [(y, x, 9) for x, y, _ in small]
    for arguments in [*small, *small, *rare]:
        if name == "lengths" and abs(arguments[0]) > 2**40:
            continue
        assert ended(plain, *arguments) == ended(jitted, *arguments), arguments


@pytest.mark.parametrize("name", NAMES)
def test_entered_in_the_loop(name: str, tier: None) -> None:
    """Each copy runs once: optimised code begins at a loop head, with whatever the locals are then."""
    for x, y in [(1, 2), (2**31, 3), (-(2**62), 5), (2**63 - 3, -1), (2**70, 1), (255, 2**62)]:
        plain, jitted = functions(False)[name], functions(True)[name]
        assert ended(plain, x, y, 60) == ended(jitted, x, y, 60), (x, y)


def test_loops_without_calls_are_interrupted(tier: None) -> None:
    """Those look for signals only now and then."""

    def spin(n: int) -> int:
        s = 0
        for i in range(n):
            s ^= i
        return s

    assert justjit.compile(spin)
    for n in (10, 127, 128, 129, 1000):
        expected = 0
        for i in range(n):
            expected ^= i
        assert spin(n) == expected

    class Stop(Exception):
        pass

    def stop(*_: Any) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        for _ in range(3):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(Stop):
                spin(2**62)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_checks_are_gone() -> None:
    _core.set_compile_options(max_tier=2, tier_threshold=30)
    try:
        f = functions(True)
        for _ in range(40):
            f["lcg"](1, 2, 50)
            f["indices"](1, 2, 50)
        texts = {name: _core.dump(f[name], "hir") for name in ("lcg", "indices")}
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0)
    assert "IntMul " not in texts["lcg"] and "IntMulWrap fits=1" in texts["lcg"]
    assert "PollSpaced" in texts["lcg"] and "PollPending" not in texts["lcg"]
    assert "GuardUnitRange" in texts["indices"] and "ItemIndex proved=4" in texts["indices"]

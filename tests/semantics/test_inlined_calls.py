"""Calls whose callee optimised code puts in their place, against the interpreter: callees that are replaced, raise, overflow,
recurse too deeply, or are watched."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    import sys
    K = 3
    def half(x): return (x * 3 + 1) & 0xFFFF
    def both(x, y): return half(x) + half(y)
    def deep(x, k=7): return both(x, x + 1) ^ half(x >> 1) + k * K
    def larger(a, b):
        if a < b:
            return b * 2
        return a * 3
    def same(a): return a
    def divide(a, b): return a // b
    def item(values, k): return values[k]
    def nothing(a): return None
    def is_small(a): return a < 10
    def big(a): return a * a * a
    class Point:
        def __init__(self, x): self.x = x
        def get(self): return self.x
        def dot(self, other): return self.x * other.x + K
        def later(self, k=2): return self.x + k
    def run(p, q, n, change=None, at=-1):
        t = 0
        values = [1, 2, 3]
        for i in range(n):
            if i == at:
                change(p)
            t += deep(i) + larger(i, 5) + p.get() + p.dot(q) + p.later() + item(values, i % 3)
            t += divide(i + 20, 2 if same(i) is i else 3) + big(i)
            if nothing(i) is None and is_small(i):
                t -= 1
        return t
    def division(n, m):
        t = 0
        for i in range(n):
            t += divide(100, m - i)
        return t
    def cubes(n, start):
        t = 0
        for i in range(n):
            t += big(start + i)
        return t
    def identity(p, n):
        return all(p.get() is p.x and same(p) is p for i in range(n)), [p.get() is p.x for i in range(n)]
    def nested(n, depth):
        if depth:
            return nested(n, depth - 1)
        t = 0
        for i in range(n):
            t += both(i, i)
        return t
"""
FUNCTIONS = "half both deep larger same divide item nothing is_small big run division cubes identity nested".split()

CHANGES = {
    "nothing": "def change(p): pass",
    "function rebound": "def change(p):\n  global half\n  half = lambda x: x * 1.5",
    "function deleted": "def change(p):\n  global half\n  del half",
    "code replaced": "def change(p): larger.__code__ = (lambda a, b: a - b).__code__",
    "inner code replaced": "def change(p): half.__code__ = (lambda x: -x).__code__",
    "defaults replaced": "def change(p): deep.__defaults__ = (70,)",
    "defaults gone": "def change(p): deep.__defaults__ = None",
    "method default": "def change(p): Point.later.__defaults__ = (2.5,)",
    "global of the callee": "def change(p):\n  global K\n  K = 4",
    "method replaced": "def change(p): Point.get = lambda self: 100",
    "method hidden": "def change(p): p.get = lambda: -1",
    "attribute of another type": "def change(p): p.x = 0.5",
    "attribute big": "def change(p): p.x = 2**70",
    "attribute gone": "def change(p): del p.x",
    "builtin callee": "def change(p):\n  global larger\n  larger = max",
    "class callee": "def change(p):\n  global same\n  same = int",
}


def module(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<callees>", "exec"), namespace)
    if jitted:
        point = namespace["Point"]
        for f in [namespace[name] for name in FUNCTIONS] + [point.get, point.dot, point.later]:
            assert justjit.compile(f)
    point = namespace["Point"]
    for _ in range(5):  # until it is optimised
        namespace["run"](point(2), point(3), 12)
        namespace["division"](3, 50)
        namespace["cubes"](5, 1)
        namespace["identity"](point(1000), 5)
        namespace["nested"](12, 0)
    return namespace


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("at", [11])
def test_changes(name: str, at: int, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = module(jitted)
        exec(CHANGES[name], n)
        for _ in range(2):
            p, q = n["Point"](2), n["Point"](3)
            results.append([ended(n["run"], p, q, 30, n["change"], at), ended(n["run"], p, q, 30)])
    assert results[:2] == results[2:]


@pytest.mark.parametrize(
    "call",
    [
        "division(20, 10)",
        "cubes(20, 3_000_000)",
        "cubes(5, 2**62)",
        "identity(Point(10**6), 9)",
        "run(Point(2.5), Point(3), 30)",
        "run(Point('a'), Point(3), 30)",
        "run(1, 2, 3)",
    ],
)
def test_calls(call: str, tier: int) -> None:
    outcomes = []
    for jitted in (False, True):
        n = module(jitted)
        exec(f"def go(): return {call}", n)
        outcomes.append([ended(n["go"]) for _ in range(3)])
    assert outcomes[0] == outcomes[1]


def test_recursion_limit_at_the_call(tier: int) -> None:
    """The deepest call that works is as deep as without native code."""
    deepest = []
    limit = sys.getrecursionlimit()
    for jitted in (False, True):
        n = module(jitted)
        sys.setrecursionlimit(400)
        try:
            works = 0
            for depth in range(330, 400):
                try:
                    n["nested"](3, depth)
                except RecursionError:
                    break
                works = depth
        finally:
            sys.setrecursionlimit(limit)
        deepest.append(works)
    assert deepest[0] == deepest[1]


def test_profiler_switched_on_inside(tier: int) -> None:
    """Calls of inlined callees are seen from the moment that somebody looks."""
    seen = []
    for jitted in (False, True):
        n = module(jitted)
        events: list[Any] = []
        n["change"] = lambda p, events=events: sys.setprofile(
            lambda frame, event, _: events.append((event, frame.f_code.co_name))
        )
        exec("def go(): return run(Point(2), Point(3), 6, change, 3)", n)
        try:
            result = n["go"]()
        finally:
            sys.setprofile(None)
        seen.append((result, [e for e in events if e[1] in FUNCTIONS or e[1] in ("get", "dot", "later")]))
    assert seen[0] == seen[1]


def test_calls_are_gone(tier: int) -> None:
    n = module(True)
    text = _core.dump(n["nested"], "hir")
    assert text.count("GuardCode") >= 3
    assert "GlobalPeekOf" in text

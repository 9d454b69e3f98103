"""Globals and attributes in optimised code: what a program does to classes, instances and namespaces while code that
relies on them runs."""

from __future__ import annotations

import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core


CLASSES = """
    class Point:
        scale = 10
        def __init__(self, x, y):
            self.x = x
            self.y = y
            self.n = 0
        def total(self):
            return self.x + self.y
        def grow(self, k):
            self.n += k
            return self.n

    class Slotted:
        __slots__ = ("x", "y", "n")
        total = Point.total
        grow = Point.grow
        def __init__(self, x, y):
            self.x, self.y, self.n = x, y, 0

    class Loud:
        def __init__(self, name):
            self.name = name
        def __del__(self):
            log.append(self.name)

    log = []
    factor = 3

    def loop(p, n, change=None):
        t = 0
        for i in range(n):
            t += p.x * factor + p.y + abs(-i)
            p.n += 1
            p.x = i
            t += p.total() + p.grow(2)
            if change is not None and i == n // 2:
                change(p)
        return t, p.n, p.x

    def swap(p, n, change=None):
        for i in range(n):
            p.n = change(i)
        return type(p.n).__name__
"""

# What happens between the calls, or in the middle of one (`change`), and what is called.
CHANGES = {
    "plain": "out(loop, Point(1, 2), 30)",
    "slots": "out(loop, Slotted(1, 2), 30)",
    "both": "out(loop, Point(1, 2), 30); out(loop, Slotted(1.5, 2), 30); out(loop, Point(1, 2.5), 30)",
    "global rebound": "global factor\nfactor = 5\nout(loop, Point(1, 2), 30)\nfactor = 2.5\nout(loop, Point(1, 2), 30)",
    "global rebound inside": "def change(p):\n  global factor\n  factor += 1\nout(loop, Point(1, 2), 30, change)",
    "global deleted": "def change(p):\n  global factor\n  del factor\nout(loop, Point(1, 2), 30, change)",
    "builtin shadowed": "def change(p):\n  global abs\n  abs = lambda v: 7\nout(loop, Point(1, 2), 30, change)",
    "builtin hidden, then seen": "global abs\nabs = int\nout(loop, Point(1, 2), 30)\ndel abs\nout(loop, Point(1, 2), 30)",
    "class changed": "def change(p):\n  Point.total = lambda self: 100\nout(loop, Point(1, 2), 30, change)",
    "property added": "def change(p):\n  Point.y = property(lambda self: 1000)\nout(loop, Point(1, 2), 30, change)",
    "method hidden": "def change(p):\n  p.total = lambda: -1\nout(loop, Point(1, 2), 30, change)",
    "method hidden through the dict": "def change(p):\n  p.__dict__['total'] = lambda: -1\nout(loop, Point(1, 2), 30, change)",
    "dict made": "def change(p):\n  p.__dict__\nout(loop, Point(1, 2), 30, change)",
    "dict changed": "def change(p):\n  p.__dict__['x'] = 50\nout(loop, Point(1, 2), 30, change)",
    "dict replaced": "def change(p):\n  p.__dict__ = {'x': 5, 'y': 6, 'n': 7}\nout(loop, Point(1, 2), 30, change)",
    "attribute deleted": "def change(p):\n  del p.y\nout(loop, Point(1, 2), 30, change)",
    "slot deleted": "def change(p):\n  del p.y\nout(loop, Slotted(1, 2), 30, change)",
    "class attribute instead": "def change(p):\n  Point.y = 9\n  del p.y\nout(loop, Point(1, 2), 30, change)",
    "other class": "class Other(Point):\n  def total(self): return 5\n"
    "def change(p):\n  p.__class__ = Other\nout(loop, Point(1, 2), 30, change)",
    "type of a value": "def change(p):\n  p.y = 'text'\nout(loop, Point(1, 2), 30, change)",
    "big": "out(loop, Point(2**80, 2), 30)\ndef change(p):\n  p.y = 2**70\nout(loop, Point(1, 2), 30, change)",
    "finaliser": "out(swap, Point(1, 2), 20, lambda i: i)\n"
    "out(swap, Point(1, 2), 20, lambda i: Loud(i) if i % 3 else i)\nout(swap, Slotted(1, 2), 20, lambda i: Loud(i))",
    "no attribute": "class Empty: pass\nout(loop, Empty(), 3)\nout(loop, 5, 3)\nout(loop, None, 3)",
    "getattr hooks": "class Hook(Point):\n  def __getattribute__(self, name):\n    log.append(name)\n"
    "    return object.__getattribute__(self, name)\nout(loop, Hook(1, 2), 3)",
}


def run(change: str, jitted: bool) -> Any:
    results: list[Any] = []

    def out(function: Any, *arguments: Any) -> None:
        try:
            results.append(function(*arguments))
        except Exception as error:  # noqa: BLE001 - every outcome is compared
            results.append((type(error), str(error)))

    namespace: dict[str, Any] = {"out": out, "__name__": "case"}
    exec(textwrap.dedent(CLASSES), namespace)
    if jitted:
        for f in (namespace["loop"], namespace["swap"], namespace["Point"].total, namespace["Point"].grow):
            assert justjit.compile(f)
    for _ in range(4):  # until it is optimised
        namespace["loop"](namespace["Point"](1, 2), 8)
        namespace["swap"](namespace["Point"](1, 2), 8, int)
    exec(f"def go():\n{textwrap.indent(change, '  ')}", namespace)
    out(namespace["go"])
    out(namespace["go"])
    return results, namespace["log"]


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    assert run(CHANGES[name], True) == run(CHANGES[name], False)


def test_guards_replace_helpers(tier: int) -> None:
    namespace: dict[str, Any] = {}
    exec(textwrap.dedent(CLASSES), namespace)
    loop, point = namespace["loop"], namespace["Point"]
    assert justjit.compile(loop)
    for _ in range(4):
        loop(point(1, 2), 20)
    text = _core.dump(loop, "hir")
    for op in ("GlobalPeek", "GuardVersion", "Peek index=0"):
        assert op in text
    for op in ("LoadGlobal ", "LoadMethod "):
        assert op not in text

"""Closures in optimised code: calls of functions that a local or a cell holds, and free variables of inlined callees."""

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
    SEEN = []
    class Spy:
        def __init__(self, x): self.x = x
        def __radd__(self, other):
            f, found = sys._getframe(1), []
            while f is not None and f.f_code.co_filename == "<closures>":
                found.append((f.f_code.co_name, f.f_lineno, sorted(k for k in f.f_locals if k in "xyk")))
                f = f.f_back
            SEEN.append(found)
            return self.x + other
        __add__ = __mul__ = __rmul__ = __radd__
    def make_adder(k):
        def add(x):
            return x + k
        return add
    def make_pair(k):
        def get(x):
            return x * k
        def put(v):
            nonlocal k
            k = v
        return get, put
    def compose(f, g):
        def h(x):
            return f(g(x))
        return h
    def later():
        def inner(x):
            return x + late
        def bind():
            nonlocal late
            late = 5
        if False:
            late = 1
        return inner, bind
    def run(f, g, h, values, change=None, at=-1):
        s = 0
        square = lambda v: v * v
        for i in range(len(values)):
            if i == at:
                change()
            v = values[i]
            s += f(v) + g(i) + h(v) + square(v)
        return s
    def counter(n):
        total = 0
        def bump(v):
            return v + total
        for i in range(n):
            total += bump(i) & 7
        return total
"""
FUNCTIONS = "make_adder make_pair compose later run counter".split()


def load(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<closures>", "exec"), n)
    if jitted:
        for name in FUNCTIONS:
            assert justjit.compile(n[name])
    n["f"] = n["make_adder"](3)
    n["g"], n["put"] = n["make_pair"](2)
    n["h"] = n["compose"](n["f"], n["make_adder"](4))
    if jitted:
        for name in "fgh":
            assert justjit.compile(n[name])
    for _ in range(3):  # until it is optimised
        n["run"](n["f"], n["g"], n["h"], list(range(12)))
        n["counter"](12)
    return n


CHANGES = {
    "nothing": "def change(): pass",
    "cell": "def change(): put(7)",
    "cell of another type": "def change(): put(0.5)",
    "cell holds text": "def change(): put('ab')",
    "cell contents": "def change(): f.__closure__[0].cell_contents = 100",
    "cell is empty": "def change(): del f.__closure__[0].cell_contents",
    "callee in a cell": "def change(): h.__closure__[0].cell_contents = lambda x: -x",
    "code": "def change(): f.__code__ = g.__code__",
    "defaults": "def change(): f.__defaults__ = (5,)",
    "another closure of the code": "def change(): h.__closure__[0].cell_contents = make_adder(50)",
    "inner code": "def change(): h.__closure__[0].cell_contents.__code__ = g.__code__",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        exec(CHANGES[name], n)
        arguments = n["f"], n["g"], n["h"], list(range(20))
        results.append([ended(n["run"], *arguments, n["change"], 11), ended(n["run"], *arguments)])
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "call",
    [
        "counter(30)",
        "run(g, f, h, [1, 2, 3] * 4)",
        "run(h, h, abs, [1, 2, 3] * 4)",
        "run(f, f, make_adder(0.5), [1, 2] * 5)",
    ],
)
def test_calls(call: str, tier: int) -> None:
    outcomes = []
    for jitted in (False, True):
        n = load(jitted)
        exec(f"def go(): return {call}", n)
        outcomes.append([ended(n["go"]) for _ in range(3)])
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("odd", ["Spy(3)", "2**62", "0.5", "'x'", "None"])
def test_odd_values(odd: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        values = list(range(9))
        values[5] = eval(odd, n)
        arguments = n["f"], n["g"], n["h"], values
        results.append([ended(n["run"], *arguments), repr(n["SEEN"]), ended(n["run"], *arguments)])
    assert results[0] == results[1]


def test_they_are_inlined(tier: int) -> None:
    text = _core.dump(load(True)["run"], "hir")
    assert text.count("FreePeek") >= 4
    assert text.count("GuardCode") >= 5


def test_nothing_is_kept(tier: int) -> None:
    """Frames that exits make of inlined closures have the cells, and give them back."""
    n = load(True)
    cells = [cell for name in "fgh" for cell in n[name].__closure__]
    values: list[Any] = [1, 2**62, 0.5, "x", None] * 4
    before = [sys.getrefcount(cell) for cell in cells]
    for _ in range(3):
        for v in values:
            ended(n["run"], n["f"], n["g"], n["h"], [1, 2, 3, v, 4])
    assert [sys.getrefcount(cell) for cell in cells] == before

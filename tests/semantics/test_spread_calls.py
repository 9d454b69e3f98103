"""Callees with *args and **kwargs, and calls with them, in optimised code: neither tuple nor dict is made, until somebody
looks."""

from __future__ import annotations

import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    import sys
    SEEN = []
    class Spy:                              # an operand that looks at the stack of whoever uses it
        def __init__(self, x): self.x = x
        def look(self):
            f, found = sys._getframe(2), []
            while f is not None and f.f_code.co_filename == "<spread>":
                shown = {k: v for k, v in f.f_locals.items() if k in ("args", "kwargs", "rest", "named", "t", "r", "a", "c")}
                found.append((f.f_code.co_name, f.f_lineno, repr(shown)))
                f = f.f_back
            SEEN.append(found)
            return self.x
        def __repr__(self): return f"Spy({self.x})"
        def __add__(self, other): return self.look() + (other.x if type(other) is Spy else other)
        def __radd__(self, other): return self.look() + other
        def __mul__(self, other): return self.look() * other
        __rmul__ = __mul__
        def __gt__(self, other): return self.look() > other
    def target(a, b, c=1, d=2): return a * 3 + b * 5 + c * 7 + d
    def wrapper(*args, **kwargs): return target(*args, **kwargs)
    def fixed(a, *args, **kwargs): return target(a, *args, c=a, **kwargs)
    def twice(*args): return wrapper(*args) + wrapper(*args, d=7)
    def variadic(first, *rest):
        t = first
        for r in rest:
            t += r
        return t
    def larger(limit, *rest):
        t = 0
        for r in rest:
            if r > limit:
                t += r * 2
            else:
                t -= r
        return t
    def stops(*rest):
        for r in rest:
            if r > 2:
                return r
        return -1
    def nested(*rest):
        t = 0
        for a in rest:
            for r in rest:
                t += a * r
        return t
    def inside(*rest):
        t = 0
        for r in rest:
            t += target(*rest, d=r) + r
        return t
    def named(a, *, c=3, **named): return a * c
    def held(*args): return args
    def unused(a, *args, **kwargs): return a
    def ignores(*args, **kwargs): return 1
    def replaced(*args):
        args = args[1:]
        return len(args)
    def run(values, change=None, at=-1):
        s = 0
        for i in range(len(values)):
            if i == at:
                change()
            k = values[i]
            s += wrapper(k, 2) + wrapper(k, 2, d=4) + wrapper(b=k, a=i) + fixed(i, k) + fixed(1, k, d=i) + twice(i, k)
            s += variadic(k, 1, 2, 3) + variadic(i) + variadic(i, k) + larger(2, k, i, 1) + stops(1, 2, k) + stops()
            s += nested(1, k) + inside(i, k) + named(k) + named(2, c=k, other=i) + unused(i, k, x=k) + replaced(1, k)
            s += len(held(1, k)) + ignores(k, 1, 2, k, k, x=1, y=2, z=k)
        return s
    def wrong(n, how):
        s = 0
        for i in range(n):
            if i < n - 1:
                s += wrapper(i, 2) + fixed(i, 2)
            elif how == 0:
                s += wrapper(i)
            elif how == 1:
                s += wrapper(i, 2, e=3)
            elif how == 2:
                s += fixed(i, 2, c=3)
            elif how == 3:
                s += wrapper(1, 2, 3, 4, 5)
            else:
                s += wrapper(i, 2, a=1)
        return s
"""
FUNCTIONS = (
    "target wrapper fixed twice variadic larger stops nested inside named held unused ignores replaced run wrong".split()
)


def load(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<spread>", "exec"), n)
    if jitted:
        for name in FUNCTIONS:
            assert justjit.compile(n[name])
    for _ in range(5):  # until it is optimised
        n["run"](list(range(12)))
        ended(n["wrong"], 8, 9)
    n["SEEN"].clear()
    return n


CHANGES = {
    "nothing": "def change(): pass",
    "target rebound": "def change():\n  global target\n  target = lambda *a, **k: len(a) + len(k)",
    "target gone": "def change():\n  global target\n  del target",
    "target's code": "def change(): target.__code__ = (lambda a, b, c, d: a - b).__code__",
    "target's defaults": "def change(): target.__defaults__ = (5, 0.5)",
    "wrapper's code": "def change(): wrapper.__code__ = (lambda *a, **k: len(a) - len(k)).__code__",
    "variadic's code": "def change(): variadic.__code__ = (lambda *rest: len(rest)).__code__",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        exec(CHANGES[name], n)
        values = list(range(30))
        results.append([ended(n["run"], values, n["change"], 11), ended(n["run"], values)])
    assert results[0] == results[1]


ODD = {"spy": "Spy(3)", "big": "2**62", "huge": "2**70", "float": "0.5", "text": "'x'", "none": "None", "bool": "True"}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("at", [0, 5])
def test_odd_values(odd: str, at: int, tier: int) -> None:
    """Whatever a value makes a callee leave at, its frame has all arguments, and the iterator is where it was."""
    results = []
    for jitted in (False, True):
        n = load(jitted)
        values = list(range(9))
        values[at] = eval(ODD[odd], n)
        results.append([ended(n["run"], values), repr(n["SEEN"]), ended(n["run"], values)])
    assert results[0] == results[1]


@pytest.mark.parametrize("how", range(5))
def test_wrong_arguments(how: int, tier: int) -> None:
    outcomes = [[ended(load(jitted)["wrong"], 9, how) for _ in range(2)] for jitted in (False, True)]
    assert outcomes[0] == outcomes[1]


def test_arguments_that_nobody_looks_at(tier: int) -> None:
    """They have entries of the value stack all the same."""
    n = load(True)
    arguments = ", ".join(["i"] * 5 + [f"k{j}=i" for j in range(3)])
    exec(f"def go(n):\n  s = 0\n  for i in range(n):\n    s += ignores({arguments})\n  return s", n)
    assert justjit.compile(n["go"])
    assert [n["go"](9) for _ in range(4)] == [9] * 4
    assert "GuardCode" in _core.dump(n["go"], "hir")


def test_nothing_is_made(tier: int) -> None:
    n = load(True)
    exec(
        "def go(n):\n  s = 0\n  for i in range(n):\n    s += wrapper(i, 2, d=4) + fixed(i, 2) + variadic(i, 1, 2) + larger(1, i)\n  return s",
        n,
    )
    assert justjit.compile(n["go"])
    for _ in range(4):
        n["go"](9)
    text = _core.dump(n["go"], "hir")
    assert text.count("GuardCode") >= 6
    assert "jj_op_call" not in text and " Call " not in text.split("GuardCode")[1]


def test_loops_inside_loops_are_written_out(tier: int) -> None:
    n = load(True)
    exec("def go(n):\n  s = 0\n  for i in range(n):\n    s += nested(i, 2) + nested(1, i, 3)\n  return s", n)
    assert justjit.compile(n["go"])
    assert [n["go"](9) for _ in range(4)] == [sum((i + 2) ** 2 + (i + 4) ** 2 for i in range(9))] * 4
    assert "GuardCode" in _core.dump(n["go"], "hir")

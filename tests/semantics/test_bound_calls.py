"""Calls whose keywords and defaults optimised code binds when it is made, against the interpreter."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    def area(w, h=2, *, scale=1, off=0): return w * h * scale + off
    def needs(a, *, b): return a * 3 - b
    def only(*, k=4): return k + 1
    def first(a, /, b=5): return a - b
    def deep(x, y=1): return area(x, off=y, scale=2) + needs(b=y, a=x)
    def text(a, *, sep="-"): return a if sep == "-" else -a
    class Point:
        def __init__(self, x): self.x = x
        def moved(self, by=1, *, times=2): return self.x + by * times
        def put(self, *, x): self.x = x
    def fib(n, *, step=1):
        if n < 2:
            return n
        return fib(n - step, step=step) + fib(step=step, n=n - 2)
    def run(p, n, change=None, at=-1):
        t = 0
        for i in range(n):
            if i == at:
                change(p)
            t += area(i) + area(i, 3, scale=2) + area(w=i, h=1, off=5) + needs(i, b=2) + needs(b=i, a=1)
            t += only() + only(k=i) + first(i) + first(i, b=1) + deep(i) + deep(y=i, x=2) + text(i)
            t += p.moved() + p.moved(times=i) + p.moved(i, times=1) + p.moved(by=2)
            p.put(x=i)
        return t + fib(9) + fib(n=8, step=1)
    def functions(n):
        t = 0
        for i in range(n):
            t += area(i) + area(i, 3, scale=2) + needs(b=i, a=1) + only() + first(i, b=1) + deep(y=i, x=2)
        return t
    def wrong(n, how):
        t = 0
        for i in range(n):
            if i < n - 1:
                t += area(i, scale=2) + first(i, b=2)
            elif how == 0:
                t += area(i, w=2)
            elif how == 1:
                t += area(i, colour=2)
            elif how == 2:
                t += needs(i)
            elif how == 3:
                t += first(a=i)
            elif how == 4:
                t += area(i, 2, 3, scale=1)
            else:
                t += area(i, scale="x", off="y")
        return t
"""
FUNCTIONS = "area needs only first deep text fib run functions wrong".split()

CHANGES = {
    "nothing": "def change(p): pass",
    "default": "def change(p): area.__defaults__ = (7,)",
    "keyword default": "def change(p): area.__kwdefaults__['scale'] = 3",
    "keyword default of another type": "def change(p): area.__kwdefaults__['off'] = 0.5",
    "keyword default gone": "def change(p): del area.__kwdefaults__['scale']",
    "keyword defaults replaced": "def change(p): area.__kwdefaults__ = {'off': 1, 'scale': 2, 'more': 3}",
    "keyword defaults none": "def change(p): only.__kwdefaults__ = None",
    "keyword defaults with odd keys": "def change(p): only.__kwdefaults__ = {1: 2, 'k': 3}",
    "same keywords, other code": "def change(p): area.__code__ = (lambda w, h, *, off, scale: w - h).__code__",
    "other names": "def change(p): needs.__code__ = (lambda a, *, c: a).__code__",
    "rebound": "def change(p):\n  global area\n  area = lambda **kw: len(kw)",
    "method": "def change(p): Point.moved = lambda self, by=0, times=0: by - times",
    "method default": "def change(p): Point.moved.__kwdefaults__ = {'times': 1.5}",
    "text default": "def change(p): text.__kwdefaults__ = {'sep': '+'}",
    "type": "def change(p): p.x = 0.25",
}


def load(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<bound>", "exec"), n)
    point = n["Point"]
    if jitted:
        for f in [n[name] for name in FUNCTIONS] + [point.moved, point.put]:
            assert justjit.compile(f)
    for _ in range(5):  # until it is optimised
        n["run"](point(2), 12)
        ended(n["wrong"], 8, 9)
        n["functions"](12)
    return n


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        exec(CHANGES[name], n)
        results.append([ended(n["run"], n["Point"](2), 30, n["change"], 11), ended(n["run"], n["Point"](2), 30)])
    assert results[0] == results[1]


@pytest.mark.parametrize("how", range(6))
def test_wrong_arguments(how: int, tier: int) -> None:
    outcomes = [[ended(load(jitted)["wrong"], 9, how) for _ in range(2)] for jitted in (False, True)]
    assert outcomes[0] == outcomes[1]


def test_they_are_bound(tier: int) -> None:
    text = _core.dump(load(True)["functions"], "hir")
    assert "KwDefaultPeek" in text
    assert text.count("GuardCode") >= 8
    assert "jj_op_call_kw" not in text


@pytest.mark.parametrize("jitted", [False, True])
def test_keys_of_keyword_defaults_that_run_code(jitted: bool, tier: int) -> None:
    """They are compared before the call has a frame."""
    namespace = load(jitted)
    seen = []

    class Key(str):
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            seen.append(sys._getframe(1).f_code.co_name)
            return str.__eq__(self, other)

    exec("def call(n):\n for i in range(n): only()", namespace)
    if jitted:
        assert justjit.compile(namespace["call"])
    namespace["only"].__kwdefaults__ = {Key("k"): 3}
    namespace["call"](50)
    assert set(seen) == {"call"}

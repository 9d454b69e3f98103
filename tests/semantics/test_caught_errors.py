"""Errors that become jumps in optimised code: handlers that do not look at the exception, those that do, and everything
that could tell whether there was one, against the interpreter."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import justjit
import pytest

from .harness import ended

BODIES = {
    "pass": "try: s += c[k]\n  except KeyError: pass",
    "continue": "try: s += c[k]\n  except KeyError: continue\n  s += 1",
    "constant": "x = 5\n  try: x = c[k]\n  except KeyError: x = 0\n  s += x",
    "none": "x = 5\n  try: x = c[k]\n  except KeyError: x = None\n  t.append(x)",
    "counted": "try: s += c[k]\n  except KeyError: n += 1",
    "counted_both": "try: s += c[k]\n  except KeyError:\n   n += 1\n   m += n * 3",
    "returned": "try: s += c[k]\n  except KeyError: return s, n",
    "broken": "try: s += c[k]\n  except KeyError: break",
    "stored": "try: s += c[k]\n  except KeyError: c[k] = 1",
    "appended": "try: s += c[k]\n  except KeyError: t.append(k)",
    "bare": "try: s += c[k]\n  except: n += 1",
    "lookup": "try: s += c[k]\n  except LookupError: n += 1",
    "exception": "try: s += c[k]\n  except Exception: n += 1",
    "two_clauses": "try: s += c[k]\n  except IndexError: n += 1\n  except KeyError: m += 1",
    "pair": "try: s += c[k]\n  except (KeyError, IndexError): n += 1",
    "index": "try: s += c[k]\n  except IndexError: n += 1",
    "named": "try: s += c[k]\n  except KeyError as e: t.append(e.args)",
    "raised_again": "try:\n   try: s += c[k]\n   except KeyError: raise\n  except LookupError as e: t.append((e.args, e.__context__))",
    "other_raised": "try:\n   try: s += c[k]\n   except KeyError: raise ValueError(k)\n  except ValueError as e: t.append(repr(e.__context__))",
    "with_else": "try: x = c[k]\n  except KeyError: n += 1\n  else: s += x",
    "with_finally": "try: s += c[k]\n  except KeyError: n += 1\n  finally: m += 1",
    "asked": "try: s += c[k]\n  except KeyError: t.append(sys.exc_info()[0])",
    "asked_behind": "try: s += c[k]\n  except KeyError: n += 1\n  t.append(sys.exc_info()[0])",
    "in_handler": "try: raise ValueError\n  except ValueError:\n   try: s += c[k]\n   except KeyError: n += 1\n   t.append(sys.exc_info()[0])",
    "twice": "try: s += c[k] + c[k + 1]\n  except KeyError: n += 1",
    "inner_key": "try: s += c[c[k]]\n  except KeyError: n += 1",
    "computed": "try: s += c[k * 2 + 1] * c[k]\n  except KeyError: n += 1",
    "unbound": "try: s += c[later]\n  except KeyError: n += 1\n  except UnboundLocalError: m += 1\n  if k == 3: later = 1",
    "while_loop": "w = 3\n  while w:\n   w -= 1\n   try: s += c[k + w]\n   except KeyError: n += 1",
    "function_of_it": "try: s += abs(c[k])\n  except KeyError: s -= 1",
    "number_kept": "x = k * 1000\n  try: s += c[x]\n  except KeyError: t.append(x)",
    "overwritten": "try: s += c[k]\n  except KeyError: s = k",
    "float_key": "try: s += c[k / 2]\n  except KeyError: s -= 0.5",
    "text_key": "try: s += c[str(k)]\n  except KeyError: n += 1",
    "attribute": "try: s += here.c[k]\n  except KeyError: n += 1",
}


class Missing(dict):  # type: ignore[type-arg]
    def __missing__(self, key: Any) -> int:
        return 7


class Odd:
    """Its hash is that of a number, and comparing it can be observed."""

    def __init__(self, v: int) -> None:
        self.v = v

    def __hash__(self) -> int:
        return hash(self.v)

    def __eq__(self, other: object) -> bool:
        if other == 2:
            raise KeyError("asked")
        return False

    def __repr__(self) -> str:
        return f"Odd({self.v})"


class Here:
    c: Any = None


USUAL = {0: 1, 2: 5, 4: 7, 6: 1}
OTHER: list[Any] = [
    {},
    {k: k for k in range(20)},
    {1: 2**62, 3: 2**62},
    {Odd(1): 2, Odd(2): 3, 4: 1},
    {0.5: 1, "a": 2, None: 3, "2": 4},
    Missing({1: 2}),
    [1, 2, 3],
    (1, 2),
    [2**70, None],
    "text",
    None,
    {0: 1.5, 2: "s"},
    {True: 4, False: 2},
]


def load(body: str, jitted: bool) -> Any:
    n: dict[str, Any] = {"sys": sys, "here": Here()}
    exec(f"def loop(c, keys):\n s = n = m = 0\n t = []\n for k in keys:\n  {body}\n return s, n, m, t\n", n)
    if jitted:
        assert justjit.compile(n["loop"])
    return n["loop"]


def outcome(loop: Any, c: Any, keys: Any) -> Any:
    c = dict(c) if type(c) is dict else c
    loop.__globals__["here"].c = c
    return ended(loop, c, keys)


@pytest.mark.parametrize("name", BODIES)
def test_handlers(name: str, tier: int) -> None:
    plain, jitted = (load(BODIES[name], which) for which in (False, True))
    different = []
    keys: list[Any] = [range(8), [1, 3, 2, 5], [2**62, 2**63, -(2**63)], [True, 0.0, 2.0], [[1], 2], ["a", None, Odd(4)]]
    for c, some in [(USUAL, range(8))] * 12 + [(c, k) for k in keys for c in [USUAL, *OTHER, USUAL]]:
        expected, got = outcome(plain, c, some), outcome(jitted, c, some)
        if expected != got:
            different.append(f"{c!r}, {some!r}: {expected} {got}")
    assert not different, "\n".join(different[:10])


COUNTERS = """
    def counted(c, keys, n):
        for k in keys:
            try:
                n += c[k]
            except KeyError:
                n += 1
        return n
    def change(c, keys, act, at):
        n = 0
        for k in keys:
            if k == at:
                act()
            try:
                n += c[k]
            except KeyError:
                n += 1
            n += 1
        return n
"""


def program(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"sys": sys}
    exec(compile(textwrap.dedent(COUNTERS), "<counters>", "exec"), n)
    for name in ("counted", "change"):
        if jitted:
            assert justjit.compile(n[name])
        for _ in range(10):
            n["counted"](USUAL, range(9), 0)
            n["change"](USUAL, range(9), None, -1)
    return n


def test_a_handler_that_cannot_go_on_raises_after_all(tier: int) -> None:
    """The counter overflows in the handler, after the error that was not raised."""
    plain, jitted = program(False), program(True)
    for start in (2**63 - 3, 2**63 - 1, 2**80, 0.5, 2**63 - 2, None, "s"):
        assert ended(plain["counted"], USUAL, range(9), start) == ended(jitted["counted"], USUAL, range(9), start)


CHANGES = {
    "class rebound": "KeyError = IndexError",
    "class of all": "KeyError = Exception",
    "no class": "KeyError = 5",
    "pair": "KeyError = (ValueError, LookupError)",
}


@pytest.mark.parametrize("name", CHANGES)
def test_class_replaced(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = program(jitted)
        act = lambda n=n: exec(CHANGES[name], n)  # noqa: E731
        results.append([ended(n["change"], USUAL, range(9), act, 4), ended(n["counted"], USUAL, range(5), 0)])
    assert results[0] == results[1]


def test_a_tracer_sees_every_exception(tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = program(jitted)
        events: list[Any] = []

        def trace(frame: Any, event: str, argument: Any, events: list[Any] = events) -> Any:
            if frame.f_code.co_filename == "<counters>":
                events.append((event, frame.f_lineno, argument[0] if event == "exception" else None))
            return trace

        def act(trace: Any = trace) -> None:
            sys.settrace(trace)
            sys._getframe(1).f_trace = trace

        try:
            got = ended(n["change"], USUAL, range(9), act, 4)
        finally:
            sys.settrace(None)
        results.append((got, events))
    assert results[0] == results[1]


def optimised(source: str, *arguments: Any) -> Any:
    """The function, which has run for long enough to be optimised code if that can gain anything."""
    n: dict[str, Any] = {}
    exec(textwrap.dedent(source), n)
    function = n.popitem()[1]
    assert justjit.compile(function)
    for _ in range(60):
        function(*arguments)
    return function


FIRST_VERSION = {
    "framed": "def f(c, keys):\n n = 0\n for k in keys:\n  try: n += c[k]\n  except KeyError as e: n += len(e.args)\n return n",
    "jump": "def f(c, keys):\n n = 0\n for k in range(len(keys)):\n  try: n += c[k & 15]\n  except KeyError: n += 1\n return n",
    "zero": "def f(c, keys):\n n = 0\n for k in keys:\n  try: n += 100 // k\n  except ZeroDivisionError: n += 1\n return n",
    "raised": "def f(c, keys):\n n = 0\n for k in keys:\n  try:\n   if k & 1: raise ValueError\n   n += k\n  except ValueError: n += 1\n return n",
}


@pytest.mark.parametrize("name", FIRST_VERSION)
def test_what_is_caught_is_no_exit(name: str) -> None:
    """Code that was profiled while exceptions were caught does not leave because of them, from the first version on."""
    function = optimised(FIRST_VERSION[name], USUAL, list(range(40)) * 500)
    exits = justjit.stats(function)["exits"]
    # A poll in the call that met errors while it was profiled leaves because that made a frame object (3.13).
    assert [e for e in exits if e["reason"] != "poll"] == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 has another kind of handlers")
def test_jumps_make_no_exception(capsys: pytest.CaptureFixture[str]) -> None:
    function = optimised(FIRST_VERSION["jump"], USUAL, list(range(40)) * 500)
    justjit.dump_ir(function)
    assert "jj_misses_int" in capsys.readouterr().out

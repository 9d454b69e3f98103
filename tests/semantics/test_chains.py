"""Chains of `yield from` and `await`: results, errors, events and what is seen of them, as with the interpreter."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

HEAD = """
import gc
import sys
import weakref
def walk(t):
    if t:
        yield from walk(t[0])
        yield t[1]
        yield from walk(t[2])
def tree(lo, hi):
    m = (lo + hi) // 2
    return (tree(lo, m), m, tree(m + 1, hi)) if lo < hi else None
def level(k, source):
    if k:
        got = yield from level(k - 1, source)
    else:
        got = yield from source
    log.append((k, got))
    return k
def flat(x):
    for e in x:
        if isinstance(e, list):
            yield from flat(e)
        else:
            yield e
"""

PROGRAMS = {
    "consumed": "t = tree(0, 40)\n return sum(walk(t)), list(walk(t)), max(walk(t)), any(walk(t)), sorted(walk(t))",
    "joined": "return ''.join(flat(['a', ['b', ['c', []], 'd'], ['e']])), ','.join(level(3, 'xyz')), log",
    "loops": "return [v for v in walk(tree(0, 30))], [v for v in level(5, range(4))], log",
    "not only generators": "return list(level(2, [1, 2, 3])), sum(level(3, range(5))), list(level(1, {'k': 1})), log",
    "deeper than the chain": "return list(level(40, iter('abc'))), sum(level(33, [1, 2])), len(log)",
    "returns": "def g():\n  a = yield from level(2, [1])\n  b = yield from level(0, [2])\n  yield (a, b)\n"
    " return list(g()), tuple(g()), log",
    "raises": "def bad():\n  yield 1\n  log.append([fr.f_code.co_name for fr in frames()])\n  yield 1 // zero\n"
    " def frames():\n  fr = sys._getframe(1)\n  while fr and fr.f_code.co_name != 'ended':\n   yield fr\n   fr = fr.f_back\n"
    " zero = 0\n try:\n  return list(level(3, bad()))\n except ZeroDivisionError as e:\n"
    "  tb, names = e.__traceback__, []\n  while tb:\n   names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))\n"
    "   tb = tb.tb_next\n  return names, log",
    "caught on the way": "def catch(g):\n  try:\n   yield from g\n  except LookupError as e:\n   yield repr(e)\n  finally:\n"
    "   log.append('left')\n def bad():\n  yield 1\n  raise KeyError(2)\n return list(catch(level(1, bad()))), "
    "list(catch(catch(bad()))), log",
    "with": "class M:\n  def __enter__(self): log.append('in')\n  def __exit__(self, *e): log.append(e[0])\n"
    " def g(n):\n  with M():\n   if n: yield from g(n - 1)\n   yield n\n return list(g(3)), sum(g(2)), any(g(2)), log",
    "seen running": "def look():\n  for k in range(3):\n   log.append([(g.gi_running, g.gi_yieldfrom is None) for g in made])\n"
    "   yield k\n made = [look()]\n for k in range(3): made.append(level(0, made[-1]))\n"
    " return list(made[-1]), log, [g.gi_frame for g in made]",
    "seen waiting": "g = level(3, iter('ab'))\n n = next(g)\n names, y = [], g\n"
    " while hasattr(y, 'gi_frame'):\n  names.append((y.gi_frame.f_lineno, y.gi_frame.f_back, y.gi_running))\n"
    "  y = y.gi_yieldfrom\n return n, names, next(g), list(g)",
    "itself": "def h():\n  yield 1\n  yield from box[0]\n box = [h()]\n try: return list(level(1, box[0]))\n"
    " except ValueError as e: return str(e), log",
    "thrown in": "def g():\n  while True:\n   try: yield 1\n   except KeyError as e: yield repr(e)\n"
    " c = level(2, g())\n r = [next(c), c.throw(KeyError(1)), next(c), c.throw(KeyError(2)), sum(x for x, _ in zip(c, 'abc'))]\n"
    " c.close()\n return r, list(c), log",
    "sent": "def g():\n  got = 0\n  while got is not None: got = yield got\n c = level(3, g())\n"
    " return [next(c), c.send(5), c.send(6), list(c)], log",
    "references": "class C: pass\n o = C()\n n = sys.getrefcount(o)\n l = list(level(2, [o, o, o]))\n m = sys.getrefcount(o)\n"
    " del l\n return n, m, sys.getrefcount(o)",
    "awaits": "import types\n @types.coroutine\n def pause(x): return (yield x)\n"
    " async def leaf(n): return [await pause(k) for k in range(n)]\n"
    " async def node(n): return [n, await (node(n - 1) if n else leaf(3))]\n c, r = node(4), []\n"
    " try:\n  r.append(c.send(None))\n  while True: r.append(c.send(len(r)))\n except StopIteration as e: return r, e.value",
}


def twice(body: str) -> list[tuple[Any, list[Any]]]:
    """The function f of the program and its log, plain and jitted."""
    made = []
    for jitted in (False, True):
        log: list[Any] = []
        space: dict[str, Any] = {"log": log}
        exec(f"{HEAD}\ndef f():\n {body}", space)
        if jitted:
            for name in ("walk", "tree", "level", "flat", "f"):
                assert justjit.compile(space[name])
        made.append((space["f"], log))
    return made


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str, tier: int) -> None:
    functions = twice(PROGRAMS[name])
    for _ in range(6):
        answers = []
        for function, log in functions:
            log.clear()
            answers.append(repr(ended(function)))
        assert answers[1] == answers[0]


TRACED = """
 def note(frame, event, arg):
  if frame.f_code.co_name in ('level', 'g'): log.append((frame.f_code.co_name, frame.f_lineno, event, arg))
  return note
 def g():
  yield 1
  sys.settrace(note)
  yield 2
  yield 3
 try: return list(level(2, g()))
 finally: sys.settrace(None)
"""

WATCHED = """
 events = sys.monitoring.events
 def note(code, offset, *value): log.append((code.co_name, offset, value))
 sys.monitoring.use_tool_id(3, 'chains')
 for event in (events.PY_YIELD, events.PY_RESUME): sys.monitoring.register_callback(3, event, note)
 def g():
  yield 1
  sys.monitoring.set_local_events(3, level.__code__, events.PY_YIELD | events.PY_RESUME)
  yield 2
  yield 3
 try: return list(level(2, g())), sum(level(1, g()))
 finally:
  sys.monitoring.set_local_events(3, level.__code__, 0)
  sys.monitoring.free_tool_id(3)
"""


@pytest.mark.parametrize("program", [TRACED, WATCHED], ids=["traced", "watched"])
def test_watching_begins_below(program: str, tier: int) -> None:
    """Who is told of some generator's events is told of what it only passes on, from the next item on."""
    if program is WATCHED and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is of 3.12")
    functions = twice(program.strip())
    for _ in range(3):
        answers = []
        for function, log in functions:
            log.clear()
            answers.append((ended(function), repr(log)))
        assert answers[1] == answers[0]
        assert answers[0][1] != "[]"


class Name(str):
    dropped: list[str] = []

    def __del__(self) -> None:
        self.dropped.append(str(self))


def test_what_is_over_is_freed(tier: int) -> None:
    """Weak references hear of it, and what generators and coroutines hold besides their frames goes with them."""
    functions = twice("return level(1, 'ab')")
    answers = []
    for function, _ in functions:
        Name.dropped.clear()
        told: list[str] = []
        for steps in range(4):
            g = function()
            g.__name__, g.__qualname__ = Name(f"n{steps}"), Name(f"q{steps}")
            reference = weakref.ref(g, lambda _, steps=steps: told.append(f"weak {steps}"))
            for _ in range(steps):
                next(g, None)
            told.append(f"tracked {gc.is_tracked(g)}")
            other = function()
            list(other)
            del g, other
            assert reference() is None
        answers.append((told, sorted(Name.dropped)))
    assert answers[1] == answers[0]
    assert len(answers[0][1]) == 8


def test_origins_of_coroutines_are_freed(tier: int) -> None:
    space: dict[str, Any] = {}
    exec("async def c(): return 1\ndef f():\n o = c()\n try: o.send(None)\n except StopIteration: pass\n", space)
    assert justjit.compile(space["c"]) and justjit.compile(space["f"])
    blocks = []
    sys.set_coroutine_origin_tracking_depth(2)
    try:
        for _ in range(4):
            for _ in range(200):
                space["f"]()
            blocks.append(sys.getallocatedblocks())
    finally:
        sys.set_coroutine_origin_tracking_depth(0)
    assert blocks[3] - blocks[1] < 100


def test_code_without_loops_rises() -> None:
    source = "async def c(n): return n + 1 if n == 0 else await c(n - 1) + 1\ndef f(n):\n"
    source += " try: c(n).send(None)\n except StopIteration as e: return e.value"
    space: dict[str, Any] = {}
    exec(source, space)
    _core.set_compile_options(max_tier=2, tier_threshold=1)
    try:
        assert justjit.compile(space["c"]) and justjit.compile(space["f"])
        assert [space["f"](3) for _ in range(100)] == [4] * 100
        stats = justjit.stats(space["c"])
        assert stats["tier"] == "optimised", stats
        assert stats["native_calls"] == stats["completed"] == 400
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0)

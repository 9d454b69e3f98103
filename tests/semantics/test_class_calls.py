"""Calls of classes, in whose place optimised code does what __init__ does, against the interpreter."""

from __future__ import annotations

import gc
import sys
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    import sys, weakref
    SEEN = []
    class Spy:                              # an operand that looks at the stack of whoever uses it
        def __init__(self, x): self.x = x
        def look(self):
            f, found = sys._getframe(2), []
            while f is not None and f.f_code.co_filename == "<classes>":
                own = f.f_locals.get("self")
                found.append((f.f_code.co_name, f.f_lineno, sorted(vars(own)) if isinstance(own, Point) else None))
                f = f.f_back
            SEEN.append(found)
            return self.x
        def __add__(self, other): return self.look() + other
        def __radd__(self, other): return self.look() + other
        def __mul__(self, other): return self.look() * other
        __rmul__ = __mul__
    class Raises:
        def __mul__(self, other): raise KeyError(other)
        def __add__(self, other): raise ValueError(other)
        def __repr__(self): return 'raises'
    class Point:
        def __init__(self, x, y=1):
            self.x = x
            self.y = y + 1
            self.x = x * 2
        def sum(self): return self.x + self.y
        @classmethod
        def make(cls, v): return cls(v, v + 1)
    class Slotted:
        __slots__ = ("a", "b", "link", "__weakref__")
        def __init__(self, a, *, b=2.5):
            self.a = a
            self.b = b
            self.link = None
    class Node:
        def __init__(self, value, left, right):
            self.value = value
            self.left = left
            self.right = right
    class Pair:
        def __init__(self, v):
            self.first = Point(v)
            self.second = Slotted(v)
    class Empty:
        def __init__(self): pass
    class Chosen:
        def __init__(self, v):
            if v & 1:
                self.odd = v
            else:
                self.even = v
            self.all = v
    class Answers:
        def __init__(self, v):
            self.v = v
            if v > 5: return 5
    class Dying:
        def __init__(self, v):
            self.v = v
            self.w = v * 2
        def __del__(self): SEEN.append(("gone", sorted(vars(self))))
    class Escapes:
        def __init__(self, held, v):
            held.append(self)
            self.v = v
            self.v = v + 1
    class Filled:                           # attributes that another function stores first
        def __init__(self, v):
            self.fill(v)
            self.v = v
        def fill(self, v):
            self.v = [v]
            self.w = v
    def points(values, change, at):
        t = 0
        for i in range(len(values)):
            if i == at: change()
            v = values[i]
            p = Point(v)
            t += p.sum() + Point(i, v).sum() + Point.make(v).y
        return t, sorted(vars(p))
    def slotted(values, change, at):
        t = 0
        for i in range(len(values)):
            if i == at: change()
            v = values[i]
            s = Slotted(v)
            t += s.a + Slotted(i, b=v).b
        return t, weakref.ref(s)() is s
    def nodes(values, change, at):
        t = 0
        for i in range(len(values)):
            if i == at: change()
            v = values[i]
            n = Node(v, v, Node(i, v, v))
            Node(v, i, n)
            t += n.left + n.right.right
        return t, sorted(vars(n))
    def pairs(values, change, at):
        t, held = 0, []
        for i in range(len(values)):
            if i == at: change()
            v = values[i]
            held.append(Empty())
            Empty()
            q = Pair(v)
            t += q.first.y + q.second.a
        return t, len(held), list(vars(q))
    def odds(values, change, at):
        t, held = 0, []
        for i in range(len(values)):
            if i == at: change()
            e = Escapes(held, i)
            c = Chosen(i)
            f = Filled(values[i])
            t += e.v + c.all + f.v + f.w
        return t, len(held), list(vars(c)), list(vars(f))
    def dying(values, change, at):
        for i in range(len(values)):
            if i == at: change()
            SEEN.append(i)
            d = Dying(values[i])
            Dying(values[i])
        SEEN.append("end")
    def answers(values, change, at):
        t = 0
        for i in range(len(values)):
            t += Answers(i % at).v
        return t
    def build(d):
        if d == 0: return None
        return Node(d, build(d - 1), build(d - 1))
    def deep(d):
        class_call = Pair(d)
        return deep(d + 1) + class_call.first.x
"""
CALLED = {
    "points": "Point",
    "slotted": "Slotted",
    "nodes": "Node",
    "pairs": "Pair Point Slotted Empty",
    "odds": "Escapes Chosen Filled",
    "dying": "Dying",
    "answers": "Answers",
}


def nothing() -> None:
    pass


def load(jitted: bool, name: str) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<classes>", "exec"), n)
    if jitted:
        functions = [n[name]] + [n[cls].__init__ for cls in CALLED[name].split()]
        if name == "points":
            functions += [n["Point"].sum, n["Point"].make.__func__]
        if name == "odds":
            functions.append(n["Filled"].fill)
        for f in functions:
            assert justjit.compile(f)
    for _ in range(3):  # until it is optimised
        n[name](list(range(12)), nothing, 6)
    n["SEEN"].clear()
    return n


CHANGES = {
    "nothing": "points: def change(): pass",
    "init replaced": "points: def change(): Point.__init__ = lambda self, x, y=3: setattr(self, 'x', 1) or setattr(self, 'y', y)",
    "init's code": "points: def change(): Point.__init__.__code__ = (lambda self, x, y: setattr(self, 'x', x) or setattr(self, 'y', y)).__code__",
    "init's defaults": "points: def change(): Point.__init__.__defaults__ = (0.5,)",
    "property": "points: def change(): Point.y = property(lambda self: 4, lambda self, v: None)",
    "class attribute": "points: def change(): Point.y = 3",
    "another class": "points: def change():\n  global Point\n  class Point(Point): pass",
    "metaclass": "points: def change():\n  global Point\n  class Meta(type):\n    def __call__(cls, *args): return type.__call__(cls, 7)\n  class Point(Point, metaclass=Meta): pass",
    "profiled": "points: def change(): sys.setprofile(lambda f, e, a: SEEN.append((f.f_code.co_name, e)))",
    "init answers": "pairs: def change(): Empty.__init__ = lambda self: 3",
    "init gone": "pairs: def change(): del Empty.__init__",
    "setattr": "pairs: def change(): Pair.__setattr__ = lambda self, k, v: object.__setattr__(self, k, Point(3) if k == 'first' else Slotted(4))",
    "new": "slotted: def change():\n  def make(cls, *args, **kw): return object.__new__(cls)\n  Slotted.__new__ = make",
    "a function": "slotted: def change():\n  global Slotted\n  Slotted = lambda a, b=1: type('T', (), {'a': a, 'b': b})()",
    "new answers another": "nodes: def change(): Node.__new__ = lambda cls, *args: Empty()",
    "abstract": "nodes: def change():\n  global Node\n  import abc\n  class Node(Node, abc.ABC):\n    @abc.abstractmethod\n    def f(self): pass",
    "another fill": "odds: def change(): Filled.fill = lambda self, v: setattr(self, 'w', 1)",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    function, change = CHANGES[name].split(": ", 1)
    results = []
    for jitted in (False, True):
        n = load(jitted, function)
        exec(change, n)
        try:
            results.append([ended(n[function], list(range(20)), n["change"], 11)])
        finally:
            sys.setprofile(None)
        results[-1] += [ended(n[function], list(range(20)), nothing, 3), [s for s in n["SEEN"] if s[0] != "setprofile"]]
    assert results[0] == results[1]


@pytest.mark.parametrize("function", CALLED)
def test_odd_values(function: str, tier: int) -> None:
    """Where __init__ leaves in the middle, its frame and the instance are there; nothing is made twice, and what was made
    dies when the last reference goes."""
    results: list[list[Any]] = []
    for jitted in (False, True):
        n = load(jitted, function)
        results.append([])
        for odd in ("Spy(3)", "2**62", "2**70", "0.5", "'x'", "None", "[1]", "Raises()"):
            values = list(range(9))
            values[5] = eval(odd, n)
            results[-1] += [ended(n[function], values, nothing, 7), repr(n["SEEN"])]
            n["SEEN"].clear()
    assert results[0] == results[1]


def test_recursion(tier: int) -> None:
    """As deep as without class calls in place: errors come out of the same function."""
    n = load(True, "pairs")
    assert justjit.compile(n["deep"]) and justjit.compile(n["build"])
    for _ in range(3):
        with pytest.raises(RecursionError):
            n["deep"](0)
        assert n["build"](4).left.right.value == 2
    assert n["build"](0) is None


def test_nothing_is_left(tier: int) -> None:
    for name in ("points", "nodes", "odds"):
        n = load(True, name)
        cls = n[CALLED[name].split()[0]]

        def count() -> int:
            gc.collect()
            return sum(type(o) is cls for o in gc.get_objects())

        values = [*range(20), 0.5, 2**62]
        ended(n[name], values, nothing, 3)
        before, references = count(), sys.getrefcount(cls)
        for _ in range(10):
            ended(n[name], values, nothing, 3)
        assert count() == before
        assert abs(sys.getrefcount(cls) - references) < 9


def test_the_collector_runs(tier: int) -> None:
    n = load(True, "nodes")
    exec("def cycles(n):\n  for i in range(n):\n    a = Node(i, None, None)\n    a.left = a\n  return i", n)
    assert justjit.compile(n["cycles"])
    for _ in range(4):
        n["cycles"](30)
    runs: list[str] = []
    gc.callbacks.append(lambda phase, info: runs.append(phase))
    try:
        n["cycles"](5000)
    finally:
        gc.callbacks.pop()
    assert len(runs) >= 4


def test_calls_are_gone(tier: int) -> None:
    for name, expected in (("slotted", 1), ("nodes", 3), ("pairs", 2)):
        n = load(True, name)
        text = _core.dump(n[name], "hir")
        assert text.count("NewInstance") >= expected, name

"""Attributes and methods at sites that meet a few classes, by turns and in phases; callees that answer one of several objects,
and callees of which a part has never been executed: against the interpreter."""

from __future__ import annotations

import itertools
import textwrap
from typing import Any

import justjit
import pytest

from .harness import ended
from .programs import printed_code
from .test_optimised import fresh

SOURCE = """
    import weakref
    class Base:
        __slots__ = ()
        def read(self): return self.x
        def both(self): return self.x + self.y
        def add(self, n):
            self.x += n
            self.y = n
        def name(self): return 1
        def either(self, flag): return self.p if flag else self.q
        def first(self, flag):
            if flag:
                return self.p
            return None
        def seldom(self, n):
            if n < 0:
                return self.y
            return self.x
        @property
        def shown(self): return self.x
    class A(Base):
        def __init__(self, n): self.x, self.y, self.p, self.q = n, n + 1, [n], (n,)
        def own(self, k=2): return self.x + k
    class B(Base):
        def __init__(self, n): self.q, self.p, self.z, self.y, self.x = [n, n], "p" * n, 1, n * 2, n
        def own(self, k):
            if k > 7:
                return self.y * k
            return -k
    class S(Base):
        __slots__ = ("y", "x", "q", "p", "__weakref__")
        def __init__(self, n): self.x, self.y, self.p, self.q = n, 5, n * 0.5, {n: n}
        def own(self, k, *more): return k * 0.5
    class D(Base):
        def __init__(self, n):
            self.__dict__ = {"a": 1, "b": 2, "y": n, "q": n, "p": None, "x": n + 3}
        def own(self, k):
            if k % 5 == 4:
                raise ValueError(k)
            return 1
    class Late(Base):
        x = 77
        own = staticmethod(lambda k: k)
        def __init__(self, n): self.y = self.p = self.q = n
    class Other:
        x, y, p, q = 1, 2, 3, 4
        def __init__(self, n): pass
        def own(self, k): return k.bit_length()
        def read(self): return "other"
        def both(self): return self.x
        def add(self, n): pass
        def name(self): return 2
        def either(self, flag): return flag
        def first(self, flag): return 3
        def seldom(self, n): return n
        shown = property(lambda self: 9)
    class Thing:
        def __init__(self, gone): self.gone = gone
        def __del__(self): self.gone.append(1)
    def run(objects, n, change=None, at=-1):
        seen = []
        for i in range(n):
            o = objects[i % len(objects)]
            if i == at:
                change(o)
            seen.append((o.read(), o.both(), o.name(), o.either(i & 1), o.first(i % 3), o.seldom(i), o.shown))
            try:
                seen.append(o.own(i) + o.own(objects[0].own(k=i)))
            except Exception as e:
                tb = e.__traceback__
                seen.append((type(e), str(e), tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno, tb.tb_next is None))
            o.add(i)
            o.x = o.x + 1
        return seen
    def total(objects):
        t = 0
        for o in objects:
            t += o.own(8)
        return t
    def replace(o, new, flag):
        got = o.either(flag)
        o.p = o.q = new
        return got
    def alone(o, flag):
        return o.either(flag)
"""
CLASSES = ["A", "B", "S", "D", "Late", "Other"]
CHANGES = {
    "nothing": "def change(o): pass",
    "method hidden": "def change(o):\n try: o.name = lambda: -1\n except AttributeError: pass",
    "method replaced": "def change(o): Base.name = lambda self: 100",
    "method of one class": "def change(o): type(o).name = lambda self: 50",
    "property of one class": "def change(o): type(o).y = property(lambda self: 5, lambda self, n: None)",
    "attribute of the class": "def change(o): type(o).shown = 4",
    "attribute gone": "def change(o): del o.q",
    "another class": "def change(o): o.__class__ = type('E', (type(o),), {'__slots__': ()})",
    "another dict": "def change(o):\n if hasattr(o, '__dict__'): o.__dict__ = dict(reversed(o.__dict__.items()))",
    "method of its own": "def change(o): type(o).own = lambda self, k=0: k + 100",
    "float": "def change(o): o.x = o.x * 0.5",
    "big": "def change(o): o.x = 2**80",
}


def module(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<classes>", "exec"), namespace)
    if jitted:
        base = vars(namespace["Base"])
        functions = [base[n] for n in ("read", "both", "add", "name", "either", "first", "seldom")]
        functions += [vars(namespace[name])["own"] for name in CLASSES if name != "Late"]
        functions += [namespace[name] for name in ("run", "replace", "alone", "total")]
        for f in [*functions, base["shown"].fget]:
            assert justjit.compile(f)
    return namespace


def made(n: dict[str, Any], names: str) -> list[Any]:
    return [n[name](k + 1) for k, name in enumerate(names.split())]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("names", ["A B", "S B D A", "A Late B", "A B S D Late Other", "B Other"])
def test_changes(names: str, change: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = module(jitted)
        exec(CHANGES[change], n)
        for _ in range(6):
            ended(n["run"], made(n, names), 24)
        results.append([str(ended(n["run"], made(n, names), 24, n["change"], at)) for at in (5, 11, 12)])
        results[-1] += [str(ended(n["run"], made(n, names), 24)) for _ in range(3)]
    assert results[0] == results[1]


@pytest.mark.parametrize("names", [*itertools.permutations(["A", "B", "S", "D"], 3)])
def test_phases(names: tuple[str, ...], tier: int) -> None:
    """One class for a long time, then another one."""
    results = []
    for jitted in (False, True):
        n = module(jitted)
        seen = []
        for name in names * 3:
            for _ in range(12):
                seen.append(str(ended(n["run"], made(n, name), 12)))
        results.append(seen)
    assert results[0] == results[1]


@pytest.mark.parametrize("names", ["A B", "B S", "A B S", "S A D", "A Other B S", "A B S D Other"])
def test_methods_of_their_own(names: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = module(jitted)
        objects = made(n, names) * 5
        seen = [ended(n["total"], objects) for _ in range(12)]
        seen += [ended(n["total"], made(n, "Late") + objects), ended(n["total"], [*objects, 3])]
        n["B"].own = lambda self, k: 1000
        objects[0].x = 2**62
        seen += [ended(n["total"], objects) for _ in range(12)]
        results.append(str(seen))
    assert results[0] == results[1]


@pytest.mark.parametrize("flag", [0, 1])
def test_what_was_answered_outlives_its_place(flag: int, tier: int) -> None:
    """The attribute that a callee's result came from is replaced while the result is in use."""
    for jitted in (False, True):
        n = module(jitted)
        for _ in range(12):
            for o in made(n, "A B S"):
                gone: list[int] = []
                o.p, o.q = n["Thing"](gone), n["Thing"](gone)
                got = n["replace"](o, None, flag)
                assert len(gone) == 1 and got.gone is gone
                del got
                assert len(gone) == 2


def test_a_part_that_was_never_executed(tier: int) -> None:
    n = module(True)
    o = n["A"](3)
    go = fresh("def go(o, n): return o.seldom(n)")
    assert [go(o, k) for k in range(200)] == [3] * 200
    o.y = 8
    assert [go(o, k % 3 - 1) for k in range(90)] == [8, 3, 3] * 30


FLAGS = """
    class Flags:
        def __init__(self, a, b, c): self.a, self.b, self.c = a, b, c
        def holds(self): return self.a or (not self.b and self.c)
        def both(self): return self.a and self.b
    def look(flags, n):
        seen = []
        for i in range(n):
            f = flags[i % len(flags)]
            seen.append((f.holds(), f.both(), 1 if f.holds() else 2, f.both() is f.a))
        return seen
"""


@pytest.mark.parametrize("others", [(0, 1, 2), (None, "", "x"), (True, 1.5, []), (False, None, False)])
def test_flags(others: tuple[Any, ...], tier: int) -> None:
    results = []
    for jitted in (False, True):
        n: dict[str, Any] = {"__name__": "case"}
        exec(compile(textwrap.dedent(FLAGS), "<flags>", "exec"), n)
        if jitted:
            assert all(justjit.compile(f) for f in (n["look"], n["Flags"].holds, n["Flags"].both))
        flags = [n["Flags"](*values) for values in itertools.product([False, True], repeat=3)]
        seen = [ended(n["look"], flags, 24) for _ in range(8)]
        flags += [n["Flags"](*values) for values in itertools.permutations(others)]
        seen += [ended(n["look"], flags, 40) for _ in range(8)]
        del flags[3].b
        results.append(str([*seen, ended(n["look"], flags, 24)]))
    assert results[0] == results[1]


METHODS = """
import justjit
class A:
    def area(self): return 3.5
class B:
    def __init__(self, n): self.n = n
    def area(self): return self.n * 0.5
class C:
    def area(self): return self.n * self.n
    n = 1.5
def f(objects):
    t = 0.0
    for o in objects:
        t += o.area()
    return t
for g in (f, A.area, B.area, C.area): justjit.compile(g)
for k in range(60): assert f([A(), B(7), C()] * 9) == 9 * (3.5 + 3.5 + 2.25)
"""


def test_optimised_code_takes_in_the_methods_of_several_classes() -> None:
    graphs = [g for g in printed_code(METHODS, "hir", "f", 8).split("\nfunction ") if "HasVersion" in g]
    assert graphs and graphs[-1].count("HasVersion") == 2 and graphs[-1].count("GuardCode") == 3, graphs
    assert " Call " not in graphs[-1], graphs[-1]


LOOP = """
import justjit
class A:
    def __init__(self, n): self.x, self.y = n, 1
    def get(self): return self.x
class B(A):
    def __init__(self, n): self.y, self.x = 2, n
class C(A):
    def other(self): pass
def f(o, n):
    t = 0
    for i in range(n):
        t += o.x
        o.y = i
    return t
def g(o):
    return o.get()
justjit.compile(f), justjit.compile(g), justjit.compile(A.get)
objects = [A(1), B(2), C(3)]
objects[2].z = 1
for k in range(60):
    assert f(objects[k % 2], 9) == 9 * (k % 2 + 1)
    assert g(objects[k % 2 * 2]) == k % 2 * 2 + 1
"""


def test_optimised_code_knows_the_classes() -> None:
    """It does not call the runtime for attributes of several classes, and takes in a method that they share."""
    graphs = [g for g in printed_code(LOOP, "hir", "f", 8).split("\nfunction ") if "PolyPeek" in g]
    assert graphs and "GuardVersions" in graphs[-1], graphs
    assert "LoadAttr" not in graphs[-1] and "StoreAttr" not in graphs[-1], graphs[-1]
    graphs = [g for g in printed_code(LOOP, "hir", "g", 8).split("\nfunction ") if "GuardVersions" in g]
    assert graphs and "GuardCode" in graphs[-1] and " Call " not in graphs[-1], graphs


def test_the_optimised_tier_ran(tier: int) -> None:
    n = module(True)
    for _ in range(20):
        n["run"](made(n, "A B"), 24)
    assert justjit.stats(n["run"])["tier"] == "optimised"

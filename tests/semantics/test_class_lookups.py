"""Attributes that are found on classes, and attributes that hold objects, in optimised code against the interpreter."""

from __future__ import annotations

import gc
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    LOG = []
    class Meta(type): pass
    class Base(metaclass=Meta):
        K = 5
        NAME = "base"
        def __init__(self, x): self.x = x; self.other = None; self.link = None
        @staticmethod
        def twice(v): return v * 2
        @classmethod
        def scaled(cls, v): return v * cls.K
        @classmethod
        def named(cls): return cls
        @property
        def half(self): return self.x / 2
        @property
        def counted(self):
            self.n += 1
            return self.n
        n = 0
        def cost(self): return self.x + 1
        def both(self): return self.half + self.counted
        def via(self): return Base.cost(self) + self.K
    class Derived(Base):
        K = 7
    class Dying:
        def __init__(self, v): self.v = v
        def __del__(self): LOG.append(("gone", self.v))
    def run(b, n, change=None, at=-1):
        t = 0
        for i in range(n):
            if i == at:
                change(b)
            t += Base.twice(i & 3) + b.twice(i) + Base.scaled(i) + b.scaled(2) + Derived.scaled(1)
            t += b.via() + Derived.cost(b) + b.K + Derived.K
            t += b.half + b.both() * 3 + b.counted
            t += len(b.NAME) + (Base.named() is Base) + (b.named() is type(b))
        return t
    def linked(n, kept):
        nodes = [Base(i) for i in range(n)]
        head = None
        for node in nodes:
            node.link = head
            head = node
        prev = None
        while head is not None:
            following = head.link
            head.link = prev
            prev = head
            head = following
        t = 0
        while prev is not None:
            t = t * 3 + prev.x
            prev.other = kept
            prev.link, prev = None, prev.link
        return t
    def dying(n):                          # the last reference goes where an attribute is replaced
        b = Base(0)
        for i in range(n):
            LOG.append(i)
            b.other = Dying(i)
            b.link = b.other if i % 3 else None
        b.other = None
        LOG.append("end")
        b.link = None
    def swap(b, c):
        for i in range(9):
            b.other, c.other = c, b
            b.link = b.other
            b.other = i
            assert c.other is b and b.link is c
        return b.other
"""
FUNCTIONS = "run linked dying swap".split()


def load(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<classes>", "exec"), n)
    base = n["Base"]
    if jitted:
        named = [n[name] for name in FUNCTIONS] + [base.twice, base.scaled.__func__, base.named.__func__]
        for f in [*named, base.cost, base.via, base.__init__, base.both, base.half.fget, base.counted.fget]:
            assert justjit.compile(f)
    for _ in range(4):  # until it is optimised
        for x in range(3):
            b = base(x)
            b.n = x
            n["run"](b, 10)
        n["linked"](9, None)
        n["dying"](4)
        n["swap"](base(1), base(2))
    n["LOG"].clear()
    return n


CHANGES = {
    "nothing": "def change(b): pass",
    "constant": "def change(b): Base.K = 50",
    "constant of a subclass": "def change(b): Derived.K = 0.5",
    "constant hidden": "def change(b): b.K = -1",
    "constant becomes a property": "def change(b): Base.K = property(lambda self: 9)",
    "static method replaced": "def change(b): Base.twice = staticmethod(lambda v: v * 4)",
    "static method's function": "def change(b): Base.__dict__['twice'].__init__(lambda v: v * 5)",
    "static method hidden": "def change(b): b.twice = lambda v: v * 6",
    "class method's function": "def change(b): Base.__dict__['scaled'].__init__(lambda cls, v: v - cls.K)",
    "class method replaced": "def change(b): Base.named = classmethod(lambda cls: None)",
    "on the metaclass": "def change(b): Meta.K = property(lambda cls: 77)",
    "class rebound": "def change(b):\n  global Derived\n  Derived = Base",
    "base gone": "def change(b):\n  global Base\n  del Base",
    "class of the object": "def change(b): b.__class__ = Derived",
    "property": "def change(b): Base.half = property(lambda self: 3.5)",
    "property gone": "def change(b): del Base.half",
    "property's function": "def change(b): Base.half.__init__(lambda self: self.x * 7)",
    "getter's code": "def change(b): Base.half.fget.__code__ = (lambda self: self.x * 9).__code__",
    "getter divides a string": "def change(b): b.x = 'x'",
    "getter counts too far": "def change(b): b.n = 2**63 - 3",
    "attribute for a getter gone": "def change(b): b.__dict__.pop('n', None); Base.n = None",
    "method": "def change(b): Base.cost = lambda self: 1000",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        exec(CHANGES[name], n)
        cls = n["Base"]
        results.append([ended(n["run"], cls(2), 20, n["change"], 11), ended(n["run"], cls(3), 20)])
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "call", ["linked(30, None)", "linked(30, 1.5)", "linked(30, LOG)", "dying(20)", "swap(Base(1), Base(2))"]
)
def test_objects(call: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        exec(f"def go(): return {call}", n)
        results.append([(ended(n["go"]), repr(n["LOG"])) for _ in range(2)])
    assert results[0] == results[1]


def test_nothing_is_looked_up(tier: int) -> None:
    n = load(True)
    exec(
        "def go(n, b):\n  t = 0\n  for i in range(n):\n    t += Base.twice(i) + Base.scaled(i) + Derived.K + b.cost()\n"
        "  return t",
        n,
    )
    assert justjit.compile(n["go"])
    for _ in range(4):
        n["go"](9, n["Base"](2))
    text = _core.dump(n["go"], "hir")
    assert "GuardClass" in text
    assert text.count("GuardCode") == 3


DYING = """
def make(k):
    class Meta(type):
        pass

    class Thing(metaclass=Meta):
        size = k

        @staticmethod
        def half(n):
            return n // 2

        @classmethod
        def name(cls):
            return cls.__name__

        @property
        def double(self):
            return self.size * 2

    return Thing


def use(cls, n):
    thing = cls()
    return thing.size + thing.half(n) + thing.double + cls.size + cls.half(n) + len(cls.name())
"""


def test_classes_that_died_since_tell_nothing(tier: int) -> None:
    """The only class that a function has met is gone, and its memory used again, when the function is optimised."""
    for k in range(12):
        plain: dict[str, Any] = {}
        jitted: dict[str, Any] = {}
        exec(DYING, plain)
        exec(DYING, jitted)
        assert justjit.compile(jitted["use"])
        for number in range(1, 4):
            assert jitted["use"](jitted["make"](k), 20 * number) == plain["use"](plain["make"](k), 20 * number)
            gc.collect()
            junk = [bytes([number]) * size for size in range(1, 512) for _ in range(20)]
    assert junk


def test_everything_here_is_optimised(tier: int) -> None:
    record = justjit.stats(load(True)["run"])
    assert tier or record["tier"] == "optimised", record["not_optimised"]

"""Methods found through super(), getters of locals and instances made of constants in optimised code, against the
interpreter."""

from __future__ import annotations

import sys
import textwrap
import types
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    import sys
    SEEN = []
    class Spy:                              # an operand that looks at the stack of whoever uses it
        def look(self):
            f, found = sys._getframe(2), []
            while f is not None and f.f_code.co_filename == "<supers>":
                found.append((f.f_code.co_name, f.f_lineno, sorted(f.f_locals)))
                f = f.f_back
            SEEN.append(found)
            return 3
        def __add__(self, other): return self.look() + other
        def __radd__(self, other): return self.look() + other
        def __mul__(self, other): return self.look() * other
        __rmul__ = __mul__
    class Raises:
        def __add__(self, other): raise ValueError(other)
        __radd__ = __mul__ = __rmul__ = __add__
    class Base:
        def __init__(self, x):
            self.x = x
            self.one = 1
        def cost(self, k=2):
            return self.x * k
        def plain(self): return 4
        @property
        def double(self): return self.x + self.x
        def pair(self, a, *, b=5): return a + b
    class Middle(Base):
        def cost(self, k=3):
            return super().cost(k + 1) + 1
        def pair(self, a, *, b=6): return super().pair(a, b=b)
    class Derived(Middle):
        def __init__(self, x, y):
            super().__init__(x)
            self.y = y
            self.sign = -1
        def cost(self):
            return super().cost(7) + self.y
        def plain(self):
            return super(Middle, self).plain() + 1
        def pair(self, a): return super().pair(a, b=a)
        @classmethod
        def make(cls, x): return cls(x, 300)
    class Other(Middle):
        def cost(self):
            self_ = self
            return super().cost() + 2
    def costs(values, change, at):
        d, s = Derived(1, 2), 0
        for i, v in enumerate(values):
            d.x = v
            s = d.cost() + s
            if i == at: change()
        return s, d.x
    def makes(values, change, at):
        s = 0
        for i, v in enumerate(values):
            d = Derived.make(v)
            s = s + d.x * d.one + d.y + d.sign + d.double
            if i == at: change()
        return s
    def plains(values, change, at):
        d, s = Derived(1, 2), 0
        for i, v in enumerate(values):
            s = s + d.plain() + d.pair(i & 1) + v
            if i == at: change()
        return s
    def mixed(values, change, at):
        s, kinds = 0, (Derived(1, 2), Other(3))
        for i, v in enumerate(values):
            d = kinds[i % 2]
            d.x = v
            s = s + d.cost()
            if i == at: change()
        return s
"""
METHODS = ("Base Middle Derived Other", "__init__ cost plain pair double make")


def nothing() -> None:
    pass


def functions_of(n: dict[str, Any], name: str) -> list[Any]:
    found = [n[name]]
    for cls in METHODS[0].split():
        for method in METHODS[1].split():
            value = vars(n[cls]).get(method)
            value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if isinstance(value, types.FunctionType):
                found.append(value)
    return found


def load(jitted: bool, name: str) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<supers>", "exec"), n)
    if jitted:
        assert all(justjit.compile(f) for f in functions_of(n, name))
    for _ in range(3):  # until it is optimised
        n[name](list(range(12)), nothing, 6)
    n["SEEN"].clear()
    return n


CHANGES = {
    "nothing": "def change(): pass",
    "method": "def change(): Base.cost = lambda self, k: self.x + k",
    "between": "def change(): Middle.cost = lambda self, k: self.x - k",
    "gone": "def change(): del Middle.cost",
    "all gone": "def change(): del Middle.cost, Base.cost",
    "bases": "def change(): Derived.__bases__ = (Base,)",
    "code": "def change(): Base.cost.__code__ = (lambda self, k: self.x + 1000 * k).__code__",
    "defaults": "def change(): Middle.cost.__defaults__, Base.pair.__kwdefaults__ = (9,), {'b': 8}",
    "not a function": "def change(): Middle.cost = staticmethod(len)",
    "cell": "def change(): Derived.cost.__closure__[0].cell_contents = Middle",
    "cell of no class": "def change(): Derived.cost.__closure__[0].cell_contents = 3",
    "unrelated class": "def change(): Derived.cost.__closure__[0].cell_contents = Spy",
    "super": "def change():\n  global super\n  class super:\n    def __init__(self, *args): self.args = len(args)\n"
    "    def cost(self, k=0): return 50 + self.args\n    plain = pair = cost\n    pair = lambda *a, b=0: 7\n    __init__ = lambda self, *a: setattr(self, 'args', len(a))",
    "init": "def change(): Base.__init__ = lambda self, x: setattr(self, 'x', x) or setattr(self, 'one', 2)",
    "init answers": "def change(): Base.__init__ = lambda self, x: 3",
    "property": "def change(): Base.double = property(lambda self: 5)",
    "property gone": "def change(): Base.double = 6",
    "profiled": "def change(): sys.setprofile(lambda f, e, a: SEEN.append((f.f_code.co_name, e)))",
}


@pytest.mark.parametrize("function", ["costs", "makes", "plains", "mixed"])
@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, function: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted, function)
        exec(CHANGES[name], n)
        try:
            results.append([ended(n[function], list(range(20)), n["change"], 11)])
        finally:
            sys.setprofile(None)
        results[-1] += [ended(n[function], list(range(20)), nothing, 3), [s for s in n["SEEN"] if s[0] != "setprofile"]]
    assert results[0] == results[1]


@pytest.mark.parametrize("function", ["costs", "makes", "plains", "mixed"])
def test_odd_values(function: str, tier: int) -> None:
    """Where a method that super() has found leaves in the middle, all frames are there."""
    results: list[list[Any]] = []
    for jitted in (False, True):
        n = load(jitted, function)
        results.append([])
        for odd in ("Spy()", "2**62", "2**70", "0.5", "'x'", "None", "[1]", "Raises()"):
            values = list(range(9))
            values[5] = eval(odd, n)
            results[-1] += [ended(n[function], values, nothing, 7), repr(n["SEEN"])]
            n["SEEN"].clear()
    assert results[0] == results[1]


def test_other_objects(tier: int) -> None:
    results: list[list[Any]] = []
    for jitted in (False, True):
        n = load(jitted, "costs")
        cost, derived = n["Derived"].cost, n["Derived"](1, 2)
        subclass = type("Subclass", (n["Derived"],), {"cost": lambda self: 1})
        results.append([])
        for o in (derived, derived, n["Other"](5), subclass(6, 7), n["Base"](1), n["Derived"], 3, None, derived):
            results[-1].append(ended(cost, o))
    assert results[0] == results[1]


def test_references(tier: int) -> None:
    n = load(True, "makes")
    counted = [n["Derived"], n["Base"].cost, n["Base"].__init__, n["Middle"].cost]
    for name in ("costs", "makes"):
        ended(n[name], list(range(20)), nothing, 3)
        before = [sys.getrefcount(o) for o in counted]
        for _ in range(20):
            ended(n[name], list(range(20)), nothing, 3)
        assert all(abs(sys.getrefcount(o) - b) < 9 for o, b in zip(counted, before))


def test_constants_in_new_instances(tier: int) -> None:
    """Small ints are the interpreter's own objects, wherever they come from."""
    n = load(True, "makes")
    text = _core.dump(n["makes"], "hir")
    assert "NewInstance" in text and "LoadSuperMethod" not in text
    d = n["Derived"].make(7)
    assert d.one is n["Derived"](2**40, 1).one and d.sign is -(d.one)


def test_super_objects_that_are_kept(tier: int) -> None:
    """They are looked up as ever: nothing leaves optimised code for them."""
    source = """
        def kept(values):
            s = 0
            for v in values: s += Derived(v, 1).both()
            return s
        def both(self):
            first = super(Middle, self)
            return first.cost(2) + super(Middle, self).plain()
        Derived.both = both
    """
    n = load(True, "costs")
    exec(textwrap.dedent(source), n)
    assert all(justjit.compile(n[name]) for name in ("kept", "both"))
    for _ in range(20):
        assert n["kept"](range(20)) == sum(v * 2 + 4 for v in range(20))
    if tier == 0:
        assert not [e for name in ("kept", "both") for e in justjit.stats(n[name])["exits"]]


def test_super_is_gone(tier: int) -> None:
    n = load(True, "costs")
    text = _core.dump(n["costs"], "hir")
    assert "LoadSuperMethod" not in text and text.count("GuardCode") >= 3

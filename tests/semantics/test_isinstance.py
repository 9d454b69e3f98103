"""isinstance() in optimised code against the interpreter: classes that have a say in it, objects that lie about their
class, and what changes while a loop runs."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import justjit
import pytest

from .harness import ended

SOURCE = """
    import abc, enum, sys
    class A: pass
    class B(A): pass
    class C(A): pass
    class Meta(type):
        def __instancecheck__(cls, o): return o == 5
    class Says(metaclass=Meta): pass
    class Plain(metaclass=type("Quiet", (type,), {})): pass
    class Abstract(abc.ABC): pass
    Abstract.register(B)
    class Colour(enum.Enum): RED = 1
    class Liar:
        __class__ = property(lambda self: B)
    class Raises:
        @property
        def __class__(self): raise KeyError("class")
    class MyInt(int): pass
    class Getter:
        def __getattribute__(self, name):
            return B if name == "__class__" else object.__getattribute__(self, name)
    class Slots:
        __slots__ = ()
    OBJECTS = [A(), B(), C(), Liar(), Getter(), Slots(), MyInt(3), 5, 2.5, True, None, "a", "abc", b"x", [], (), {}, A, B,
               2**70, Colour.RED, Plain(), Says, len]
    KIND = A
    def run(objects, change=None, at=-1):
        out = []
        for n, o in enumerate(objects):
            if n == at:
                change(o)
            out.append((isinstance(o, KIND), isinstance(o, (B, C)), isinstance(o, str), isinstance(o, (int, float))))
            if isinstance(o, int):
                out.append(isinstance(o, bool))
        return out
    def numbers(n):
        t = 0
        for i in range(n):
            x = i * 0.5
            if isinstance(i, int): t += 1
            if isinstance(x, float): t += 10
            if isinstance(x, int): t += 100
            if isinstance(i, float): t += 1000
            if isinstance(i == 3, int): t += 10000
            if isinstance(i == 3, bool): t += 100000
            if isinstance(i, (str, int)): t += 1000000
        return t
    def odd(o, kind):
        out = []
        for _ in range(3):
            out.append(isinstance(o, kind))
        return out
    def counted(o, n):
        t = 0
        for i in range(n):
            if isinstance(o, A): t += i
            elif isinstance(o, C): t -= i
        return t
"""
FUNCTIONS = "run numbers odd counted".split()


def load(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<classes>", "exec"), n)
    for name in FUNCTIONS if jitted else []:
        assert justjit.compile(n[name])
    for _ in range(6):
        n["run"](n["OBJECTS"][:3] * 4)
        n["numbers"](9)
        n["odd"](n["B"](), n["A"])
        n["counted"](n["B"](), 5)
    return n


CHANGES = {
    "nothing": "def change(o): pass",
    "class rebound": "def change(o):\n  global KIND\n  KIND = C",
    "class becomes a tuple": "def change(o):\n  global KIND\n  KIND = (str, (int, B))",
    "class becomes a metaclass's": "def change(o):\n  global KIND\n  KIND = Says",
    "abstract class": "def change(o):\n  global KIND\n  KIND = Abstract",
    "no class": "def change(o):\n  global KIND\n  KIND = 5",
    "class that lies": "def change(o): C.__class__ = property(lambda self: B)",
    "class of the object": "def change(o): o.__class__ = B if type(o) is C else C",
    "bases": "def change(o): C.__bases__ = (B,)",
    "builtin replaced": "def change(o):\n  global isinstance\n  isinstance = lambda o, c: type(o).__name__",
    "raises": "def change(o): C.__class__ = property(lambda self: 1 // 0)",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        exec(CHANGES[name], n)
        a, b, c = n["A"](), n["B"](), n["C"]()
        results.append([ended(n["run"], [c, b, a, c, b, c, a, b, c], n["change"], 5), ended(n["run"], [a, b, c])])
        results[-1].append(ended(n["counted"], c, 6))
    assert str(results[0]) == str(results[1])


def test_objects(tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = load(jitted)
        out = [ended(n["run"], [o, n["B"](), o]) for o in n["OBJECTS"]]
        out += [ended(n["numbers"], k) for k in (0, 1, 7)]
        kinds = [n[name] for name in "A B Says Plain Abstract Colour Liar MyInt".split()]
        kinds += [int, float, bool, str, type, object, (), (int, (str, ())), (int, 5), 5, None, int | str, ["int"]]
        for kind in kinds:
            out += [ended(n["odd"], o, kind) for o in n["OBJECTS"]]
            out.append(ended(lambda kind=kind, n=n: n["odd"](n["Raises"](), kind)))
        results.append([str(o).split(" at 0x")[0] for o in out])
    assert results[0] == results[1]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10: a call without a frame is no level of its own there")
def test_recursion_limit(tier: int) -> None:
    """A tuple of classes counts as one level of recursion."""
    source = """
    import sys
    def ask(o, kinds): return isinstance(o, kinds)
    def down(n, o, kinds):
        if n == 0: return ask(o, kinds)
        return down(n - 1, o, kinds)
    def deepest(o, kinds):
        n = 50
        try:
            while True:
                down(n, o, kinds)
                n += 1
        except RecursionError:
            return n
    """
    results = []
    for jitted in (False, True):
        n: dict[str, Any] = {}
        exec(textwrap.dedent(source), n)
        if jitted:
            assert justjit.compile(n["ask"])
        for _ in range(6):
            n["ask"](2.5, (int, str))
        results.append(n["deepest"](2.5, (int, str)))
    assert results[0] == results[1]


def test_known_in_registers(capsys: pytest.CaptureFixture[str]) -> None:
    from justjit import _core

    n = load(False)
    _core.set_compile_options(max_tier=2, tier_threshold=1)
    try:
        for name in ("numbers", "counted"):
            assert justjit.compile(n[name])
        for _ in range(20):
            n["numbers"](40)
            n["counted"](n["B"](), 40)
        for name in ("numbers", "counted"):
            assert justjit.stats(n[name])["tier"] == "optimised"
            assert justjit.stats(n[name])["exits"] == []
        justjit.dump_ir(n["counted"])
        assert "jj_is_instance" in capsys.readouterr().out
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0)

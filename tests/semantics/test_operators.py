"""Operators of classes in optimised code, where what their methods do is put in place: results, errors and who is asked, in
the middle of changes, exits and errors."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from . import test_direct_calls
from .harness import ended

tier = test_direct_calls.tier

SOURCE = """
    import sys
    LOG = []
    class Vec:
        made = 0
        def __init__(self, x, y):
            self.x = x
            self.y = y
        def __add__(self, other):
            return Vec(self.x + other.x, self.y + other.y)
        def __sub__(self, other):
            return Vec(self.x - other.x, self.y - other.y)
        def __mul__(self, k):
            return Vec(self.x * k, self.y * k)
        def __truediv__(self, k):
            return Vec(self.x / k, self.y / k)
        def __matmul__(self, other):
            return self.x * other.x + self.y * other.y
        def __and__(self, other):
            return self.x == other.x and self.y == other.y
        def __or__(self, other):
            return self
        def __rmul__(self, k):
            if k == 7:
                return NotImplemented
            return Vec(k * self.x, k * self.y)
        def __rsub__(self, k):
            return k - self.x
        def __getitem__(self, key):
            if key == 0:
                return self.x
            elif key == 1:
                return self.y
            raise IndexError(key)
        def __mod__(self, k):
            self.x = k
            return self.y
        def __xor__(self, other):
            return other
        def __lshift__(self, k):
            same = Vec(self.x, self.x)
            return same.x is same.y, same.x is self.x
        def __rshift__(self, k):
            if k > 3:
                return NotImplemented
            Vec.made += 1
            return self.x + k
        def __floordiv__(self, other):
            self.x += 1
            return NotImplemented if other.x > 5 else self.x + other.x
    class Sub(Vec):
        def __radd__(self, other):
            return "reflected"
    class Inplace(Vec):
        def __iadd__(self, other):
            self.x += other.x
            return self
    class Listed(list):
        def __add__(self, other):
            return NotImplemented
    class Whole(int):
        def __radd__(self, other):
            return NotImplemented
        def __rmul__(self, other):
            return other + 1000
    class Real(float):
        def __radd__(self, other):
            return NotImplemented
        def __rmul__(self, other):
            return other + 1000
    class Keys(dict):
        def __getitem__(self, key):
            return key
    class Loud:
        def __init__(self, name):
            self.name = name
        def __sub__(self, other):
            return Loud(self.name + other.name)
        def __add__(self, other):
            return Loud(self.name + other.name)
        def __del__(self):
            LOG.append(self.name)
    def sums(a, b, k, n):
        t = a
        for i in range(n):
            t = t + b * k - a
        return t.x, t.y
    def dots(a, b, k, n):
        total = 0
        for i in range(n):
            total += a @ b
            if a & b:
                total += 1
        return total, (a | b) is a, (a ^ b) is b
    def temporaries(a, b, k, n):
        for i in range(n):
            t = (a + b) * k + (a - b) / 2
        return t.x, t.y, (a << 1)
    def in_place(a, b, k, n):
        t = a
        for i in range(n):
            t += b
            t *= k
        return t.x, t is a
    def effects(a, b, k, n):
        total = 0
        for i in range(n):
            total += a % i
            total += a >> 2
        return total, a.x, Vec.made
    def refuses(a, b, k, n):
        total = 0
        for i in range(n):
            try:
                total += a // b
            except TypeError as error:
                total += 1000
                last = str(error)
        return total, a.x, sorted(locals())
    def reflected(a, b, k, n):
        total = 0
        for i in range(n):
            t = k * a
            total += t.x + (10 - b)
        return total, t.y
    def unknown(a, b, k, n):
        t = a
        for i in range(n):
            t = (5 + i // (n - 1) * 2) * a
        return t.x
    def numbers(a, b, k, n):
        whole, real, big = Whole(3), Real(2.5), 2**80
        for i in range(n):
            t = 1.5 + whole, 1.5 * whole, 2 + whole, 2 * whole, 1 + real, 2 * real, 0.5 + real, True * whole
        return t, big * whole, [(big * a).x for i in range(n)]
    def items(a, b, k, n):
        total = 0
        for i in range(n):
            total += a[i % 2] + b[0] * a[1]
        return total
    def last_item(a, b, k, n):
        seen = 0
        try:
            for i in range(n):
                seen += a[i]
        except IndexError as error:
            return seen, error.args, i
    def kept(a, b, k, n):
        for i in range(n):
            o = a[0]
        return o is a.x, Listed([5, 6])[1], Keys()["one"], Keys()[NotImplemented]
    def shifts(a, b, k, n):
        for i in range(n):
            t = a >> i
        return t
    def loud(a, b, k, n):
        for i in range(n):
            x, y = Loud("x"), Loud("y")
            z = (x - y) - (y + x)
            LOG.append("made")
        del x, y, z
        LOG.append("end")
        log = list(LOG)
        LOG.clear()
        return log
"""

CALLERS = ["sums", "dots", "temporaries", "in_place", "effects", "refuses", "shifts", "loud"]
CALLERS += ["reflected", "unknown", "numbers", "items", "last_item", "kept"]


def made(jitted: bool) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "operators"}
    exec(compile(textwrap.dedent(SOURCE), "<operators>", "exec"), names)
    if jitted:
        for name, value in list(names.items()):
            if isinstance(value, type):
                for method in vars(value).values():
                    if hasattr(method, "__code__"):
                        assert justjit.compile(method)
            elif name in CALLERS:
                assert justjit.compile(value)
    return names


def operands(names: dict[str, Any], kind: str) -> tuple[Any, Any, Any]:
    vec = names["Vec"]
    return {
        "floats": lambda: (vec(1.5, 2.5), vec(0.5, 0.25), 0.5),
        "ints": lambda: (vec(3, 4), vec(1, 2), 2),
        "big": lambda: (vec(2**62, 3), vec(2**62, 5), 3),
        "mixed": lambda: (vec(1, 2.5), vec(7, 0.25), True),
        "sub": lambda: (vec(1, 2), names["Sub"](3, 4), 2),
        "subs": lambda: (names["Sub"](1, 2), names["Sub"](3, 4), 2),
        "inplace": lambda: (names["Inplace"](1, 2), vec(3, 4), 2),
        "number": lambda: (vec(1, 2), 5, 2.0),
        "none": lambda: (vec(1, 2), None, None),
        "texts": lambda: (vec("a", "b"), vec("c", "d"), 2),
        "listed": lambda: (names["Listed"]([1]), [2], 2),
        "bare": lambda: (vec.__new__(vec), vec(1, 2), 1),
    }[kind]()


KINDS = ["floats", "ints", "big", "mixed", "sub", "subs", "inplace", "number", "none", "texts", "listed", "bare"]


@pytest.mark.parametrize("usual", ["floats", "ints", "subs"])
def test_operators(usual: str, tier: None) -> None:
    plain, jitted = made(False), made(True)
    different = []
    for name in CALLERS:
        for kind in [usual, usual, usual, *KINDS, usual]:
            for n in (3, 18):  # texts double
                expected = ended(plain[name], *operands(plain, kind), n)
                got = ended(jitted[name], *operands(jitted, kind), n)
                if expected != got:
                    different.append(f"{name} {kind} {n}:\n   {expected}\n   {got}")
    assert not different, "\n".join(different[:5])


def test_methods_that_are_replaced(tier: None) -> None:
    results = []
    for jitted in (False, True):
        names = made(jitted)
        vec, sums = names["Vec"], names["sums"]
        a, b, k = operands(names, "ints")
        seen = [sums(a, b, k, 30) for _ in range(5)]
        a.__add__ = lambda other: 1 / 0  # not asked
        seen.append(sums(a, b, k, 30))
        vec.__add__ = lambda self, other: vec(self.x + other.x + 1, self.y)
        seen += [sums(a, b, k, 30) for _ in range(3)]
        vec.__radd__ = lambda self, other: 1 / 0
        seen += [sums(a, b, k, 30) for _ in range(3)]
        del vec.__sub__
        seen.append(ended(sums, a, b, k, 3)[:2])
        results.append(seen)
    assert results[0] == results[1]


def test_frames_and_errors_inside(tier: None) -> None:
    source = """
        import sys
        class Value:
            def __init__(self, x):
                self.x = x
            def __add__(self, other):
                if other.x == FAILS:
                    frame = sys._getframe()
                    SEEN.append((frame.f_lineno, frame.f_back.f_lineno, frame.f_back.f_code.co_name, sorted(frame.f_locals)))
                    raise ValueError(self.x)
                return Value(self.x + other.x)
        def call(n):
            t = Value(0)
            for i in range(n):
                t = (t +
                     Value(i))
            return t.x
        FAILS = -1
        SEEN = []
    """
    outcomes = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(source), "<inside>", "exec"), names)
        if jitted:
            for function in (names["Value"].__init__, names["Value"].__add__, names["call"]):
                assert justjit.compile(function)
        seen = [ended(names["call"], 50) for _ in range(6)]
        names["FAILS"] = 17
        seen += [ended(names["call"], 50) for _ in range(3)]
        outcomes.append((seen, names["SEEN"]))
    assert outcomes[0] == outcomes[1]


def test_references(tier: None) -> None:
    names = made(True)
    a, b, k = operands(names, "floats")
    for name in ("sums", "dots", "temporaries"):
        for _ in range(5):
            names[name](a, b, k, 30)
        before = [sys.getrefcount(x) for x in (a, b, names["Vec"])]
        for _ in range(20):
            names[name](a, b, k, 30)
        after = [sys.getrefcount(x) for x in (a, b, names["Vec"])]
        assert before == after


NOT_IMPLEMENTED = """
    class Own:
        def __init__(self, x):
            self.x = x
        def {method}(self, other):
            if self.x < 0:
                return NotImplemented
            return self.x
        def __rpow__(self, other):
            return 1 / 0
    def call(a, b, n):
        total = 0
        for i in range(n):
            total += a {operator} b
        return total
    def into(a, b, n):
        t = a
        for i in range(n):
            t = a
            t {operator}= b
        return t
"""


@pytest.mark.parametrize(
    "method, operator",
    [("__add__", "+"), ("__sub__", "-"), ("__mul__", "*"), ("__mod__", "%"), ("__matmul__", "@"), ("__rshift__", ">>")]
    + [("__truediv__", "/"), ("__floordiv__", "//"), ("__and__", "&"), ("__or__", "|"), ("__xor__", "^")],
)  # fmt: skip
@pytest.mark.parametrize("right", [None, 2, 2.5, "s", [1]], ids=repr)
def test_methods_that_do_not_know_the_other(method: str, operator: str, right: Any, tier: None) -> None:
    outcomes = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(NOT_IMPLEMENTED.format(method=method, operator=operator)), "<not>", "exec"), names)
        own = names["Own"]
        if jitted:
            for function in (own.__init__, getattr(own, method), names["call"], names["into"]):
                assert justjit.compile(function)
        seen = []
        for x in (1, 1, 1, -1, -1, 1, -1):
            other = own(5) if right is None else right
            seen += [ended(names["call"], own(x), other, 120), ended(names["into"], own(x), other, 120)]
        outcomes.append(seen)
    assert outcomes[0] == outcomes[1]


def test_that_methods_are_put_in_place(tier: None) -> None:
    names = made(True)
    for _ in range(60):
        names["dots"](*operands(names, "ints"), 30)
    assert " operation 4" in _core.dump(names["dots"], "hir")  # @


def test_numbers_on_the_left_know_numbers_on_the_right(tier: None) -> None:
    source = """
        class Whole(int):
            def __rmul__(self, other):
                return other + 1000
        class Real(float):
            def __rmul__(self, other):
                return other + 1000
        def call(w, n):
            t = 0.0
            for i in range(n):
                x = 1.5 * w
                t += x * 2.0 + i * 3.5 - t * 0.5
            return t
    """
    outcomes = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(source), "<numbers>", "exec"), names)
        if jitted:
            for function in (names["call"], names["Whole"].__rmul__, names["Real"].__rmul__):
                assert justjit.compile(function)
        for k in range(300):
            names["Whole"](3).__rmul__(k * 0.5), names["Real"](3).__rmul__(k * 0.5)
        outcomes.append([ended(names["call"], names[kind](3), 50) for kind in ("Whole", "Real") for _ in range(60)])
    assert outcomes[0] == outcomes[1]

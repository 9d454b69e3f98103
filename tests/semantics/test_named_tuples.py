"""Fields of named tuples, in both tiers: as the interpreter reads them, also of instances that are too short, of subclasses,
and where classes change."""

from __future__ import annotations

import collections
import textwrap
import typing
from typing import Any

import justjit
import pytest
from justjit import _core

from . import test_direct_calls
from .harness import ended

tier = test_direct_calls.tier

SOURCE = """
    def call(values):
        total = 0
        for p in values:
            total += p.x * 2 + p.y
        return total
    def last(values):
        for p in values:
            q = p.y
        return q
    def made(values):
        return [(p.x, p._replace(x=5).x, make(p.y).y) for p in values]
"""


class Typed(typing.NamedTuple):
    """Has a default and a method."""

    x: int
    y: float = 0.5

    def norm(self) -> float:
        return self.x * self.x + self.y


Point = collections.namedtuple("Point", "x y")
Turned = collections.namedtuple("Turned", "y x")


class Sub(Point):
    """Its instances have a dict."""


class Hides(Point):
    """Has a property of its own."""

    @property
    def y(self) -> int:  # type: ignore[override]
        return 100


class Asks(Point):
    """Is asked first."""

    def __getattribute__(self, name: str) -> Any:
        return 7 if name == "x" else super().__getattribute__(name)


def functions(jitted: bool) -> dict[str, Any]:
    names: dict[str, Any] = {"make": lambda y: Point(1, y)}
    exec(compile(textwrap.dedent(SOURCE), "<tuples>", "exec"), names)
    if jitted:
        for name in ("call", "last", "made"):
            assert justjit.compile(names[name])
    return names


def with_dict() -> Any:
    sub = Sub(3, 4)
    sub.__dict__["x"] = 50  # comes behind the class's own
    return sub


VALUES = {
    "points": [Point(1, 2), Point(2**40, -1)],
    "typed": [Typed(1), Typed(2, 3.5)],
    "turned": [Turned(1, 2), Point(1, 2)],
    "subclasses": [Sub(1, 2), with_dict()],
    "hides": [Hides(1, 2), Point(1, 2)],
    "asks": [Asks(1, 2), Asks(3, 4)],
    "short": [Point(1, 2), tuple.__new__(Point, (1,)), Point(1, 2)],
    "empty": [tuple.__new__(Point, ())],
    "texts": [Point("a", "b")],
    "others": [Point(1, 2), (1, 2)],
    "class": [Point, Point(1, 2)],
}


@pytest.mark.parametrize("usual", ["points", "typed", "turned"])
def test_fields(usual: str, tier: None) -> None:
    plain, jitted = functions(False), functions(True)
    different = []
    for name in ("call", "last", "made"):
        for kind in [usual, usual, usual, *VALUES, usual]:
            values = VALUES[kind] * 20
            expected, got = ended(plain[name], values), ended(jitted[name], values)
            if expected != got:
                different.append(f"{name} {kind}: {expected} {got}")
    assert not different, "\n".join(different[:5])


def test_fields_that_are_replaced(tier: None) -> None:
    results = []
    for jitted in (False, True):
        names = functions(jitted)
        own = collections.namedtuple("own", "x y")  # type: ignore[misc]
        values = [own(1, 2), own(3, 4)] * 20
        seen = [ended(names["call"], values) for _ in range(6)]
        own.x = property(lambda self: 1000)  # type: ignore[misc, assignment]
        seen += [ended(names["call"], values) for _ in range(3)]
        del own.x
        seen += [ended(names["call"], values) for _ in range(2)]
        results.append(seen)
    assert results[0] == results[1]


def test_that_fields_are_known(tier: None) -> None:
    call = functions(True)["call"]
    for _ in range(60):
        call(VALUES["points"] * 20)
    text = _core.dump(call, "hir")
    assert "field 0" in text and "field 1" in text and "LoadAttr" not in text

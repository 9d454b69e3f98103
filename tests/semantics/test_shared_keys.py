"""Attributes of instances whose dicts share the keys of their class (all instances before 3.11): what a program sees of the
dicts, and what becomes of places that native code knows when keys are added, deleted or no longer shared."""

from __future__ import annotations

import gc
import textwrap
import types
import weakref
from typing import Any, Callable

import justjit
import pytest
from justjit import _core

from . import test_direct_calls
from .harness import ended

tier = test_direct_calls.tier

SOURCE = """
    class Node:
        kind = "node"
        def __init__(self, v):
            self.v = v
            self.w = 2 * v
            self.other = None
        def lacks(self):
            return 1
    def made(n):
        total = 0
        for i in range(n):
            o = Node(i)
            total += o.v + o.w + o.lacks()
        return total, list(o.__dict__.items())
    def put(o, n):
        for i in range(n):
            o.v = i
            o.w = o.v + 0.5
        return o.v, o.w
    def link(o, to, n):
        for i in range(n):
            o.other = to
        return o.other is to
    def ask(o, n):
        total = 0
        for i in range(n):
            total += o.v + o.lacks() + len(o.kind)
        return total
"""
NAMES = ("made", "put", "link", "ask")


def module(jitted: bool) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "nodes"}
    exec(compile(textwrap.dedent(SOURCE), "<nodes>", "exec"), names)
    if jitted:
        for function in [names[name] for name in NAMES] + [names["Node"].__init__, names["Node"].lacks]:
            assert justjit.compile(function)
    some = names["Node"](3)  # where several share keys, those are not replaced any more
    for _ in range(30):
        names["made"](20), names["put"](some, 20), names["link"](some, 1, 20), names["ask"](some, 20)
    return names


def without_instance(names: dict[str, Any]) -> Any:
    return names["Node"].__new__(names["Node"])


def in_other_order(names: dict[str, Any]) -> Any:
    o = without_instance(names)
    o.w, o.extra, o.other, o.v = 1, 2, 3, 4
    return o


def with_more(names: dict[str, Any]) -> Any:
    o = names["Node"](5)
    for k in range(40):
        setattr(o, f"more{k}", k)
    return o


def with_less(names: dict[str, Any]) -> Any:
    o = names["Node"](5)
    del o.w
    return o


def hiding(names: dict[str, Any]) -> Any:
    o = names["Node"](5)
    o.lacks = lambda: 1000
    o.kind = "longer"
    return o


def with_own_dict(names: dict[str, Any]) -> Any:
    class Kept(dict):  # type: ignore[type-arg]
        def __setitem__(self, key: Any, value: Any) -> None:
            raise AssertionError("the interpreter does not ask")

    o = names["Node"](5)
    o.__dict__ = Kept(v=1, w=2, other=3)
    return o


INSTANCES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "usual": lambda names: names["Node"](7),
    "empty": without_instance,
    "order": in_other_order,
    "more": with_more,
    "less": with_less,
    "hiding": hiding,
    "own dict": with_own_dict,
    "child": lambda names: type("Child", (names["Node"],), {"kind": "child"})(9),
}


@pytest.mark.parametrize("kind", INSTANCES)
def test_instances(kind: str, tier: None) -> None:
    shown = []
    for jitted in (False, True):
        names = module(jitted)
        seen: list[Any] = []
        for make in (INSTANCES["usual"], INSTANCES[kind], INSTANCES["usual"], INSTANCES[kind]):
            o = make(names)
            for call in ("put", "link", "ask", "put"):
                arguments = [o, 12] if call != "link" else [o, "to", 12]
                seen.append((call, ended(names[call], *arguments), list(o.__dict__.items())[:6]))
            seen.append(ended(names["made"], 9))
        shown.append([repr(s).split(" at 0x")[0] for s in seen])
    assert shown[0] == shown[1]


def test_dicts_that_are_namespaces(tier: None) -> None:
    """Look-ups of globals that are remembered by a dict's version notice what native code stores."""
    for jitted in (False, True):
        names = module(jitted)
        o = names["Node"](1)
        namespace: dict[str, Any] = {}
        exec("def read():\n return v, w", namespace)
        read = types.FunctionType(namespace["read"].__code__, o.__dict__)
        for _ in range(1500):
            read()
        for n in (5, 6, 7, 300):
            names["put"](o, n)
            assert read() == (n - 1, n - 0.5), jitted


def test_what_the_collector_knows(tier: None) -> None:
    shown = []
    for jitted in (False, True):
        names, seen = module(jitted), []
        o = names["Node"](1)
        values = o.__dict__
        gc.collect()
        names["put"](o, 20)
        seen.append(gc.is_tracked(values))
        names["link"](o, (1, 2), 20)
        seen.append(gc.is_tracked(values))
        names["link"](o, o, 20)
        seen.append(gc.is_tracked(values))
        gone = weakref.ref(o)
        del o, values
        gc.collect()
        seen.append(gone() is None)
        shown.append(seen)
    assert shown[1] == shown[0] and shown[0][3]


def test_classes_die(tier: None) -> None:
    names = module(True)
    gone = weakref.ref(names["Node"])
    names.clear()
    gc.collect()
    assert gone() is None


def test_that_places_are_known(tier: None) -> None:
    names = module(True)
    for _ in range(60):
        names["ask"](names["Node"](1), 50)
    text = _core.dump(names["ask"], "hir")
    assert "ValuePeek" in text and "DictPeek" not in text and "GuardAbsent" not in text

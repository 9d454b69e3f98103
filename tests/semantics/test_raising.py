"""Errors of built-in containers that native code raises by itself: what can be seen of them is the interpreter's."""

from __future__ import annotations

import sys
from typing import Any

import justjit
import pytest


class Key:
    """Hashes and compares by code of its own."""

    def __init__(self, n: int, error: bool = False) -> None:
        self.n, self.error = n, error

    def __hash__(self) -> int:
        return self.n

    def __eq__(self, other: object) -> bool:
        if self.error:
            raise RuntimeError("compared")
        return isinstance(other, Key) and other.n == self.n

    def __repr__(self) -> str:
        return f"Key({self.n})"


class WithMissing(dict):  # type: ignore[type-arg]
    def __missing__(self, key: object) -> Any:
        return ("missing", key)


CASES: list[tuple[Any, Any]] = [
    ([1, 2], 2),
    ([1, 2], -3),
    ([], 0),
    ([1], 10**9),
    ([1], 2**70),
    ([1], "x"),
    ([1], True),
    ((1, 2), 2),
    ((), -1),
    ((1,), None),
    ({1: 2}, 3),
    ({1: 2}, "x"),
    ({1: 2}, (1, 2)),
    ({}, None),
    ({1: 2}, []),
    ({1: 2}, Key(1)),
    ({Key(1): 2}, Key(2)),
    ({Key(1, True): 2}, 1),
    ({1: 2}, KeyError("k")),
    (WithMissing(), 1),
    ("ab", 2),
    (b"ab", 5),
]
SOURCE = """
def caught(c, k):
    try:
        return c[k]
    except LookupError as e:
        return type(e), e.args, repr(e), str(e), e.__context__, e.__cause__, sys.exc_info()[1] is e, line(e), vars(e)

def within(c, k):
    try:
        raise ValueError(1)
    except ValueError as outer:
        try:
            return c[k]
        except LookupError as e:
            return repr(e), e.__context__ is outer, e.__suppress_context__, line(e)

def quiet(c, k):
    for _ in range(4):
        try:
            x = c[k]
        except (IndexError, KeyError):
            x = "none"
        else:
            x = ["some", x]
    return x, sys.exc_info()

def through(c, k):
    return c[k]

def chained(c, k):
    try:
        return c[k]
    except LookupError as e:
        raise TypeError(k) from e
"""


def line(e: BaseException) -> list[tuple[str, int, int]]:
    found, tb = [], e.__traceback__
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_lasti))
        tb = tb.tb_next
    return found


def ended(function: Any, c: Any, k: Any) -> str:
    try:
        return repr(function(c, k))
    except Exception as e:
        causes = repr((e.__cause__, e.__context__, e.__traceback__ and line(e)[1:]))
        return f"{type(e)} {e!r} {e.args} {causes}"


@pytest.mark.parametrize("name", ["caught", "within", "quiet", "through", "chained"])
def test_errors_are_the_interpreters(name: str, tier: int) -> None:
    plain: dict[str, Any] = {"sys": sys, "line": line}
    jitted = dict(plain)
    for space in (plain, jitted):
        exec(SOURCE, space)
    assert justjit.compile(jitted[name])
    for _ in range(4):
        for c, k in CASES:
            assert ended(jitted[name], c, k) == ended(plain[name], c, k)


def test_messages_are_objects_of_their_own() -> None:
    space: dict[str, Any] = {"sys": sys, "line": line}
    exec("def f(c, k):\n try:\n  return c[k]\n except LookupError as e:\n  return e", space)
    f = space["f"]
    assert justjit.compile(f)
    one, two, key = f([], 1), f([], 1), object()
    assert one.args == two.args and one.args[0] is not two.args[0] and one is not two
    assert f({}, key).args[0] is key
    before = sys.getrefcount(key)
    for _ in range(50):
        f({}, key)
    assert sys.getrefcount(key) == before

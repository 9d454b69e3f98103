"""Code objects that are made again and again, equal to one another, may have the same native code: what a function sees is its own."""

from __future__ import annotations

import gc
from typing import Any

import justjit

SOURCE = """
def make(k):
    def inner(x):
        if x == 3:
            raise ValueError(k)
        return k + x + G
    return inner
def items(n):
    for i in range(n):
        yield i + G
def marked(x, marker=object()):
    return marker, x.name, len("abc" * x.n)
"""


class Thing:
    def __init__(self, n: int) -> None:
        self.n, self.name = n, f"thing {n}"


def made(k: int) -> dict[str, Any]:
    names: dict[str, Any] = {"G": k, "__name__": "again"}
    exec(compile(SOURCE, "<again>", "exec"), names)
    for name in ("make", "items", "marked"):
        assert justjit.compile(names[name])
    return names


def outcome(function: Any, *args: Any) -> Any:
    try:
        return function(*args)
    except ValueError as error:
        assert error.__traceback__ and error.__traceback__.tb_next
        frame = error.__traceback__.tb_next.tb_frame
        return error.args, frame.f_code is function.__code__, frame.f_globals is function.__globals__


def run(names: dict[str, Any], k: int) -> None:
    inner = names["make"](10 * k)
    assert justjit.compile(inner)
    assert [outcome(inner, x) for x in (1, 3)] == [11 * k + 1, ((10 * k,), True, True)]
    assert list(names["items"](4)) == [k, k + 1, k + 2, k + 3]
    assert names["marked"](Thing(k)) == (names["marked"].__defaults__[0], f"thing {k}", 3 * k)


def test_each_has_its_own_world() -> None:
    kept = []
    for k in range(40):
        names = made(k)
        run(names, k)
        if k % 3 == 0:
            kept.append((names, k))
    gc.collect()
    for names, k in kept:
        run(names, k)


def test_they_go_one_by_one() -> None:
    first, second = made(1), made(2)
    code_bytes = justjit.stats(first["items"])["code_bytes"]
    assert code_bytes == justjit.stats(second["items"])["code_bytes"] > 0
    waiting = second["items"](3)
    assert next(waiting) == 2
    first.clear()
    gc.collect()
    assert list(waiting) == [3, 4]
    second.clear()
    gc.collect()
    for k in range(300):  # more than are remembered
        names: dict[str, Any] = {}
        exec(f"def f(x): return x + {k}", names)
        assert justjit.compile(names["f"])
        assert names["f"](1) == k + 1
    run(made(5), 5)


def test_what_is_asserted_is_not_shared() -> None:
    source = "def f(a): return a + 1"
    plain, asserting = {}, {}  # type: dict[str, Any], dict[str, Any]
    exec(compile(source, "<same>", "exec"), plain)
    exec(compile(source, "<same>", "exec"), asserting)
    assert justjit.compile(plain["f"])
    as_ints = justjit.jit(mode="int", lazy=False)(asserting["f"])
    assert plain["f"](1.5) == 2.5
    try:
        as_ints(1.5)
    except TypeError:
        return
    raise AssertionError("a float was taken for an int")

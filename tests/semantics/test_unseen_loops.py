"""Functions that become optimised in the middle of a call, in front of loops that have not run yet: what is known of those comes
when they run."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterator

import justjit
import pytest
from justjit import _core

from .harness import ended


def three(xs: list[Any], n: int) -> tuple[Any, ...]:
    s = 0
    for x in xs:
        s += x * 3
    k = 0
    for y in xs:
        k += y * 5
    i = m = 0
    while i < n:
        m += xs[i % len(xs)]
        i += 1
    return s, k, m


def rare(xs: list[Any], n: int) -> Any:
    s = 0
    for x in xs:
        s += x
    if n < 0:
        for y in xs:
            s -= y * n
    return s


def nested(xs: list[Any], n: int) -> Any:
    s = 0
    for x in xs:
        s += x
        if s < 0:
            for y in xs[:3]:
                s += y * y
    return s


def fails(xs: list[Any], n: int) -> Any:
    s = 0
    for x in xs:
        s += x
    try:
        for y in xs:
            s += 10 // (y - n)
    except ZeroDivisionError as error:
        return s, str(error)
    return s


@pytest.fixture(params=[1, 20, 2000])
def threshold(request: pytest.FixtureRequest) -> Iterator[None]:
    _core.set_compile_options(max_tier=2, tier_threshold=request.param)
    try:
        yield
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0)


def copy_of(function: Callable[..., Any]) -> Callable[..., Any]:
    return type(function)(function.__code__.replace(), function.__globals__)


@pytest.mark.parametrize("function", [three, rare, nested, fails])
def test_same(function: Callable[..., Any], threshold: None) -> None:
    jitted = copy_of(function)
    assert justjit.compile(jitted)
    ints, floats = list(range(1000, 4000)), [k / 2 for k in range(3000)]
    for xs, n in [(ints, 5000)] * 4 + [(ints, -3), (ints, 1500), (floats, 5000), (floats, -2), ([-9] * 50, 7), (ints, 5000)]:
        assert ended(function, xs, n) == ended(jitted, xs, n)


def test_learned() -> None:
    _core.set_compile_options(max_tier=2, tier_threshold=2000)
    try:
        jitted = copy_of(three)
        assert justjit.compile(jitted)
        xs = list(range(1000, 9000))
        jitted(xs, 8000)
        left = [e for e in justjit.stats(jitted)["exits"] or [] if e["reason"] == "guard: loop that was never profiled"]
        assert [e["count"] for e in left] == [1, 1]
        for _ in range(5):
            jitted(xs, 8000)
        text = _core.dump(jitted, "hir")
        assert "exit unseen" not in text and text.count("IntMul") == 2
        again = [e for e in justjit.stats(jitted)["exits"] if e["reason"] == "guard: loop that was never profiled"]
        assert sorted((e["line"], e["count"]) for e in again) == sorted((e["line"], e["count"]) for e in left)
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0)

"""Suspended frames give back what they hold: generators, coroutines and asynchronous generators by the ten thousands."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any, Callable

import justjit
import pytest

from .test_code_lifetime import resident_bytes

# JJ_GENERATORS=1000000 is the long run.
COUNT = int(os.environ.get("JJ_GENERATORS", "20000"))


def numbers(n: int) -> Any:
    held = [n]
    try:
        for i in range(n):
            held.append((yield (i, held)))
    except KeyError as e:
        yield e
    return held


def delegating(n: int) -> Any:
    result = yield from numbers(n)
    return [result]


class Pause:
    def __await__(self) -> Any:
        return (yield "pause")


async def leaf(x: int) -> Any:
    return [await Pause(), x]


async def awaiting(x: int) -> Any:
    return [await leaf(x), await leaf(x + 1)]


async def asynchronous(n: int) -> Any:
    for i in range(n):
        yield [i, await leaf(i)]


def step(awaitable: Any, *errors: type[BaseException]) -> Any:
    try:
        return awaitable.send(None)
    except errors + (StopIteration,) as e:
        return e


def use_generators(k: int) -> None:
    for make in (numbers, delegating):
        list(make(3))
        make(3)
        suspended = make(3)
        next(suspended)
        suspended.send(k)
        thrown = make(3)
        next(thrown)
        thrown.throw(KeyError(k))
        closed = make(3)
        next(closed)
        closed.close()
        cyclic = make(3)
        next(cyclic)[1].append(cyclic)


def use_coroutines(k: int) -> None:
    whole = awaiting(k)
    while step(whole) == "pause":
        pass
    dropped = awaiting(k)
    step(dropped)
    thrown = awaiting(k)
    step(thrown)
    try:
        thrown.throw(KeyError(k))
    except KeyError:
        pass
    awaiting(k).close()


def use_async_generators(k: int) -> None:
    whole = asynchronous(2)
    for _ in range(3):
        item = whole.__anext__()
        while step(item, StopAsyncIteration) == "pause":
            pass
    dropped = asynchronous(2)
    step(dropped.__anext__())
    closed = asynchronous(2)
    step(closed.asend(None))
    step(closed.aclose(), RuntimeError)


@pytest.mark.parametrize("use", [use_generators, use_coroutines, use_async_generators])
def test_memory_is_flat(use: Callable[[int], None]) -> None:
    for function in (numbers, delegating, Pause.__await__, leaf, awaiting, asynchronous, use, step):
        assert justjit.compile(function), justjit.stats(function)

    def run(count: int) -> tuple[int, int]:
        for k in range(count):
            use(k)
            if k % 1000 == 0:
                gc.collect()
        gc.collect()
        return sys.getallocatedblocks(), resident_bytes()

    run(2000)
    blocks, resident = run(2000)
    more_blocks, more_resident = run(COUNT)
    assert more_blocks - blocks < 100
    assert more_resident - resident < 4 << 20

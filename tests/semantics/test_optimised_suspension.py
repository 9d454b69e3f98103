"""Generators and coroutines in the optimising tier: numbers are in registers between suspensions and in the frame at them."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import justjit
import pytest


SOURCE = """
def walk(n):
    x = 1
    for i in range(n):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        if x & 1:
            got = yield x
            if got is not None:
                x = got
    return x


def primes(limit):
    n = 2
    while n < limit:
        d = 2
        while d * d <= n:
            if n % d == 0:
                break
            d += 1
        else:
            yield n
        n += 1


def guarded(values):
    total = 0
    for value in values:
        try:
            total += value
            yield total
        except KeyError as error:
            total *= 2
            yield error.args
        finally:
            total += 1
    return total


async def scaled(n, pause):
    total = 0.5
    for i in range(n):
        total = total * 2 - i
        if i % 3 == 0:
            total += await pause(total)
    return total


async def doubled(n, pause):
    for i in range(n):
        if i & 1:
            await pause(i)
        yield i * 2
"""


def functions(native: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(SOURCE, namespace)
    for name in ("walk", "primes", "guarded", "scaled", "doubled"):
        assert not native or justjit.compile(namespace[name])
    return namespace


def all_of(generator: Any, actions: dict[int, Any]) -> list[Any]:
    """Runs it to its end with these sent (or thrown) at these steps; what it gives, and its frame now and then."""
    seen: list[Any] = []
    try:
        for step in range(100_000):
            action = actions.get(step)
            seen.append(generator.throw(action) if isinstance(action, Exception) else generator.send(action))
            if step % 7 == 0:
                frame = generator.gi_frame
                seen.append((frame.f_lineno, {k: v for k, v in frame.f_locals.items() if isinstance(v, (int, float))}))
    except (StopIteration, TypeError, KeyError) as end:
        seen.append((type(end), str(end), inspect.getgeneratorstate(generator)))
    return seen


@pytest.mark.parametrize("name", ["walk", "primes", "guarded"])
def test_generators(name: str, tier: int) -> None:
    plain, jitted = functions(False)[name], functions(True)[name]
    values: dict[str, list[Any]] = {
        "walk": [60, 40, 0, 30, True],
        "primes": [60, 30.5, 2, 40],
        "guarded": [range(40), [1, 2, 2**62, 2**62, 3], [1, 0.5, 3], [1, "a"], (True, 2), range(9)],
    }
    for argument in values[name] * 2:
        for actions in ({}, {3: 5}, {3: 2**70, 9: 0.5}, {2: KeyError("thrown"), 5: KeyError("again")}):
            expected, got = all_of(plain(argument), actions), all_of(jitted(argument), actions)
            assert repr(got) == repr(expected), (argument, actions)


def test_one_generator_is_optimised_while_it_runs(tier: int) -> None:
    plain, jitted = functions(False)["walk"], functions(True)["walk"]
    assert list(jitted(400)) == list(plain(400))
    record = justjit.stats(jitted)
    assert record["tier"] == "optimised", record["not_optimised"]


def test_what_baseline_has_suspended_goes_on_optimised(tier: int) -> None:
    plain, jitted = functions(False)["primes"], functions(True)["primes"]
    early = [jitted(200) for _ in range(3)]
    started = [[next(g), next(g)] for g in early]
    assert list(jitted(200)) == list(plain(200))
    assert justjit.stats(jitted)["tier"] == "optimised"
    for first, generator in zip(started, early):
        assert first + list(generator) == list(plain(200))


def test_coroutines_and_asynchronous_generators(tier: int) -> None:
    async def pause(value: Any) -> Any:
        await asyncio.sleep(0)
        return value / 4

    async def collected(of: dict[str, Any]) -> list[Any]:
        both = await asyncio.gather(*(of["scaled"](n, pause) for n in (30, 3, 40)))
        return [*both, [item async for item in of["doubled"](9, pause)]]

    expected = asyncio.run(collected(functions(False)))
    jitted = functions(True)
    for _ in range(4):
        assert asyncio.run(collected(jitted)) == expected
    for name in ("scaled", "doubled"):
        assert justjit.stats(jitted[name])["tier"] == "optimised", justjit.stats(jitted[name])["not_optimised"]

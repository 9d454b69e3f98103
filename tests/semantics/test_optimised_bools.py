"""Bools that optimised code puts in lists in place of others, and of anything else; counts of references stay right."""

from __future__ import annotations

import sys
from typing import Any, Callable

import justjit
import pytest

from .harness import ended

SOURCE = """
def clear(flags, step):
    j = 0
    while j < len(flags):
        flags[j] = False
        j += step
    return flags
def mark(flags, limit):
    for i in range(len(flags)):
        flags[i] = i < limit
    return flags
def turn(flags, step):
    yes = True
    for i in range(0, len(flags), step):
        old = flags[i]
        flags[i] = yes
        flags[-1 - i] = not yes
        yes = old is False
    return flags, yes
"""
NAMES = ["clear", "mark", "turn"]


class Noisy:
    """Notes when it goes, and what the list looks like then."""

    def __init__(self, seen: list[Any], flags: list[Any]) -> None:
        self.seen, self.flags = seen, flags

    def __del__(self) -> None:
        self.seen.append([type(x).__name__ for x in self.flags])


def made(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    both = []
    for _ in range(2):
        namespace: dict[str, Any] = {}
        exec(compile(SOURCE, "<bools>", "exec"), namespace)
        both.append(namespace[name])
    assert justjit.compile(both[1])
    return both[0], both[1]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_there(name: str, tier: int) -> None:
    plain, jitted = made(name)
    fillings: list[list[Any]] = [[True] * 9, [False] * 9, [True, False] * 5, [0, 1, True, 2.5, None, "s", False, 2**70]]
    for _ in range(4):
        for filling in fillings:
            for step in (1, 2, 3):
                assert ended(jitted, [*filling], step) == ended(plain, [*filling], step)


@pytest.mark.parametrize("name", NAMES)
def test_items_with_finalisers(name: str, tier: int) -> None:
    results = []
    for function in made(name):
        for _ in range(4):
            function([True, False, True, True], 1)
        seen: list[Any] = []
        flags: list[Any] = [True, False, 1, True, None, True]
        flags[2] = Noisy(seen, flags)
        flags[4] = Noisy(seen, flags)
        function(flags, 1)
        results.append((seen, flags))
    assert results[0] == results[1]


@pytest.mark.parametrize("name", NAMES)
def test_counts_of_references(name: str, tier: int) -> None:
    plain, jitted = made(name)
    for _ in range(6):
        differences = []
        for function in (plain, jitted):
            flags = [True, False, False] * 300
            before = sys.getrefcount(True), sys.getrefcount(False)
            function(flags, 1)
            after = sys.getrefcount(True), sys.getrefcount(False)
            differences.append((after[0] - before[0], after[1] - before[1]))
            del flags
        assert differences[0] == differences[1]

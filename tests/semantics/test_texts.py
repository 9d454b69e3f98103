"""Texts of ints and f-strings that the runtime writes itself: values, types, and which object it is, against the interpreter."""

from __future__ import annotations

from typing import Any

import justjit
import pytest

from .harness import ended

SOURCE = r"""
class Int(int):
    def __str__(self): return 'mine'
    def __format__(self, spec): return f'<{spec}>'
class Bad:
    def __str__(self): return 5
    def __format__(self, spec): raise ValueError(spec)
class Text(str):
    def __str__(self): return 'text'
def text(x): return str(x)
def one(x): return f'{x}'
def two(x): return f'{x}{x}'
def said(x): return f'{x!s}|{x!r}|{x!a}'
def spec(x): return f'{x:>5}|{x:{3}}'
def mixed(x): return f'é{x}', f'\u20ac{x}ab', f'{x} ', f'{"" if x else ""}{x}', f'{x}' f'{-1}'
def empty(x): return f'{""}{""}', f'{""}{"a"}', len(f'{x}{""}')
def same(x): return str(x) is str(x), f'{x}' is f'{x}', f'{x}{""}' is f'{x}{""}', f'{"" }{x}' is str(x)
def loop(x): return [f'[{i}:{i * x}] ' + str(i) for i in range(-3, 14)]
def length(x): return sum(len(f'{i}:{x}/x') for i in range(20))
"""
NAMES = ["text", "one", "two", "said", "spec", "mixed", "empty", "same", "loop", "length"]
NUMBERS = [
    0,
    1,
    9,
    10,
    -1,
    -9,
    -10,
    99,
    100,
    12345,
    2**29,
    2**30,
    -(2**30),
    2**31,
    2**59,
    2**60 - 1,
    2**60,
    -(2**60),
    2**62,
    2**63,
    10**30,
]


@pytest.mark.parametrize("name", NAMES)
def test_texts(name: str, tier: int) -> None:
    spaces: list[dict[str, Any]] = [{}, {}]
    for jitted, space in enumerate(spaces):
        exec(compile(SOURCE, "<texts>", "exec"), space)
        assert not jitted or justjit.compile(space[name])
    for turn in range(3):
        for k in range(len(NUMBERS) + 8):
            results = []
            for space in spaces:
                others = [True, None, 2.5, "é", "a" * 100, space["Int"](3), space["Bad"](), space["Text"]("x")]
                results.append(ended(space[name], [*NUMBERS, *others][k]))
            assert results[0] == results[1], (turn, k)

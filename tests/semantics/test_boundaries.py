"""Leaves native code at every bytecode boundary of every case, goes on in the interpreter, and compares the outcome.

Each case file is compiled with exit switches. Every case runs again and again, with every fault, and leaves wherever
nothing has left before, until there is no such place; where native code has an entry it is also entered again. Then
some runs leave elsewhere: every call at its n-th boundary, and at random.
"""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from justjit import _core

from .executed import all_variants, case_files, nested_code
from .faults import MORE_MODES, Variant
from .harness import MODULE_BODY, Module, function_of, outcome

SWEEP = 12  # every call leaves at its n-th boundary, n = 1, 2 ... up to here
RANDOM_RUNS = [(-3, 11), (-17, 12), (-101, 13)]  # (one exit in so many boundaries, seed)

pytestmark = pytest.mark.usefixtures("switches_compiled_in")

Place = tuple[int, int]  # position of the code object in nested_code(), code unit


class Pair:
    """A case file interpreted and jitted, and what of the jitted one was left and entered."""

    def __init__(self, path: pathlib.Path, hooked: bool) -> None:
        source = path.read_text()
        self.plain = Module(str(path), source, jitted=False, hooked=hooked)
        self.jitted = Module(str(path), source, jitted=True, hooked=hooked)
        self.expected: dict[Variant, Any] = {}
        self.codes = nested_code(self.jitted.code)
        self.wrong: list[str] = []

    def cases(self) -> list[Variant]:
        return [Variant(case) for case in [*self.plain.cases(), MODULE_BODY]]

    def compare(self, variant: Variant, got: Any, how: str) -> None:
        if variant not in self.expected:
            self.expected[variant] = outcome(self.plain, variant)
        if got != self.expected[variant]:
            self.wrong.append(f"{variant}, {how}:\n  expected {self.expected[variant]}\n  got      {got}")
            assert len(self.wrong) < 20, "\n".join(self.wrong)

    def leave(self, variant: Variant, n: int, seed: int = 0) -> None:
        """Runs a variant with forced exits."""
        _core.set_forced_exit(n, seed)
        got = outcome(self.jitted, variant)
        _core.set_forced_exit(0, 0)
        self.compare(variant, got, f"exit {n} seed {seed}")

    def leave_where_new(self, variant: Variant) -> None:
        """Runs a variant until it has left, and entered again, everywhere."""
        exits = 1
        while exits:
            _core.leave_where_new()
            got = outcome(self.jitted, variant)
            exits = _core.count_new_exits()
            _core.set_forced_exit(0, 0)
            if exits:
                self.compare(variant, got, "exits where there was none")

    def places(self, kind: str) -> set[Place]:
        """All places of one kind: boundaries, left, entries, entered."""
        found = set()
        for k, code in enumerate(self.codes):
            coverage = _core.boundary_coverage(function_of(code))
            assert coverage is not None, f"{code.co_name} was compiled without switches"
            found |= {(k, unit) for unit in coverage[kind]}
        return found

    def name(self, place: Place) -> str:
        """function:line of a place."""
        code = self.codes[place[0]]
        line = code.co_firstlineno
        for start, end, number in code.co_lines():
            if start <= place[1] * 2 < end and number:
                line = number
        return f"{code.co_name}:{line} (code unit {place[1]})"


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_leaving_everywhere(path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, hooked = Pair(path, hooked=False), Pair(path, hooked=True)
    for variant in plain.cases():
        plain.leave_where_new(variant)
        for n, seed in [*((n, 0) for n in range(1, SWEEP + 1)), *RANDOM_RUNS]:
            plain.leave(variant, n, seed)
    for variant in all_variants(hooked.plain, MORE_MODES):
        hooked.leave_where_new(variant)

    boundaries = plain.places("boundaries")
    assert boundaries == hooked.places("boundaries")
    entries = plain.places("entries") & boundaries
    never_left = sorted(boundaries - plain.places("left") - hooked.places("left"))
    never_entered = sorted(entries - plain.places("entered") - hooked.places("entered"))
    with capsys.disabled():
        print(
            f"\n{path.stem}: boundaries left {len(boundaries) - len(never_left)} of {len(boundaries)}, "
            f"entries entered again {len(entries) - len(never_entered)} of {len(entries)}"
        )
    assert not plain.wrong + hooked.wrong, "\n".join(plain.wrong + hooked.wrong)
    assert not never_left, "never left: " + ", ".join(map(plain.name, never_left))
    assert not never_entered, "never entered again: " + ", ".join(map(plain.name, never_entered))

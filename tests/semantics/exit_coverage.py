"""Leaves optimised code wherever it can be left, and compares the outcome with the interpreter's.

python -m tests.semantics.exit_coverage [--seeds N] [--first SEED] [file ...]

Every case file and all numeric kernels run with guards that fail at random, seed after seed, and then again and again,
leaving where nothing has left before, until there is no such place. A place is an exit in the code that one compile has
made; it is reached when execution asks there whether to leave. Prints per file: places, those reached, those left at; and
each that was reached but never left at.
"""

from __future__ import annotations

import argparse
import collections
import functools
import gc
import pathlib
import sys
import types
import warnings
from typing import Any, Callable

import justjit
from justjit import _core

from . import numeric
from .executed import case_files, nested_code
from .harness import MODULE_BODY, Module, function_of, outcome
from .test_optimised import kernel_differences, kernels

ROUNDS = 4
MOST_EXITS = 400  # of one call
Place = tuple[str, int, str, int]  # function:line, code unit, reason, number


class Coverage:
    """The places of one file."""

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self.reached: set[Place] = set()
        self.left: set[Place] = set()

    def add(self, code: types.CodeType) -> None:
        """Those of one function, in all code that it has had."""
        name = f"{code.co_name}:{code.co_firstlineno}"
        for compiled in _core.exit_sites(function_of(code)):
            numbers: collections.Counter[tuple[int, str]] = collections.Counter()
            for unit, reason, reached, left in compiled:
                numbers[unit, reason] += 1
                place = name, unit, reason, numbers[unit, reason]
                if reason == "guard: poll":
                    continue  # work that is pending is what leaves there
                self.places.add(place)
                if reached:
                    self.reached.add(place)
                if left:
                    self.left.add(place)

    def text(self) -> str:
        return f"places {len(self.places)}, reached {len(self.reached)}, left {len(self.left)}"

    def never(self) -> list[Place]:
        return sorted(self.reached - self.left)


def leave_everywhere(call: Callable[[], Any]) -> None:
    """Calls until code has been left wherever it can be."""
    for _ in range(MOST_EXITS):
        _core.leave_where_new()
        try:
            call()
        finally:
            exits = _core.count_new_exits()
            _core.set_forced_exit(0, 0)
        if not exits:
            return


def run_cases(path: pathlib.Path, coverage: Coverage) -> list[str]:
    """All cases of a file, some times over: what differs."""
    source = path.read_text()
    plain, jitted = Module(str(path), source, jitted=False), Module(str(path), source, jitted=True)
    different = []

    def compare(name: str) -> None:
        expected, got = outcome(plain, name), outcome(jitted, name)
        if expected != got:
            different.append(f"{name}:\n  expected {expected}\n  got      {got}")

    names = [*plain.cases(), MODULE_BODY]
    for _ in range(ROUNDS):
        for name in names:
            compare(name)
            leave_everywhere(functools.partial(compare, name))
    for code in nested_code(jitted.code):
        coverage.add(code)
    return different


def run_numbers(coverage: Coverage) -> list[str]:
    """All numeric kernels: what differs."""
    different: list[str] = []
    for kernel in numeric.KERNELS:
        for pairs in ([*numeric.monomorphic()], [*numeric.polymorphic()]):
            plain, jitted = pair = kernels()[kernel], kernels()[kernel]
            assert justjit.compile(jitted)
            different += kernel_differences(kernel, pair, pairs)
            for some in pairs[:: len(pairs) // 5]:
                leave_everywhere(lambda: different.extend(kernel_differences(kernel, pair, [some])))
            coverage.add(jitted.__code__)
    return different


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="case files by name, or numbers (default: all)")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    names = {path.stem: path for path in case_files()}
    total, wrong, missed = Coverage(), 0, 0
    for name in args.files or [*names, "numbers"]:
        coverage = Coverage()
        for seed in range(args.first, args.first + args.seeds):
            _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=seed * 7919)
            different = run_cases(names[name], coverage) if name in names else run_numbers(coverage)
            gc.unfreeze()
            gc.collect()
            for text in different[:3]:
                print(f"seed {seed}, {name}, {text}", flush=True)
            wrong += len(different)
        print(f"{name:20} {coverage.text()}", flush=True)
        for place in coverage.never():
            print(f"    never left: {place}", flush=True)
        missed += len(coverage.never())
        for one, other in zip(vars(total).values(), vars(coverage).values()):
            one |= {(name, *place) for place in other}
    print(f"{'all':20} {total.text()}, {wrong} differences")
    return 1 if wrong or missed else 0


if __name__ == "__main__":
    sys.exit(main())

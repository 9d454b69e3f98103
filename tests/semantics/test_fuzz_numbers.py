"""Random numeric programs, interpreted against optimised, with everything that the tier relies on changing between calls,
and with guards that fail at random. The seeds are fixed: a failure can be repeated.

python -m tests.semantics.test_fuzz_numbers FIRST [LAST [STRESS]]   tries seeds; of a single one, prints the program
"""

from __future__ import annotations

import random
import sys
import traceback
import types
import warnings
from typing import Any

import justjit
import pytest
from justjit import _core

from .fuzz_numbers import write_program, write_steps
from .harness import code_tree, function_of, without_addresses
from .test_optimised import tier

__all__ = ["tier"]

SEEDS = [*range(9), 1140, 2020, 30010, 50008]  # and what has failed once
STEPS = 60


def shown(value: Any) -> Any:
    """Exact values with their types; ints in hexadecimal, which has no limit of digits."""
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [shown(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return type(value).__name__, hex(value)
    return type(value).__name__, without_addresses(repr(value))


def peek() -> Any:
    """The numbers among the caller's locals."""
    seen = sys._getframe(1).f_locals
    return [(name, shown(seen[name])) for name in ("a", "b", "n", "x", "y", "z", "w", "xs", "i0", "i1") if name in seen]


def poke(name: str, value: Any) -> None:
    """Writes a local of the caller, where that is possible."""
    if sys.version_info >= (3, 13) and name in sys._getframe(1).f_locals:
        sys._getframe(1).f_locals[name] = value


class Program:
    """One execution of a program, and what it has shown."""

    def __init__(self, seed: int, jitted: bool) -> None:
        rng = random.Random(seed)
        parts = write_program(rng)
        self.source = "\n\n".join(parts)
        self.steps = write_steps(rng, len(parts) - 1, STEPS)
        self.jitted = jitted
        self.log: list[Any] = []
        self.namespace: dict[str, Any] = {"LOG": self.log, "peek": peek, "poke": poke}
        self.run_text(self.source)

    def run_text(self, text: str) -> None:
        """Runs statements; the functions that they define are native if this execution is."""
        code = compile(text, "<numbers>", "exec")
        for item in code_tree(code) if self.jitted else ():
            if item is not code:
                assert justjit.compile(function_of(item)), justjit.stats(function_of(item))
        exec(code, self.namespace)
        everything = [*self.namespace.values(), *vars(self.namespace["Point"]).values()]
        for value in everything if self.jitted else ():
            function = value.fget if isinstance(value, property) else value
            if isinstance(function, types.FunctionType) and function not in (peek, poke):
                justjit.compile(function)

    def do(self, step: Any) -> Any:
        """What one step shows."""
        self.log.clear()
        if isinstance(step, str):
            return self.run_text(step)
        name, *arguments = step
        try:
            result = shown(self.namespace[name](*arguments))
        except Exception as error:  # noqa: BLE001 - every outcome is compared
            lines = [(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)[1:]]
            result = type(error).__name__, without_addresses(str(error)), lines
        return result, [shown(entry) for entry in self.log]

    def broken(self) -> list[str]:
        """Functions that the tier's own checks have refused."""
        functions = [v for v in self.namespace.values() if isinstance(v, types.FunctionType)]
        reasons = [str(justjit.stats(function)["not_optimised"]) for function in functions]
        return [reason for reason in reasons if "internal error" in reason]


def differences(seed: int) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ~ of a bool, "is" with a literal
        plain, jitted = Program(seed, jitted=False), Program(seed, jitted=True)
        different = []
        for number, step in enumerate(plain.steps):
            expected, got = plain.do(step), jitted.do(step)
            if expected != got:
                different.append(f"seed {seed}, step {number}, {step}:\n  expected {expected}\n  got      {got}")
    return different + [f"seed {seed}: {why}" for why in jitted.broken()]


def test_random_numeric_programs(tier: int) -> None:
    different = [text for seed in SEEDS for text in differences(seed)]
    assert not different, "\n".join(different[:10])


def main(first: int, last: int | None = None, stress: int = 0) -> None:
    if last is None:
        print(Program(first, jitted=False).source)
    _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=stress)
    for seed in range(first, first + 1 if last is None else last):
        if different := differences(seed):
            print("\n".join(different[:2]), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Runs random programs of numbers, objects and calls (fuzz_numbers.py, fuzz_mixed.py) and compares what they show."""

from __future__ import annotations

import random
import sys
import traceback
import types
import warnings
from typing import Any

import justjit
from justjit import _core

from .harness import code_tree, function_of, garbage_kept, without_addresses

STEPS = 60
sys.modules["program"] = types.ModuleType("program")  # dataclasses look there


def shown(value: Any, depth: int = 0) -> Any:
    """Exact values with their types; ints in hexadecimal, which has no limit of digits."""
    kind = type(value).__name__
    if isinstance(value, (list, tuple)) and depth < 4:
        return kind, [shown(v, depth + 1) for v in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return kind, hex(value)
    if type(value).__module__ == "program" and hasattr(value, "__dict__") and depth < 4:
        return kind, [(name, shown(item, depth + 1)) for name, item in vars(value).items()]
    return kind, without_addresses(repr(value))


def peek() -> Any:
    """The numbers, strings and lists among the caller's locals."""
    seen = sys._getframe(1).f_locals
    return [(name, shown(seen[name])) for name in PEEKED if name in seen]


PEEKED = ("a", "b", "n", "x", "y", "z", "w", "xs", "i0", "i1", "i", "j", "u", "v", "s", "r", "ys", "c")


def poke(name: str, value: Any) -> None:
    """Writes a local of the caller, where that is possible."""
    if sys.version_info >= (3, 13) and name in sys._getframe(1).f_locals:
        sys._getframe(1).f_locals[name] = value


class Program:
    """One execution of a program that `writer`, a module, writes; and what it has shown."""

    def __init__(self, writer: Any, seed: int, jitted: bool) -> None:
        rng = random.Random(seed)
        parts = writer.write_program(rng)
        self.source = "\n\n".join(parts)
        self.steps = writer.write_steps(rng, len(parts) - 1, STEPS)
        self.jitted = jitted
        self.log: list[Any] = []
        self.namespace: dict[str, Any] = {"LOG": self.log, "peek": peek, "poke": poke, "shown": shown}
        self.namespace["__name__"] = "program"
        self.run_text(self.source)

    def run_text(self, text: str) -> None:
        """Runs statements; the functions that they define are native if this execution is."""
        code = compile(text, "<program>", "exec")
        for item in code_tree(code) if self.jitted else ():
            if item is not code:
                assert justjit.compile(function_of(item)), justjit.stats(function_of(item))
        exec(code, self.namespace)
        for function in self.functions() if self.jitted else ():
            justjit.compile(function)

    def functions(self) -> list[types.FunctionType]:
        """Those that the program has made, methods and the functions of properties among them."""
        values = list(self.namespace.values())
        for value in self.namespace.values():
            if isinstance(value, type) and value.__module__ == "program":
                values += [getattr(member, "fget", member) for member in vars(value).values()]
        return [v for v in values if isinstance(v, types.FunctionType) and v.__code__.co_filename == "<program>"]

    def do(self, step: Any) -> Any:
        """What one step shows."""
        self.log.clear()
        try:
            if isinstance(step, str):
                return self.run_text(step)
            name, *arguments = step
            result = shown(self.namespace[name](*arguments))
        except Exception as error:  # noqa: BLE001 - every outcome is compared
            lines = [(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)[1:]]
            result = type(error).__name__, without_addresses(str(error)), lines
        return result, [shown(entry) for entry in self.log], sys.exc_info()[0]

    def broken(self) -> list[str]:
        """Functions that the tier's own checks have refused."""
        reasons = [str(justjit.stats(function)["not_optimised"]) for function in self.functions()]
        return [reason for reason in reasons if "internal error" in reason]


@garbage_kept()
def differences(writer: Any, seed: int) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ~ of a bool, "is" with a literal
        plain, jitted = Program(writer, seed, jitted=False), Program(writer, seed, jitted=True)
        different = []
        for number, step in enumerate(plain.steps):
            expected, got = plain.do(step), jitted.do(step)
            if expected != got:
                different.append(f"seed {seed}, step {number}, {step}:\n  expected {expected}\n  got      {got}")
    return different + [f"seed {seed}: {why}" for why in jitted.broken()]


def main(writer: Any, first: int, last: int | None = None, stress: int = 0) -> None:
    """Tries seeds; of a single one, prints the program."""
    if last is None:
        print(Program(writer, first, jitted=False).source)
    _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=stress)
    for seed in range(first, first + 1 if last is None else last):
        if different := differences(writer, seed):
            print("\n".join(different[:2]), flush=True)

"""Repeats every test of some of CPython's test files with everything jitted and looks whether memory stays flat.

    python tools/leakcheck.py [--optimised] [--stress SEED] [test_name ...]

Each test runs 3 times and then 5 times more; over the last three, allocated blocks, the objects of each type, live code
objects and the bytes of native code must not grow. What grows is repeated; what then grows with every single run, and does
not without the JIT (each file runs in a second process for that), is a leak. Prints a line per file and one per leak.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import doctest
import gc
import importlib
import io
import json
import os
import subprocess
import sys
import unittest
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from cpython_tests import jit_environment

DEFAULT = "test_generators test_coroutines test_asyncgen test_exceptions test_contextlib".split()
WARM_UP, MEASURED, LAST = 3, 5, 3
ROUNDS = 10  # more of them for what seems to grow: caches fill slowly


def cases(suite: Any) -> Iterator[unittest.TestCase]:
    """The single tests of a suite."""
    if isinstance(suite, unittest.TestSuite):
        for part in suite:
            yield from cases(part)
    else:
        yield suite


class Kept(unittest.TestSuite):
    """Can run more than once."""

    def _removeTestAtIndex(self, index: int) -> None:
        pass


def run_once(test: unittest.TestCase, globs: dict[str, Any] | None) -> None:
    """Runs a test with what its class sets up; `globs` is what a doctest starts from, as running it clears that."""
    if globs is not None:
        test._dt_test.globs.clear()  # type: ignore[attr-defined]
        test._dt_test.globs.update(globs)  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        Kept([test]).run(unittest.TestResult())


class Counts:
    """What there is after each of some runs. Its own memory stays the same from the second measurement on."""

    def __init__(self, native: Callable[[], dict[str, Any]] | None) -> None:
        self.native = native
        self.values: dict[str, array.array[int]] = {}  # the runs, the most that the last round ended with, suspected

    def measure(self, run: int) -> None:
        for _ in range(3):
            gc.collect()
        for values in self.values.values():
            values[run] = 0
        for thing in gc.get_objects():
            self.add(type(thing).__name__, run, 1)
        totals = self.native() if self.native else {}
        self.add("code objects", run, totals.get("code_objects", 0))
        self.add("code bytes", run, totals.get("code_bytes", 0))
        del totals
        self.add("blocks", run, sys.getallocatedblocks())

    def add(self, key: str, run: int, number: int) -> None:
        if key not in self.values:
            self.values[key] = array.array("q", [0] * (MEASURED + 2))
        self.values[key][run] += number

    def any_suspect(self, first: bool) -> bool:
        """Whether something has grown in the last runs of the first round, and since then with every single run."""
        found = False
        for values in self.values.values():
            last = values[MEASURED - LAST : MEASURED]
            if first:
                values[-1] = last[-1] > last[0]
            elif values[-1]:
                values[-1] = values[-2] < last[0] and all(a < b for a, b in zip(last, last[1:]))
            values[-2] = max(last)
            found = found or values[-1] != 0
        return found

    def suspects(self) -> dict[str, list[int]]:
        return {key: values[MEASURED - LAST : MEASURED].tolist() for key, values in self.values.items() if values[-1]}


def check(test: unittest.TestCase, counts: Counts) -> dict[str, list[int]]:
    """What grows with every repetition of a test."""
    globs = dict(test._dt_test.globs) if isinstance(test, doctest.DocTestCase) else None
    for _ in range(WARM_UP):
        run_once(test, globs)
    for number in range(ROUNDS):
        for run in range(MEASURED):
            run_once(test, globs)
            counts.measure(run)
        if not counts.any_suspect(number == 0):
            break
    return counts.suspects()


def check_file(name: str) -> None:
    """In a process of its own: prints what grows, as JSON."""
    native = None
    if "JUSTJIT_ENABLE" in os.environ:
        import justjit

        native = justjit.stats
    module = importlib.import_module("test." + name)
    warnings.simplefilter("ignore")
    tests = list(cases(unittest.defaultTestLoader.loadTestsFromModule(module)))
    counts = Counts(native)
    grown = {test.id(): found for test in tests if (found := check(test, counts))}
    totals = native() if native else {}
    print(json.dumps({"tests": len(tests), "grown": grown, "calls": totals.get("native_calls", 0)}))


def run(name: str, jit: dict[str, str] | None) -> Any:
    """What check_file prints, without the JIT or with this environment for it."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("JUSTJIT_")}
    env |= jit if jit else {"JUSTJIT_DISABLE": "1"}
    command = [sys.executable, __file__, "--file", name]
    process = subprocess.run(command, env=env | {"PYTHONHASHSEED": "0"}, stdout=subprocess.PIPE, text=True)
    try:
        return json.loads(process.stdout.splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return {"tests": 0, "calls": 0, "grown": {"the file": {"exit status": [process.returncode]}}}


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tests", nargs="*", default=DEFAULT, help=f"test files (default: {' '.join(DEFAULT)})")
    parser.add_argument("--optimised", action="store_true", help="the optimising tier at once (threshold 1)")
    parser.add_argument("--stress", type=int, default=0, help="the same, with guards that fail at random (seed)")
    parser.add_argument("--file", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.file:
        check_file(args.file)
        return 0
    print(
        f"CPython {sys.version.split()[0]}\n{'file':24} {'tests':>6} {'grow':>5} {'also without':>12} {'native calls':>13}"
    )
    leaks = 0
    for name in args.tests:
        # Without --optimised there is one tier: code that gets hot would be compiled at any time.
        jitted = run(name, {"JUSTJIT_TIER": "1"} | jit_environment(args.optimised, args.stress))
        plain = run(name, None)["grown"] if jitted["grown"] else {}
        also = [test for test in jitted["grown"] if test in plain]
        print(f"{name:24} {jitted['tests']:6} {len(jitted['grown']):5} {len(also):12} {jitted['calls']:13}", flush=True)
        for test, found in jitted["grown"].items():
            new = {key: values for key, values in found.items() if key not in plain.get(test, {})}
            leaks += bool(new)
            for key, values in new.items():
                print(f"    {test}: {key} {' '.join(map(str, values))}", flush=True)
    print(f"{leaks} leaks")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs files of CPython's own test suite with everything jitted and compares every test with a run without the JIT.

    python tools/cpython_tests.py [--jobs N] [--timeout S] [--json OUT] [--optimised] [--stress SEED] [test_name ...]

Each file runs twice in its own process, once with JUSTJIT_DISABLE=1 and once with JUSTJIT_ENABLE=0. The outcome of every
single test is compared. A file that differs runs twice more; what differs in most runs, and any crash or hang, is an
error unless tests/cpython/expected.txt lists it with a reason; the rest is printed as not confirmed. Printed per file:
tests, differences, calls of plain functions, those made while a tracer or a monitoring tool watched (the interpreter runs
them, so that the tool sees all), and of the others the share that started and that ended natively.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXPECTED = ROOT / "tests" / "cpython" / "expected.txt"

DEFAULT = """
test_grammar test_syntax test_exceptions test_scope test_patma test_fstring test_unpack test_unpack_ex test_extcall
test_keywordonlyarg test_positional_only_arg test_listcomps test_dictcomps test_setcomps test_named_expressions test_with
test_contextlib test_descr test_super test_class test_property test_metaclass test_dataclasses test_enum test_int
test_long test_float test_complex test_bool test_list test_tuple test_dict test_set test_slice test_range test_iter
test_functools test_collections test_traceback test_frame test_inspect test_sys_settrace test_sys_setprofile
test_monitoring test_threading test_signal test_gc test_weakref test_json test_statistics test_fractions
""".split()

# "test_x (test.test_mod.Class.test_x) ... ok", also with a docstring line between name and outcome.
COMMAND = [sys.executable, "-m", "test", "-v"]

# A name begins with a letter: tests print things like "Child (4711)" too, with the number of a process.
RESULT = re.compile(r"^(?P<name>\w+) \((?P<where>[^\W\d][\w.<>]*)\)(?P<rest>.*)$")
OUTCOME = re.compile(
    r"\.\.\. (?P<outcome>ok|FAIL|ERROR|skipped|expected failure|unexpected success)\b|^(?P<late>ok|FAIL|ERROR|skipped .*)$"
)


@dataclass
class Run:
    """Outcome of one test file in one process."""

    code: int
    tests: dict[str, str]
    output: str
    stats: dict[str, float] = field(default_factory=dict)


def parse(output: str) -> dict[str, str]:
    """Test identifier -> outcome, from unittest's verbose output."""
    tests: dict[str, str] = {}
    current = None
    for line in output.splitlines():
        match = RESULT.match(line)
        if match:
            name, where = match["name"], match["where"]
            current = where if where.endswith("." + name) else f"{where}.{name}"
            tests.setdefault(current, "unknown")
        outcome = OUTCOME.search(line)
        if outcome and current:
            tests[current] = (outcome["outcome"] or outcome["late"]).split()[0]
            current = None
    return tests


def jit_environment(optimised: bool, stress: int) -> dict[str, str]:
    """What the runs with the JIT have in their environment: everything is native from its first call on."""
    env = {"JUSTJIT_ENABLE": "0", "JUSTJIT_GIVE_BACK": "0", "JUSTJIT_BACKGROUND": "0", "JUSTJIT_ABORT_ON_FAULT": "1"}
    if optimised or stress:
        env |= {"JUSTJIT_TIER": "2", "JUSTJIT_TIER_THRESHOLD": "1"}
    if stress:
        env["JUSTJIT_DEOPT_STRESS"] = str(stress)
    return env


def run(name: str, jit: dict[str, str] | None, timeout: float) -> Run:
    """Runs one test file, without the JIT or with this environment for it; a hang or a crash is an outcome too."""
    with tempfile.TemporaryDirectory() as folder:
        stats_file = os.path.join(folder, "stats.json")
        env = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT_")}
        if jit:
            env.update(jit, JUSTJIT_STATS=stats_file)
        else:
            env["JUSTJIT_DISABLE"] = "1"
        env["PYTHONHASHSEED"] = "0"
        log = os.path.join(folder, "output.txt")
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [*COMMAND, name],
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                code = -999
                os.killpg(process.pid, signal.SIGKILL)  # with the processes that the tests have started
                process.wait()
        output = pathlib.Path(log).read_bytes().decode("utf-8", "replace")
        if code == -999:
            output += "\n*** timed out\n"
        stats: dict[str, float] = {}
        if os.path.exists(stats_file):
            with open(stats_file) as f:  # one line per process
                for line in f:
                    for key, value in json.loads(line).items():
                        stats[key] = stats.get(key, 0) + value
    return Run(code, parse(output), output, stats)


def expected_differences() -> dict[tuple[str, str], str]:
    """(python version or *, test identifier) -> reason, from the file that CI reads."""
    result = {}
    if EXPECTED.exists():
        for line in EXPECTED.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                version, test, reason = line.split(None, 2)
                result[version, test] = reason
    return result


def share(stats: dict[str, float], part: str) -> float:
    """Percentage of the executed calls of plain functions that `part` counts; without those that a tracer watched."""
    calls = stats.get("calls", 0) - stats.get("traced_calls", 0)
    return 100.0 * stats.get(part, 0) / calls if calls else 0.0


def differing(plain: Run, jitted: Run) -> dict[str, str]:
    """Test -> what changed between the two runs of a file; the file's exit status when only that did."""
    changed = {}
    for test in sorted(set(plain.tests) | set(jitted.tests)):
        before, after = plain.tests.get(test, "missing"), jitted.tests.get(test, "missing")
        if before != after:
            changed[test] = f"{before} -> {after}"
    if jitted.code < 0 or (jitted.code != plain.code and not changed):
        changed["exit status"] = f"{plain.code} -> {jitted.code}"
    return changed


def confirmed(rounds: list[dict[str, str]]) -> dict[str, str]:
    """What most rounds show. Tests that judge by time change their outcome now and then without the JIT, too; a crash
    or a hang counts although it was seen once."""
    times = collections.Counter(test for changed in rounds for test in changed)
    latest = {test: text for changed in rounds for test, text in changed.items()}
    crashed = {"exit status" for changed in rounds if "-> -" in changed.get("exit status", "")}
    return {
        test: text if times[test] == len(rounds) else f"{text} ({times[test]} of {len(rounds)} times)"
        for test, text in latest.items()
        if 2 * times[test] > len(rounds) or test in crashed
    }


def compare(name: str, timeout: float, jit: dict[str, str]) -> dict[str, object]:
    """Runs one file with and without the JIT, twice more where anything unexpected differs; says what differs."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    known = {test: why for (where, test), why in expected_differences().items() if where in (version, "*")}

    def run_both() -> tuple[Run, Run, dict[str, str]]:
        plain = run(name, None, timeout)
        jitted = run(name, jit, timeout * 2)
        return plain, jitted, differing(plain, jitted)

    plain, jitted, changed = run_both()
    excused = [f"{test}: {text} ({known[test]})" for test, text in changed.items() if test in known]
    unexpected = [{test: text for test, text in changed.items() if test not in known}]
    if unexpected[0]:
        for _ in range(2):
            again = run_both()[2]
            unexpected.append({test: text for test, text in again.items() if test not in known})
    changed = confirmed(unexpected)
    differences = [f"{test}: {text}" for test, text in changed.items()]
    if not jitted.stats.get("native_calls") and jitted.code >= 0:
        differences.append("nothing ran natively")
    return {
        "name": name,
        "tests": len(plain.tests),
        "differences": differences,
        "excused": excused,
        "unstable": [f"{test}: {text}" for test, text in unexpected[0].items() if test not in changed],
        "code": jitted.code,
        "started": share(jitted.stats, "native_calls"),
        "ended": share(jitted.stats, "completed"),
        "calls": jitted.stats.get("calls", 0),
        "traced": jitted.stats.get("traced_calls", 0),
        "output": jitted.output[-200_000:] if differences else "",
    }


def test_exists(name: str) -> bool:
    """Whether this Python has the test file (some appear in later versions only)."""
    import test

    base = pathlib.Path(test.__path__[0])
    return (base / f"{name}.py").exists() or (base / name).is_dir()


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tests", nargs="*", help="test files (default: the fixed list)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for the run without the JIT")
    parser.add_argument("--json", help="write everything, outputs included, to this file")
    parser.add_argument("--min-native", type=float, default=0.0, help="fail below this share (%%) of native starts")
    parser.add_argument("--optimised", action="store_true", help="the optimising tier at once (threshold 1)")
    parser.add_argument("--stress", type=int, default=0, help="the same, with guards that fail at random (seed)")
    args = parser.parse_args()
    jit = jit_environment(args.optimised, args.stress)
    names = [n for n in (args.tests or DEFAULT) if test_exists(n)]
    print(f"CPython {sys.version.split()[0]}: {len(names)} files", flush=True)
    print(
        f"{'file':28} {'tests':>6} {'differ':>6} {'excused':>7} {'calls':>10} {'traced':>8} {'start%':>7} {'end%':>7}"
    )
    results = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for result in pool.map(lambda n: compare(n, args.timeout, jit), names):
            results.append(result)
            print(
                f"{result['name']:28} {result['tests']:6} {len(result['differences']):6} {len(result['excused']):7} "
                f"{result['calls']:10.0f} {result['traced']:8.0f} {result['started']:7.1f} {result['ended']:7.1f}",
                flush=True,
            )
            for line in result["differences"]:
                print(f"    {line}", flush=True)
            for line in result["unstable"]:
                print(f"    not confirmed by two more runs: {line}", flush=True)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(results, indent=1))
    bad = [r for r in results if r["differences"] or (r["calls"] > 1000 and r["started"] < args.min_native)]
    print(f"{len(results) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

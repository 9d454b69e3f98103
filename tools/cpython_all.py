"""Runs every file of CPython's own test suite with everything jitted, many files to a process, and compares every test.

    python tools/cpython_all.py --record FILE [--limit S] [--batch N] [--only FILE] [--optimised] [--stress SEED] [name ...]

The files are those that `python -m test --list-tests` names (or `name ...`, or the lines of the file `--only`). A process
runs several of them one after the other, as `python -m test` does, so that the compiler's own start is paid once; where
one crashes or takes too long, the rest goes on in a new process. What takes more than `--limit` seconds without the JIT
is skipped. A file that differs is compared again on its own by `cpython_tests.compare`, which decides. Results are added
to `--record`, one line of JSON for each file; files that it has are not run again. `--table` prints them as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from cpython_tests import Run, compare, differing, expected_differences, jit_environment, parse, share

HEADER = re.compile(r"\[ *(?P<number>\d+)/\d+(?:/\d+)?\] (?P<name>[\w.]+)", re.MULTILINE)
SKIPPED = re.compile(r"^(?:[\w.]+) skipped(?: --)?:? *(?P<reason>.*)$", re.MULTILINE)
TOO_LONG = -999
COMMAND = [sys.executable, "-m", "test", "-v"]


@dataclass
class Batch:
    """Outcome of several files: those that were run, and the totals of the processes that ran them."""

    files: dict[str, Run] = field(default_factory=dict)
    stats: dict[str, float] = field(default_factory=dict)


def same_name(reported: str, listed: str) -> bool:
    """Files of a package of tests are listed with the name of that package and may be reported without it."""
    return reported.removeprefix("test.") == listed.removeprefix("test.")


def sections(output: str, names: list[str]) -> dict[str, str]:
    """The part of the output that belongs to each file that was started."""
    starts: list[tuple[int, str]] = []
    for match in HEADER.finditer(output):
        number = int(match["number"])
        if number == len(starts) + 1 and number <= len(names) and same_name(match["name"], names[number - 1]):
            starts.append((match.end(), names[number - 1]))
    ends = [*(start for start, _ in starts), len(output)][1:]
    return {name: output[start:end] for (start, name), end in zip(starts, ends, strict=True)}


def add_stats(total: dict[str, float], path: pathlib.Path) -> None:
    for line in path.read_text().splitlines() if path.exists() else ():
        for key, value in json.loads(line).items():
            total[key] = total.get(key, 0) + value


def watch(process: subprocess.Popen[bytes], log: pathlib.Path, names: list[str], limit: float) -> int:
    """The exit status of the process, which is killed when one file takes too long."""
    seen, since = 0, time.monotonic()
    while True:
        try:
            return process.wait(1.0)
        except subprocess.TimeoutExpired:
            started = len(sections(log.read_bytes().decode("utf-8", "replace"), names))
            if started != seen:
                seen, since = started, time.monotonic()
            elif time.monotonic() - since > limit:
                os.killpg(process.pid, signal.SIGKILL)  # with the processes that the tests have started
                process.wait()
                return TOO_LONG


def run_once(names: list[str], jit: dict[str, str] | None, limit: float, batch: Batch) -> list[str]:
    """Runs the files in one process; the names of those that it did not come to."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log, stats = pathlib.Path(folder, "output.txt"), pathlib.Path(folder, "stats.json")
        env = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT_")}
        env |= {**jit, "JUSTJIT_STATS": str(stats)} if jit else {"JUSTJIT_DISABLE": "1"}
        env["PYTHONHASHSEED"] = "0"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [*COMMAND, *names],
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = watch(process, log, names, limit)
        parts = sections(log.read_bytes().decode("utf-8", "replace"), names)
        add_stats(batch.stats, stats)
    for name, output in parts.items():
        batch.files[name] = Run(0, parse(output), output)
    done = list(parts) or names[:1]
    if code < 0:  # the last that was started is the one that ended it
        last = batch.files.setdefault(done[-1], Run(code, {}, ""))
        last.code = code
    return names[len(done) :]


def run_files(names: list[str], jit: dict[str, str] | None, limit: float) -> Batch:
    batch = Batch()
    while names:
        names = run_once(names, jit, limit, batch)
    return batch


def skip_reason(plain: Run) -> str:
    """Why the file says nothing about the JIT; empty if it does."""
    if plain.code == TOO_LONG:
        return "takes too long without the JIT"
    if plain.code < 0:
        return f"ends with signal {-plain.code} without the JIT"
    if not plain.tests:
        match = SKIPPED.search(plain.output)
        return match["reason"] or "skipped" if match else "runs no test"
    return ""


def compare_batch(names: list[str], jit: dict[str, str], limit: float) -> list[dict[str, object]]:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    known = {test for where, test in expected_differences() if where in (version, "*")}
    plain = run_files(names, None, limit)
    reasons = {name: skip_reason(plain.files[name]) for name in names}
    jitted = run_files([name for name in names if not reasons[name]], jit, 4 * limit)
    shares = {
        "calls": jitted.stats.get("calls", 0),
        "started": share(jitted.stats, "native_calls"),
        "ended": share(jitted.stats, "completed"),
        "batch": len(jitted.files),
    }
    results: list[dict[str, object]] = []
    for name in names:
        result: dict[str, object] = {"version": version, "name": name, "tests": len(plain.files[name].tests)}
        if reasons[name]:
            results.append({**result, "skipped": reasons[name]})
            continue
        changed = differing(plain.files[name], jitted.files[name])
        excused = sorted(test for test in changed if test in known)
        if set(changed) - known:
            alone = compare(name, 3 * limit, jit)
            result |= {key: alone[key] for key in ("differences", "unstable", "output")}
            result["in batch"] = changed
            excused = alone["excused"]  # type: ignore[assignment]
        results.append({**result, "differences": [], "excused": excused, **shares, **result})
    return results


def every_file() -> list[str]:
    listed = subprocess.run([sys.executable, "-m", "test", "--list-tests"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def records(path: pathlib.Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def print_table(rows: list[dict[str, object]]) -> None:
    """One row for each version, from the records of any number of versions."""
    print("| Python | files run | tests | same | different | listed | skipped | calls | started % | ended % |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for version in sorted({str(row["version"]) for row in rows}, key=lambda v: int(v.split(".")[1])):
        mine = [row for row in rows if row["version"] == version]
        run = [row for row in mine if "skipped" not in row]
        bad = [row for row in run if row["differences"]]
        listed = [row for row in run if row["excused"] and not row["differences"]]
        batches = {(row["calls"], row["started"], row["ended"]) for row in run}
        calls = sum(c for c, _, _ in batches)  # type: ignore[misc]
        started = sum(c * s for c, s, _ in batches) / calls if calls else 0.0  # type: ignore[operator,misc]
        ended = sum(c * e for c, _, e in batches) / calls if calls else 0.0  # type: ignore[operator,misc]
        tests = sum(row["tests"] for row in run)  # type: ignore[misc]
        print(
            f"| {version} | {len(run)} | {tests} | {len(run) - len(bad) - len(listed)} | {len(bad)} | {len(listed)} | "
            f"{len(mine) - len(run)} | {calls:.0f} | {started:.1f} | {ended:.1f} |"
        )


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="test files (default: all)")
    parser.add_argument("--record", type=pathlib.Path, required=True, help="JSON lines, one for each file")
    parser.add_argument("--only", type=pathlib.Path, help="the test files, one on each line")
    parser.add_argument(
        "--limit", type=float, default=180.0, help="seconds for a file without the JIT; four times with"
    )
    parser.add_argument("--batch", type=int, default=12, help="files to a process")
    parser.add_argument("--optimised", action="store_true", help="the optimising tier at once (threshold 1)")
    parser.add_argument("--stress", type=int, default=0, help="the same, with guards that fail at random (seed)")
    parser.add_argument("--table", action="store_true", help="run nothing, print what is recorded")
    args = parser.parse_args()
    if args.table:
        print_table(records(args.record))
        return 0
    have = {row["name"] for row in records(args.record)}
    listed = every_file()
    wanted = args.names or (args.only.read_text().split() if args.only else listed)
    names = [name for name in wanted if name in listed and name not in have]
    jit = jit_environment(args.optimised, args.stress)
    bad = 0
    for first in range(0, len(names), args.batch):
        results = compare_batch(names[first : first + args.batch], jit, args.limit)
        with open(args.record, "a") as out:
            out.writelines(json.dumps(result) + "\n" for result in results)
        for result in results:
            differences = result.get("differences") or []
            bad += bool(differences)
            print(
                f"{result['name']:40} {result['tests']:6}  {result.get('skipped') or differences or 'same'}", flush=True
            )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs every file of CPython's own test suite with everything jitted, many files to a process, and compares every test.

    python tools/cpython_all.py --record FILE [--limit S] [--batch N] [--only FILE] [--plain FOLDER] [--commit NAME]
                                [--ignore TEST] [--optimised] [--stress SEED] [name ...]

The files are those that `python -m test --list-tests` names (or `name ...`, or the lines of the file `--only`). A process
runs several of them one after the other, as `python -m test` does, so that the compiler's own start is paid once; where
one crashes or takes too long, the rest goes on in a new process. What takes more than `--limit` seconds without the JIT
is skipped; with the JIT, a file may take a minute and ten times what it took without (five times all that with the
optimising tier at once). A file that differs is compared again on its own by `cpython_tests.compare`, which decides.
Results are added to `--record`, one line of JSON for each file; files that it has are not run again. `--plain` keeps
what came of the files without the JIT, for the next run. `--table` prints a table of them; `tools/cpython_page.py`
writes the page of the documentation.
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
from dataclasses import asdict, dataclass, field

from cpython_page import records, table
from cpython_tests import COMMAND, Run, compare, differing, expected_differences, jit_environment, parse, share

HEADER = re.compile(r"\[ *(?P<number>\d+)/\d+(?:/\d+)?\] (?P<name>[\w.]+)", re.MULTILINE)
SKIPPED = re.compile(r"^(?:[\w.]+) skipped(?: --)?:? *(?P<reason>.*)$", re.MULTILINE)
TOO_LONG = -999


@dataclass
class Batch:
    """Outcome of several files: those that were run, and the totals of the processes that ran them."""

    files: dict[str, Run] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
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


def watch(process: subprocess.Popen[bytes], log: pathlib.Path, limits: dict[str, float], batch: Batch) -> int:
    """The exit status of the process, which is killed when one file takes too long; notes what each took."""
    names = list(limits)
    last, since = names[0], time.monotonic()
    while True:
        try:
            return process.wait(1.0)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            started = list(sections(log.read_bytes().decode("utf-8", "replace"), names))
            if started and started[-1] != last:
                last, since = started[-1], now
            elif now - since > limits[last]:
                os.killpg(process.pid, signal.SIGKILL)  # with the processes that the tests have started
                process.wait()
                return TOO_LONG
        finally:
            batch.seconds[last] = time.monotonic() - since


def run_once(limits: dict[str, float], jit: dict[str, str] | None, batch: Batch) -> list[str]:
    """Runs the files in one process; the names of those that it did not come to."""
    names = list(limits)
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
            code = watch(process, log, limits, batch)
        parts = sections(log.read_bytes().decode("utf-8", "replace"), names)
        add_stats(batch.stats, stats)
    for name, output in parts.items():
        batch.files[name] = Run(0, parse(output), output)
    done = list(parts) or names[:1]
    if code < 0:  # the last that was started is the one that ended it
        last = batch.files.setdefault(done[-1], Run(code, {}, ""))
        last.code = code
    return names[len(done) :]


def run_files(limits: dict[str, float], jit: dict[str, str] | None) -> Batch:
    """Runs files, none of them longer than its limit, in as few processes as they leave alive."""
    batch = Batch()
    while limits:
        rest = run_once(limits, jit, batch)
        limits = {name: limits[name] for name in rest}
    return batch


def run_plain(names: list[str], limit: float, kept: pathlib.Path | None) -> Batch:
    """What comes of the files without the JIT; from `kept` where that has them."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    batch = Batch()
    places = {name: kept / f"{version}.{name}.json" for name in names} if kept else {}
    for name, place in places.items():
        if place.exists():
            stored = json.loads(place.read_text())
            batch.seconds[name] = stored.pop("seconds")
            batch.files[name] = Run(**stored)
    new = run_files({name: limit for name in names if name not in batch.files}, None)
    for name in new.files:
        if name in places and new.files[name].code != TOO_LONG:
            place = places[name]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps({**asdict(new.files[name]), "seconds": new.seconds.get(name, 0.0)}))
    batch.files |= new.files
    batch.seconds |= new.seconds
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


def compare_batch(
    names: list[str], jit: dict[str, str], limit: float, kept: pathlib.Path | None
) -> list[dict[str, object]]:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    known = {test for where, test in expected_differences() if where in (version, "*")}
    plain = run_plain(names, limit, kept)
    reasons = {name: skip_reason(plain.files[name]) for name in names}
    seconds = {name: plain.seconds.get(name, 0.0) for name in names}
    patience = 5 if "JUSTJIT_TIER_THRESHOLD" in jit else 1  # everything is optimised, what runs once, too
    allowed = {name: patience * (60 + 10 * seconds[name]) for name in names}
    jitted = run_files({name: allowed[name] for name in names if not reasons[name]}, jit)
    shares = {
        "calls": jitted.stats.get("calls", 0),
        "started": share(jitted.stats, "native_calls"),
        "ended": share(jitted.stats, "completed"),
        "batch": len(jitted.files),
    }
    results: list[dict[str, object]] = []
    for name in names:
        result: dict[str, object] = {"version": version, "name": name, "tests": len(plain.files[name].tests)}
        result["seconds"] = [round(batch.seconds.get(name, 0.0), 1) for batch in (plain, jitted)]
        if reasons[name]:
            results.append({**result, "skipped": reasons[name]})
            continue
        changed = differing(plain.files[name], jitted.files[name])
        excused = sorted(test for test in changed if test in known)
        if set(changed) - known:
            alone = compare(name, allowed[name] / 2, jit)
            result |= {key: alone[key] for key in ("differences", "unstable", "output")}
            result["in batch"] = changed
            excused = alone["excused"]  # type: ignore[assignment]
        results.append({**result, "differences": [], "excused": excused, **shares, **result})
    return results


def every_file() -> list[str]:
    listed = subprocess.run([sys.executable, "-m", "test", "--list-tests"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="test files (default: all)")
    parser.add_argument("--record", type=pathlib.Path, required=True, help="JSON lines, one for each file")
    parser.add_argument("--only", type=pathlib.Path, help="the test files, one on each line")
    parser.add_argument("--limit", type=float, default=180.0, help="seconds for a file without the JIT")
    parser.add_argument("--batch", type=int, default=12, help="files to a process")
    parser.add_argument("--plain", type=pathlib.Path, help="folder that keeps the outcomes without the JIT")
    parser.add_argument("--commit", default="", help="what the records name as the code that ran")
    parser.add_argument(
        "--ignore", action="append", default=[], help="tests (a pattern) that hang without the JIT, too"
    )
    parser.add_argument("--optimised", action="store_true", help="the optimising tier at once (threshold 1)")
    parser.add_argument("--stress", type=int, default=0, help="the same, with guards that fail at random (seed)")
    parser.add_argument("--table", action="store_true", help="run nothing, print what is recorded")
    args = parser.parse_args()
    if args.table:
        print("\n".join(table(records(args.record))))
        return 0
    for pattern in args.ignore:
        COMMAND.extend(("-i", pattern))
    have = {row["name"] for row in records(args.record)}
    listed = every_file()
    wanted = args.names or (args.only.read_text().split() if args.only else listed)
    names = [name for name in wanted if name in listed and name not in have]
    jit = jit_environment(args.optimised, args.stress)
    mode = f"--stress {args.stress}" if args.stress else "--optimised" if args.optimised else ""
    common = {"commit": args.commit, "mode": mode, "suite": len(listed), "ignored": args.ignore}
    kept = None if args.ignore else args.plain
    bad = 0
    for first in range(0, len(names), args.batch):
        results = compare_batch(names[first : first + args.batch], jit, args.limit, kept)
        with open(args.record, "a") as out:
            out.writelines(json.dumps(result | common) + "\n" for result in results)
        for result in results:
            differences = result.get("differences") or []
            bad += bool(differences)
            print(
                f"{result['name']:40} {result['tests']:6}  {result.get('skipped') or differences or 'same'}", flush=True
            )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""The main job: pure-Python standard-library code over the standard library's own sources, interpreted and jitted.

Four processes of the interpreter that runs this take part: two interpret, one runs with justjit.enable(threshold=0),
one counts calls. The first three run each work in turns (min of several CPU times) and digest its result; what the two
that interpret differ by is the column "itself". The share of native calls is what justjit counted over what
sys.setprofile counted, of plain functions: resumes of generators look like calls to the profiler. With several runs,
works are named that were slower than interpreted in all of them, and by more than the interpreter differs from itself.
Exits non-zero on any difference.

usage: stdlib_job.py [--turns N] [--runs N] [--only TEXT]
"""

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import time

import stdlib_works

BURST = 0.06  # seconds of interpreter time in one measured turn
MOST_SETTLING = 20  # turns before, until the compiler, whose thread's time counts, has had nothing to do in two of them


# -- a child process: commands in on stdin, one JSON answer each on stdout


def digest(value):
    return hashlib.sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()


def timed(work, sources, count, native_calls):
    """CPU seconds and native calls of one run (mean of `count`), and the digest of the last result."""
    read_before = native_calls()
    calls_before = native_calls()  # reading makes calls of its own: the same number every time
    begin = time.process_time()
    for _ in range(count):
        result = work(sources)
    seconds = time.process_time() - begin
    calls = native_calls() - calls_before - (calls_before - read_before)
    return {"seconds": seconds / count, "native": calls / count, "digest": digest(result)}


def count_calls(work, sources):
    """Calls of plain functions (not of generators, coroutines, class bodies or modules) during one run."""
    optimized, suspends = 0x1, 0x20 | 0x80 | 0x100 | 0x200
    calls = 0

    def profile(frame, event, _):
        nonlocal calls
        if event == "call" and frame.f_code.co_flags & optimized and not frame.f_code.co_flags & suspends:
            calls += 1

    sys.setprofile(profile)
    try:
        work(sources)
    finally:
        sys.setprofile(None)
    return calls


def child(kind):
    answers = os.fdopen(os.dup(1), "w")
    stdlib_works.block_accelerators()
    sources = stdlib_works.read_sources()

    def totals_now():
        return justjit.stats() if kind == "jit" else {"native_calls": 0, "native_generators": 0, "compile_ms": 0}

    def native_calls():
        totals = totals_now()
        return totals["native_calls"] - totals["native_generators"]

    if kind == "jit":
        import justjit

        justjit.enable(threshold=0)
    for line in sys.stdin:
        command = json.loads(line)
        work = stdlib_works.WORKS[command["work"]]
        if kind == "count":
            work(sources)
            answer = {"calls": count_calls(work, sources)}
        else:
            answer = timed(work, sources, command["count"], native_calls)
            answer["compile_ms"] = totals_now()["compile_ms"]
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    if kind == "jit":
        totals = {k: v for k, v in justjit.stats().items() if isinstance(v, (int, float, str))}
        answers.write(json.dumps(totals) + "\n")
        answers.flush()


# -- the parent


class Child:
    def __init__(self, kind):
        environment = dict(os.environ, PYTHONHASHSEED="0")
        environment.pop("JUSTJIT_ENABLE", None)
        environment.pop("JUSTJIT_DISABLE", None)
        self.kind = kind
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--child", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the {self.kind} process ended early (exit status {self.process.wait()})")
        return json.loads(line)

    def ask(self, work, count=1):
        self.process.stdin.write(json.dumps({"work": work, "count": count}) + "\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        totals = self.read() if self.kind == "jit" else {}
        if self.process.wait():
            raise SystemExit(f"the {self.kind} process failed at its end (exit status {self.process.returncode})")
        return totals


def measure(work, processes, counter, turns):
    """One row of the table; `processes` are two that interpret and the one that is jitted."""
    calls = counter.ask(work)["calls"]
    answers = [process.ask(work) for _ in range(2) for process in processes]  # warm-up; the JIT compiles here
    count = max(1, math.ceil(BURST / max(answers[3]["seconds"], 1e-6)))
    quiet = 0
    for _ in range(MOST_SETTLING):
        before = answers[-1]["compile_ms"]
        answers += [process.ask(work, count) for process in processes]
        quiet = quiet + 1 if answers[-1]["compile_ms"] == before else 0
        if quiet == 2:
            break
    collected = [[] for _ in processes]
    for turn in range(turns):
        for step in range(len(processes)):
            k = (turn + step) % len(processes)
            collected[k].append(processes[k].ask(work, count))
    answers += sum(collected, [])
    plain, again, jitted = (min(a["seconds"] for a in turns_of) for turns_of in collected)
    return {
        "work": work,
        "plain": plain,
        "jitted": jitted,
        "ratio": plain / jitted,
        "itself": plain / again,
        "share": collected[2][-1]["native"] / calls if calls else 0.0,
        "identical": len({a["digest"] for a in answers}) == 1,
    }


def run(options):
    """One table; its rows."""
    version = "%d.%d.%d" % sys.version_info[:3]
    print(f"\nCPython {version}: the standard library's pure-Python code over its own sources")
    print(f"{'work':18} {'interpreted':>12} {'jitted':>12} {'ratio':>7} {'itself':>7} {'native calls':>13}  identical")
    processes, counter = [Child("interpreter"), Child("interpreter"), Child("jit")], Child("count")
    rows = []
    for work in stdlib_works.WORKS:
        if options.only not in work:
            continue
        row = measure(work, processes, counter, options.turns)
        rows.append(row)
        print(
            f"{work:18} {row['plain'] * 1e3:9.2f} ms {row['jitted'] * 1e3:9.2f} ms {row['ratio']:7.2f} "
            f"{row['itself']:7.2f} {row['share']:13.1%}  {'yes' if row['identical'] else 'NO'}",
            flush=True,
        )
    totals = [process.close() for process in (*processes, counter)][2]
    mean = math.exp(sum(math.log(r["ratio"]) for r in rows) / len(rows)) if rows else 0
    print(f"{'geometric mean':18} {'':12} {'':12} {mean:7.2f}")
    print(", ".join(f"{name} {value:g}" for name, value in totals.items() if isinstance(value, (int, float))))
    return rows


def lost(rows):
    """Whether rows of one work, from several runs, show a loss that is not the interpreter's own spread."""
    least = min(min(row["itself"], 1 / row["itself"]) for row in rows)
    return all(row["ratio"] < least for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", default="", help="works whose name contains this")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child)
    tables = [run(options) for _ in range(options.runs)]
    if options.runs > 1:
        losers = [rows[0]["work"] for rows in zip(*tables) if lost(rows)]
        print(f"slower in all {options.runs} runs, beyond the spread:", ", ".join(losers) or "none")
    different = sum(not row["identical"] for rows in tables for row in rows)
    if different:
        sys.exit(f"{different} of {sum(map(len, tables))} works gave different results")
    return None


if __name__ == "__main__":
    main()

"""Benchmarks: every kernel on every Python that is set up, jitted against the same interpreter.

Three processes per kernel are alive together: the interpreter, the interpreter again, the JIT. They take measured turns
one after another in changing order, pinned to the same CPU, so that a slow spell of the machine hits all of them; the
figure kept is the least CPU time. The second interpreter shows the noise: its ratio to the first would be 1.00.

usage: bench.py [--python 3.13,...] [--kernels FOLDER] [--kernel REGEX] [--turns 6] [--rounds 1] [--json FILE]
"""

import argparse
import ast
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tools"))

import turns  # noqa: E402
from environments import environments  # noqa: E402
from turns import geometric_mean  # noqa: E402

PLAIN_GROUPS = ("call", "int", "float", "object")  # kernels that are plain functions
WARM_SECONDS = 0.25


def meta_of(path):
    """The kernel's META = dict(...) line, read without running the kernel."""
    with open(path) as f:
        line = re.search(r"^META = (dict\(.*\))$", f.read(), re.M)[1]
    return {k.arg: ast.literal_eval(k.value) for k in ast.parse(line, mode="eval").body.keywords}


class Worker(turns.Worker):
    """A kernel, plain or jitted."""

    def __init__(self, python, path, kind, tier):
        command = [python, os.path.join(HERE, "worker.py"), path, kind, str(WARM_SECONDS)]
        super().__init__(command, turns.clean_environment(JUSTJIT_BACKGROUND="0", JUSTJIT_TIER=str(tier)))
        self.record = None
        self.wait_until_ready()

    def finish(self):
        if self.alive:
            self.say("stop")
            self.record = json.loads(self.answer())
        self.end()


def measure(python, path, options):
    """One round of one kernel: (interpreter, interpreter again, jit) as finished workers."""
    workers = [Worker(python, path, kind, options.tier) for kind in ("plain", "plain", "jit")]
    turns.take_turns(workers, options.turns)
    for worker in workers:
        worker.finish()
    return workers


def bench_kernel(python, path, options):
    rounds = [measure(python, path, options) for _ in range(options.rounds)]
    plain, again, jit = (min(r[i].best for r in rounds) for i in range(3))
    records = [r[2].record for r in rounds]
    if not all(records) or not all(r["right"] for r in records):
        return {"status": "crash" if not all(records) else "WRONG RESULT", "plain": plain}
    record = records[-1]
    status = "ok" if record["compiled"] == record["functions"] else "not compiled"
    return {"status": status, "plain": plain, "ratio": plain / jit, "noise": plain / again, **record}


def bench_python(key, python, options):
    print(f"\nCPython {key}: ratio to the same interpreter (more is faster); noise = interpreter against itself")
    print(f"{'kernel':18} {'interpreter':>12} {'ratio':>7} {'noise':>7} {'compile':>11} {'code':>10}")
    results = {}
    for path in sorted(glob.glob(os.path.join(options.kernels, "*.py"))):
        name = os.path.basename(path)[:-3]
        if not re.search(options.kernel, name):
            continue
        row = bench_kernel(python, path, options)
        row["group"] = meta_of(path)["group"]
        results[name] = row
        if "ratio" in row:
            print(
                f"{name:18} {row['plain'] * 1e3:9.2f} ms {row['ratio']:7.2f} {row['noise']:7.2f} "
                f"{row['compile_ms']:8.2f} ms {row['code_bytes']:8} B  {'' if row['status'] == 'ok' else row['status']}",
                flush=True,
            )
        else:
            print(f"{name:18} {row['plain'] * 1e3:9.2f} ms  {row['status']}", flush=True)
    for group in (*PLAIN_GROUPS, "generator"):
        rows = [r for r in results.values() if r["group"] == group and "ratio" in r]
        if rows:
            mean, noise = (geometric_mean(r[k] for r in rows) for k in ("ratio", "noise"))
            print(f"geomean {group:10} {'':12} {mean:7.2f} {noise:7.2f}")
    plain = [r for r in results.values() if r["group"] in PLAIN_GROUPS and "ratio" in r]
    if plain:
        mean, noise = (geometric_mean(r[k] for r in plain) for k in ("ratio", "noise"))
        worst = min(plain, key=lambda r: r["ratio"])["ratio"]
        print(f"geomean plain functions {'':6} {mean:7.2f} {noise:7.2f}   least {worst:.2f}")
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="", help="comma-separated keys of .venv/")
    parser.add_argument("--kernels", default=os.path.join(HERE, "kernels"), help="another folder of such files")
    parser.add_argument("--kernel", default="")
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tier", type=int, choices=(1, 2), default=2, help="the highest tier; 1: baseline code alone")
    parser.add_argument("--json")
    options = parser.parse_args()
    chosen = options.python.split(",") if options.python else None
    results = {}
    for key, python in environments():
        if chosen is None or key in chosen:
            results[key] = bench_python(key, python, options)
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f, indent=1)
    bad = [
        f"{n} on {k}"
        for k, rows in results.items()
        for n, r in rows.items()
        if r["status"] in ("crash", "WRONG RESULT")
    ]
    if bad:
        sys.exit("failed: " + ", ".join(bad))


if __name__ == "__main__":
    main()

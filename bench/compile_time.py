"""Compile time: CPU microseconds per bytecode from tiny functions to large ones, the fixed cost, the first compile.

Each size is compiled often, every time as a code object of its own, which differs from the others in a constant (equal
ones would share their machine code), in a process of its own; the least CPU time counts.
The straight line through the sizes up to 100 bytecodes gives the fixed cost of a function.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))

from environments import environments  # noqa: E402

SIZES = (2, 10, 30, 100, 300, 1000)  # bytecodes that are aimed at

WORKER = """
import json, sys, time
import justjit
LINES = ["c = a + b", "if a > b:\\n        c = a * b", "c = a[b]", "c = f(a, b)", "a.x = b", "c = [a, b]"]
def make(lines, number):
    names = {}
    body = "".join("    " + LINES[i % 6] + "\\n" for i in range(lines)) if lines else "    pass\\n"
    exec(f"def f(a, b, c):\\n{body}    return {number + 1000}\\n", names)
    return names["f"]
def compiled(lines, number):
    function = make(lines, number)
    start = time.thread_time_ns()
    native = justjit.compile(function)
    us = (time.thread_time_ns() - start) / 1e3
    record = justjit.stats(function)
    if not native:
        sys.exit(record["fallback_reason"])
    return us, record
print(json.dumps({"first_us": compiled(0, -1)[1]["compile_ms"] * 1e3}))
for size in json.loads(sys.argv[1]):
    lines = 0 if size < 5 else max(1, round(size / 4.9))
    best = None
    for number in range(max(8, 150 - size)):
        us, record = compiled(lines, number)
        best = us if best is None else min(best, us)
    print(json.dumps({"bytecodes": record["bytecodes"], "us": best, "bytes": record["code_bytes"]}))
"""


def run(python):
    """The first compile's microseconds, and one record for each size."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT")}
    environment["JUSTJIT_BACKGROUND"] = "0"
    result = subprocess.run(
        [python, "-c", WORKER, json.dumps(SIZES)], check=True, capture_output=True, text=True, env=environment
    )
    first, *rows = map(json.loads, result.stdout.splitlines())
    return first["first_us"], rows


def line_through(points):
    """Slope and intercept of the least-squares line."""
    n = len(points)
    mean_x, mean_y = (sum(p[k] for p in points) / n for k in (0, 1))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return slope, mean_y - slope * mean_x


def measure(python, rounds=3):
    """Least figures of several processes: (first compile, rows)."""
    all_rounds = [run(python) for _ in range(rounds)]
    rows = [min(column, key=lambda row: row["us"]) for column in zip(*(rows for _, rows in all_rounds))]
    return min(first for first, _ in all_rounds), rows


def main():
    for key, python in environments():
        first, rows = measure(python)
        print(f"CPython {key}: compile time (CPU, least of many)")
        for row in rows:
            each = row["us"] / row["bytecodes"]
            print(f"   {row['bytecodes']:>5} bytecodes: {row['us']:8.0f} us, {each:5.1f} us each, {row['bytes']} bytes")
        slope, fixed = line_through([(r["bytecodes"], r["us"]) for r in rows if r["bytecodes"] <= 120])
        print(
            f"   a function costs {fixed:.0f} us and {slope:.1f} us per bytecode; the first of a process {first:.0f} us"
        )


if __name__ == "__main__":
    main()

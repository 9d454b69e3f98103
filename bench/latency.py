"""What compiling in the background costs the program itself: CPU time of the calling thread, and memory.

Functions of many sizes are called in turns until each has been through both tiers. A call's CPU time, less the least of
the same function's calls once it has settled, is what compiling added to it; of each function the worst call counts.
Memory is what the process grew by while code was made for functions that existed before.
"""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))

from environments import environments  # noqa: E402

WORKER = """
import array, gc, json, os, statistics, sys, time
import justjit
from justjit import _core
LINES = ["c = a + b", "if a > b:\\n            c = a * b", "c = x[1]", "c = abs(a)", "x[0] = c", "b, a = a, b"]
FUNCTIONS, CALLS = 100, 1500
def make(number):
    lines = 1 + number % 40
    body = "".join("        " + LINES[(k + number) % 6] + "\\n" for k in range(lines))
    names = {}
    exec(f"def f(a, b, x):\\n    c = a\\n    for _ in range(4):\\n{body}    return a #{number}\\n", names)
    return names["f"]
def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def run(function, clock=time.thread_time_ns):
    start = clock()
    function(1, 0, [1, 2])
    return clock() - start
def through_both_tiers(first):
    functions = [justjit.jit(make(k)) for k in range(first, first + FUNCTIONS)]
    calls = [array.array("q", bytes(8 * CALLS)) for _ in functions]
    before = resident()
    for k in range(CALLS):
        for function, times in zip(functions, calls):
            times[k] = run(function)
    records = [justjit.stats(function) for function in functions]
    for function, times in zip(functions, calls):
        times.append(min(run(function) for _ in range(9)))
    return calls, records, resident() - before
_core.set_compile_options(tier_threshold=40, everything_pays=True)
gc.disable()
kept = through_both_tiers(0)  # from then on the compiler's own memory grows no more
calls, records, grown = through_both_tiers(FUNCTIONS)
worst = sorted((max(times[:-1]) - times[-1]) / 1e3 for times in calls)
print(json.dumps({
    "median": statistics.median(worst), "p99": worst[int(len(worst) * 0.99)], "most": worst[-1],
    "optimised": sum(r["tier"] == "optimised" for r in records),
    "functions": FUNCTIONS, "code": sum(r["code_bytes"] for r in records) / FUNCTIONS,
    "memory": grown / FUNCTIONS, "bytecodes": sum(r["bytecodes"] for r in records) / FUNCTIONS,
}))
"""


def measure(python):
    """One record of figures: microseconds and bytes."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT")}
    result = subprocess.run([python, "-c", WORKER], check=True, capture_output=True, text=True, env=environment)
    return json.loads(result.stdout)


def main():
    for key, python in environments():
        r = measure(python)
        print(f"CPython {key}: what compiling in the background costs the program")
        print(f"   {r['functions']} functions of {r['bytecodes']:.0f} bytecodes, {r['optimised']} optimised")
        print(
            f"   CPU time added to the calling thread, worst call of each function: median {r['median']:.0f} us,"
            f" 99th percentile {r['p99']:.0f} us, most {r['most']:.0f} us"
        )
        print(f"   memory of a function: {r['memory'] / 1024:.1f} KiB, of it machine code {r['code'] / 1024:.1f} KiB")


if __name__ == "__main__":
    main()

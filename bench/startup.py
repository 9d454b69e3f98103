"""What `import justjit` adds to interpreter start, and the compile latency of a small, a medium and a large function."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))

from environments import environments  # noqa: E402

LATENCY = """
import justjit
for count in (1, 10, 100):
    lines = "".join(f"    if a > b + {i}:\\n        c.append(a * {i})\\n" for i in range(count))
    names = {}
    exec(f"def f(a, b, c):\\n{lines}    return c\\n", names)
    justjit.compile(names["f"])
    s = justjit.stats(names["f"])
    print(s["bytecodes"], s["compile_ms"], s["code_bytes"])
"""


def start_time(python, code, turns):
    best = float("inf")
    for _ in range(turns):
        begin = time.perf_counter()
        subprocess.run([python, "-c", code], check=True)
        best = min(best, time.perf_counter() - begin)
    return best * 1e3


def main():
    for key, python in environments():
        plain, loaded = (start_time(python, code, 20) for code in ("pass", "import justjit"))
        print(f"CPython {key}: start {plain:.1f} ms, with import justjit {loaded:.1f} ms: {loaded - plain:+.1f} ms")
        output = subprocess.run([python, "-c", LATENCY], check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            bytecodes, milliseconds, size = line.split()
            each = float(milliseconds) * 1e3 / max(1, int(bytecodes))
            print(
                f"   {bytecodes:>5} bytecodes: {float(milliseconds):7.2f} ms, {each:5.1f} us each, {size} bytes of code"
            )


if __name__ == "__main__":
    main()

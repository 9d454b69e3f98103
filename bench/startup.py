"""What `import justjit` adds to interpreter start, and the compile latency of a small, a medium and a large function."""

import os
import subprocess
import sys

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


def start_times(python, codes, turns=25):
    """Least CPU milliseconds of `python -c code`, for each code, measured in turns."""
    best = [float("inf")] * len(codes)
    for _ in range(turns):
        for i, code in enumerate(codes):
            process = subprocess.Popen([python, "-c", code])
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            if status:
                sys.exit(f"{python} -c {code!r} failed")
            best[i] = min(best[i], (usage.ru_utime + usage.ru_stime) * 1e3)
    return best


def main():
    for key, python in environments():
        plain, loaded = start_times(python, ["pass", "import justjit"])
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

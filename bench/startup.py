"""What `import justjit` adds to interpreter start."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))

from environments import environments  # noqa: E402


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


if __name__ == "__main__":
    main()

"""Checks that no source file has more than 400 lines (tests 600): a longer one is two files, or a table of rules.

Data tables (*.def) and what is generated are exempt. `KNOWN` lists the files that are over, with the reason.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMITS = {"tests": 600}
LIMIT = 400
KNOWN: dict[str, str] = {}


def main():
    problems = []
    for top in ("src", "python", "tools", "bench", "examples", "tests"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if not name.endswith((".cpp", ".h", ".py", ".pyi")):
                    continue
                path = os.path.join(folder, name)
                relative = os.path.relpath(path, ROOT)
                with open(path, encoding="utf-8") as f:
                    lines = sum(1 for _ in f)
                limit = LIMITS.get(top, LIMIT)
                if lines > limit and relative not in KNOWN:
                    problems.append(f"{relative}: {lines} lines (limit {limit})")
    print("\n".join(problems) if problems else f"sizes: every file within its limit, {len(KNOWN)} known exceptions")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

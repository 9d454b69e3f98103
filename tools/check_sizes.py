"""Checks that no source or test file has more than 400 lines: a longer one is two files, or a table of rules.

Data tables (*.def) and what is generated are exempt.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT = 400


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
                if lines > LIMIT:
                    problems.append(f"{relative}: {lines} lines (limit {LIMIT})")
    print("\n".join(problems) if problems else "sizes: every file within its limit")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

"""Runs jjopt over the .hir files beside this one and compares its output with their CHECK comments.

CHECK: the text occurs on a later line than the match before; CHECK-NEXT: on the next line; CHECK-SAME: further on in
the same line. JJOPT names the executable (default: jjopt on the path).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
JJOPT = os.environ.get("JJOPT", "jjopt")


def run_checks(source, output):
    """Answers what does not match, or None."""
    lines = output.splitlines()
    at, column = -1, 0
    for kind, wanted in re.findall(r"^; (CHECK(?:-NEXT|-SAME)?): (.*)$", source, re.M):
        if kind == "CHECK-SAME":
            found = lines[at].find(wanted, column)
            if found < 0:
                return f"{kind}: {wanted!r} not in {lines[at]!r}"
        else:
            span = range(at + 1, at + 2 if kind == "CHECK-NEXT" else len(lines))
            hit = next((n for n in span if n < len(lines) and wanted in lines[n]), None)
            if hit is None:
                near = "\n".join(lines[max(at, 0) : at + 6])
                return f"{kind}: {wanted!r} not found after:\n{near}"
            at, found = hit, lines[hit].find(wanted)
        column = found + len(wanted)
    return None


@unittest.skipUnless(shutil.which(JJOPT), "jjopt is not built; name it with JJOPT")
class Lowering(unittest.TestCase):
    def test_files(self):
        for path in sorted(HERE.glob("*.hir")):
            with self.subTest(path.name):
                source = path.read_text()
                arguments = re.search(r"^; RUN: (.*)$", source, re.M).group(1).split()
                done = subprocess.run([JJOPT, *arguments, str(path)], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                problem = run_checks(source, done.stdout)
                self.assertIsNone(problem, problem)


if __name__ == "__main__":
    sys.exit(unittest.main())

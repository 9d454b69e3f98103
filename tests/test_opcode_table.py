"""The part of docs/opcodes.md about the running Python is what tools/opcode_table.py makes; it says "no" nowhere, on no patch release."""

import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
TOOL = ROOT / "tools" / "opcode_table.py"


def test_page_is_true():
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT")}
    environment.update(PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    command = [sys.executable, "-W", "ignore", str(TOOL), "--mine"]
    finished = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert finished.returncode == 0, finished.stderr
    total, _, lines = finished.stdout.rstrip("\n").partition("\n")
    page = (ROOT / "docs" / "opcodes.md").read_text()
    assert "**no**" not in finished.stdout, [line for line in lines.split("\n") if "**no**" in line]
    if platform.python_version() in page[:400]:
        assert total in page.split("\n") and lines + "\n" in page, "run tools/opcode_table.py"
    else:
        assert all(opcode in page for opcode in re.findall(r"^\| (\w+) ", lines, re.M))

"""Every case, interpreted against jitted: results, exceptions with tracebacks, output, side effects."""

from __future__ import annotations

import pathlib
import sys

import pytest

from .harness import Module, outcome

CASES = pathlib.Path(__file__).parent / "cases"


def case_files() -> list[pathlib.Path]:
    """Case files whose name does not ask for a newer Python (a trailing 311, 312 ...)."""
    mine = sys.version_info[0] * 100 + sys.version_info[1]
    files = []
    for path in sorted(CASES.glob("*.py")):
        digits = path.stem[-3:]
        if not (digits.isdigit() and int(digits) > mine):
            files.append(path)
    return files


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_same_as_interpreter(path: pathlib.Path) -> None:
    source = path.read_text()
    plain = Module(str(path), source, jitted=False)
    jitted = Module(str(path), source, jitted=True)
    assert plain.cases(), "the file has no cases"
    different = []
    for round_number in range(3):
        for name in plain.cases():
            expected, got = outcome(plain, name), outcome(jitted, name)
            if expected != got:
                different.append(f"{name} (round {round_number}):\n  expected {expected}\n  got      {got}")
    assert not different, "\n".join(different)

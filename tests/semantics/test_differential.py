"""Every case, interpreted against jitted: results, exceptions with tracebacks, output, side effects."""

from __future__ import annotations

import pathlib

import pytest

from .executed import all_variants, case_files
from .harness import MODULE_BODY, Module, outcome


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_same_as_interpreter(path: pathlib.Path) -> None:
    source = path.read_text()
    plain = Module(str(path), source, jitted=False)
    jitted = Module(str(path), source, jitted=True)
    assert plain.cases(), "the file has no cases"
    different = []
    for round_number in range(3):
        for name in [*plain.cases(), MODULE_BODY]:
            expected, got = outcome(plain, name), outcome(jitted, name)
            if expected != got:
                different.append(f"{name} (round {round_number}):\n  expected {expected}\n  got      {got}")
    assert not different, "\n".join(different)


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_same_with_faults(path: pathlib.Path) -> None:
    source = path.read_text()
    plain = Module(str(path), source, jitted=False, hooked=True)
    jitted = Module(str(path), source, jitted=True, hooked=True)
    different = []
    for variant in all_variants(plain):
        expected, got = outcome(plain, variant), outcome(jitted, variant)
        if expected != got:
            different.append(f"{variant}:\n  expected {expected}\n  got      {got}")
    assert not different, "\n".join(different[:20])

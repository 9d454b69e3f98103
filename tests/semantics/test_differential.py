"""Every case, interpreted against jitted: results, exceptions with tracebacks, output, side effects."""

from __future__ import annotations

import pathlib

import pytest

from .executed import all_variants, case_files
from .harness import case_differences, fault_differences


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_same_as_interpreter(path: pathlib.Path) -> None:
    different = case_differences(str(path), path.read_text(), 3)
    assert not different, "\n".join(different)


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_same_with_faults(path: pathlib.Path) -> None:
    different = fault_differences(str(path), path.read_text(), all_variants)
    assert not different, "\n".join(different[:20])

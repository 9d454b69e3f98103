"""The cases are complete: every instruction of every function in the case files is executed by a variant of a case."""

from __future__ import annotations

import pathlib

import pytest

from .executed import case_files, unexecuted


@pytest.mark.parametrize("path", case_files(), ids=lambda p: p.stem)
def test_every_instruction_is_executed(path: pathlib.Path) -> None:
    assert unexecuted(path) == []

"""Every case as a generator, a coroutine and an asynchronous generator, and what only those can do: native against interpreted."""

from __future__ import annotations

import pathlib

import pytest
from justjit import _core

from .executed import case_files
from .harness import MODULE_BODY, Module, outcome
from .kinds import FOLDER, OTHER_KINDS, source_of_kind

FILES = [*case_files(), *case_files(FOLDER)]
RANDOM_EXITS = [(-3, 11), (-17, 12)]  # (one exit in so many boundaries, seed)


def differences(path: pathlib.Path, source: str, exits: list[tuple[int, int]]) -> list[str]:
    plain, jitted = Module(str(path), source, jitted=False), Module(str(path), source, jitted=True)
    different = []
    for n, seed in exits:
        for name in [*plain.cases(), MODULE_BODY]:
            expected = outcome(plain, name)
            _core.set_forced_exit(n, seed)
            got = outcome(jitted, name)
            _core.set_forced_exit(0, 0)
            if expected != got:
                different.append(f"{name}, exits {n}:\n  expected {expected}\n  got      {got}")
    return different


@pytest.mark.parametrize("path", case_files(FOLDER), ids=lambda p: p.stem)
def test_as_written(path: pathlib.Path) -> None:
    assert differences(path, path.read_text(), [(0, 0)] * 2) == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_same_as_interpreter(path: pathlib.Path, kind: str) -> None:
    assert differences(path, source_of_kind(path.read_text(), kind), [(0, 0)] * 2) == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_leaving_at_random(path: pathlib.Path, kind: str, switches_compiled_in: None) -> None:
    assert differences(path, source_of_kind(path.read_text(), kind), RANDOM_EXITS) == []

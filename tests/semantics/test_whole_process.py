"""A process that jits everything cannot be told from one that does not: scripts that use what looks into a process.

Each file of scripts/ runs twice in processes of its own. What it prints and how it ends has to be the same; a file named
*.in is what it reads. Debuggers and measuring tools are jitted as well.
"""

from __future__ import annotations

import importlib.util
import pathlib
import sys

import pytest

from .programs import same_process

SCRIPTS = pathlib.Path(__file__).parent / "scripts"
NOT_ALONE = {"coverage_target"}
SINCE = {"monitoring": (3, 12)}


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.py") if path.stem not in NOT_ALONE))
def test_same_process(name: str, tmp_path: pathlib.Path) -> None:
    if sys.version_info < SINCE.get(name, (3, 10)):
        pytest.skip("appeared in a later version")
    if name.startswith("coverage") and not importlib.util.find_spec("coverage"):
        pytest.skip("coverage is not installed")
    typed = SCRIPTS / f"{name}.in"
    out = same_process(SCRIPTS / f"{name}.py", typed.read_text() if typed.exists() else "", tmp_path, timeout=120)
    assert len(out.splitlines()) > 3

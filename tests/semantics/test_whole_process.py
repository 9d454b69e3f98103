"""A process that jits everything cannot be told from one that does not: scripts that use what looks into a process.

Each file of scripts/ runs twice in processes of its own. What it prints and how it ends has to be the same; a file named
*.in is what it reads. Debuggers and measuring tools are jitted as well.
"""

from __future__ import annotations

import importlib.util
import pathlib
import sys

import pytest

from .programs import run_program, same_output, same_process

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
    out = same_process(SCRIPTS / f"{name}.py", typed.read_text() if typed.exists() else "", tmp_path, timeout=300)
    assert len(out.splitlines()) > 3


def test_frames_that_somebody_else_evaluates() -> None:
    """PEP 523: what another tool has set to evaluate frames sees every call, native code or not."""
    internals = pytest.importorskip("_testinternalcapi")
    if not hasattr(internals, "set_eval_frame_record"):
        pytest.skip("nothing to set it with")
    output = same_output("""
        import _testinternalcapi
        @jit
        def leaf(x): return x + 1
        @jit
        def numbers(n):
            for i in range(n): yield leaf(i)
        @jit
        def work(n):
            return sum(numbers(n)) + sum([leaf(i) for i in range(n)])
        for _ in range(3):
            names = []
            _testinternalcapi.set_eval_frame_record(names)
            total = work(3)
            _testinternalcapi.set_eval_frame_default()
            print(total, names)
            print(work(3))
    """)
    assert output.count("leaf") >= 18


def test_traced_calls_do_not_search_for_functions() -> None:
    """3.10 looks through all objects for functions that only its hook has found, but not because somebody traces."""
    status, output, errors = run_program(
        """
        import sys
        searches = 0
        def audit(event, args):
            global searches
            searches += event == "gc.get_objects"
        sys.addaudithook(audit)
        def leaf(x): return x + 1
        def run(n):
            for i in range(n): leaf(i)
        justjit.enable(threshold=0)
        run(3)
        searches = 0
        sys.settrace(lambda *seen: None)
        run(60_000)
        sys.settrace(None)
        print(searches)
        """,
        jitted=True,
    )
    assert status == 0 and not errors
    assert int(output) <= 1, "for the tracer itself, which is not traced"

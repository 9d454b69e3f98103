"""Shared fixtures: running Python programs with the interpreter under test."""

import os
import subprocess
import sys

import pytest

# Tests count native calls: hot functions stay native, whether or not that pays (test_give_back.py switches it on).
os.environ["JUSTJIT_GIVE_BACK"] = "0"
# And from the first one on: nothing is compiled on a thread of its own (test_background.py switches it on).
os.environ["JUSTJIT_BACKGROUND"] = "0"
# The compiler's own checks end the process that they fail in.
os.environ["JUSTJIT_ABORT_ON_FAULT"] = "1"


class Finished:
    """What a program left behind."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr


@pytest.fixture
def python(tmp_path):
    """python(*arguments, **environment) runs the interpreter in an empty folder and returns a Finished."""

    def run(*arguments, **environment):
        variables = {k: v for k, v in os.environ.items() if not k.startswith(("JUSTJIT", "PYTHON"))}
        variables.update(JUSTJIT_GIVE_BACK="0", JUSTJIT_BACKGROUND="0", JUSTJIT_ABORT_ON_FAULT="1")
        variables.update(environment)
        return Finished(
            subprocess.run(
                [sys.executable, *map(str, arguments)],
                cwd=tmp_path,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
            )
        )

    return run


@pytest.fixture
def switches_compiled_in():
    """Code that is compiled meanwhile can leave at every boundary; afterwards none is forced to."""
    from justjit import _core

    _core.set_compile_options(boundaries=True)
    try:
        yield
    finally:
        _core.set_forced_exit(0, 0)
        _core.set_compile_options(boundaries=False)

"""Helpers for tests that run a whole program in a process of its own, with and without the JIT."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
import textwrap

# A program marks the functions that are to be native with @jit; without the JIT the mark means nothing.
JITTED = "import justjit\ndef jit(f):\n    assert justjit.compile(f), justjit.stats(f)\n    return f\n"
PLAIN = "\ndef jit(f):\n\n    return f\n"  # as many lines


def run_program(source: str, jitted: bool, timeout: float = 60) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    text = (JITTED if jitted else PLAIN) + textwrap.dedent(source)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT_")}
    environment["JUSTJIT_BACKGROUND"] = "0"
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", text],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
    )
    return result.returncode, result.stdout, result.stderr


def same_output(source: str, timeout: float = 60) -> str:
    """Runs the program both ways, wants the same output and a clean end, and returns the output."""
    plain, jitted = run_program(source, False, timeout), run_program(source, True, timeout)
    assert plain[0] == 0, f"the program itself fails:\n{plain[2]}"
    assert jitted[0] == 0, f"exit status {jitted[0]} when jitted:\n{jitted[2]}"
    if jitted[1] != plain[1]:
        difference = difflib.unified_diff(
            plain[1].splitlines(), jitted[1].splitlines(), "interpreted", "jitted", "", "", 3, ""
        )
        raise AssertionError("\n".join(difference))
    return jitted[1]

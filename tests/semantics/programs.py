"""Helpers for tests that run a whole program in a process of its own, with and without the JIT."""

from __future__ import annotations

import difflib
import json
import os
import pathlib
import subprocess
import sys
import textwrap

# A program marks the functions that are to be native with @jit; without the JIT the mark means nothing.
JITTED = "import justjit\ndef jit(f):\n    assert justjit.compile(f), justjit.stats(f)\n    return f\n"
PLAIN = "\ndef jit(f):\n\n    return f\n"  # as many lines


def run_program(source: str, jitted: bool, timeout: float = 180) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    text = (JITTED if jitted else PLAIN) + textwrap.dedent(source)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT_")}
    environment["JUSTJIT_BACKGROUND"] = environment["JUSTJIT_GIVE_BACK"] = "0"  # nothing depends on time
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", text],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
    )
    return result.returncode, result.stdout, result.stderr


def printed_code(source: str, stage: str, function: str, threshold: int) -> str:
    """What the compiler prints of a function at a stage ("hir", "llvm", "asm") while a program runs, in all tiers."""
    settings = {
        "JUSTJIT_DUMP": stage,
        "JUSTJIT_FUNC": function,
        "JUSTJIT_BACKGROUND": "0",
        "JUSTJIT_TIER_THRESHOLD": str(threshold),
    }
    environment = {**os.environ, **settings}
    command = [sys.executable, "-c", source]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr


def check_same(what: str, plain: str, jitted: str) -> None:
    """Fails with the difference."""
    if jitted != plain:
        difference = difflib.unified_diff(
            plain.splitlines(), jitted.splitlines(), "interpreted", "jitted", "", "", 3, ""
        )
        raise AssertionError(what + "\n" + "\n".join(difference))


def same_output(source: str, timeout: float = 180) -> str:
    """Runs the program both ways, wants the same output and a clean end, and returns the output."""
    plain, jitted = run_program(source, False, timeout), run_program(source, True, timeout)
    assert plain[0] == 0, f"the program itself fails:\n{plain[2]}"
    assert jitted[0] == 0, f"exit status {jitted[0]} when jitted:\n{jitted[2]}"
    check_same("output", plain[1], jitted[1])
    return jitted[1]


def run_everything_jitted(script: pathlib.Path, stdin: str, statistics: pathlib.Path | None, timeout: float):
    """Runs a script as it is, or, with a file for statistics, with everything jitted; exit status and both outputs."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUSTJIT_")}
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    environment["PYTHONHASHSEED"] = "0"
    if statistics:
        environment.update(JUSTJIT_ENABLE="0", JUSTJIT_GIVE_BACK="0", JUSTJIT_STATS=str(statistics))
    result = subprocess.run(
        [sys.executable, str(script)], input=stdin, capture_output=True, text=True, timeout=timeout, env=environment
    )
    return result.returncode, result.stdout, result.stderr


def same_process(script: pathlib.Path, stdin: str, scratch: pathlib.Path, timeout: float = 180) -> str:
    """Runs a script as it is and with everything jitted: same end, same output, same errors. Returns the output."""
    statistics = scratch / "statistics"
    plain = run_everything_jitted(script, stdin, None, timeout)
    jitted = run_everything_jitted(script, stdin, statistics, timeout)
    assert plain[0] == 0, f"the script itself fails:\n{plain[2]}"
    assert jitted[0] == 0, f"exit status {jitted[0]} when jitted:\n{jitted[2][-5000:]}"
    check_same("standard output", plain[1], jitted[1])
    check_same("standard error", plain[2], jitted[2])
    native = sum(json.loads(line)["native_calls"] for line in statistics.read_text().splitlines())
    assert native, "nothing ran natively"
    return jitted[1]

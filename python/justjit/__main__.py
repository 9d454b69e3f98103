"""python -m justjit [--threshold N] (script.py | -m module | -c code) args...: runs a program with enable(N).

The program gets a process image of its own (exec), started as plain `python` starts it, so that sys.argv, __main__,
exit status, tracebacks and frames are those of `python script.py`; justjit.pth enables the JIT in it.
"""

from __future__ import annotations

import os
import sys

USAGE = "usage: python -m justjit [--threshold N] (script.py | -m module | -c code) [args...]"
DEFAULT_THRESHOLD = 100


def _stop(message: str) -> None:
    print(f"{USAGE}\npython -m justjit: error: {message}", file=sys.stderr)
    raise SystemExit(2)


def _parse(args: list[str]) -> tuple[int, list[str]]:
    """Returns the threshold and the program's own command line."""
    threshold = DEFAULT_THRESHOLD
    while args:
        head = args[0]
        if head in ("-h", "--help"):
            print(USAGE)
            raise SystemExit(0)
        if head != "--threshold" and not head.startswith("--threshold="):
            break
        _, equals, value = head.partition("=")
        if not equals:
            if len(args) < 2:
                _stop("--threshold needs a number of calls (0 or more)")
            value = args[1]
        if not value.isdecimal():
            _stop(f"--threshold must be a number of calls (0 or more), not {value!r}")
        threshold = int(value)
        args = args[1:] if equals else args[2:]
    if not args:
        _stop("no program given")
    if args[0] in ("-m", "-c") and len(args) < 2:
        _stop(f"{args[0]} needs an argument")
    if args[0].startswith("-") and args[0] not in ("-", "-m", "-c"):
        _stop(f"unknown option {args[0]!r}")
    return threshold, args


def _interpreter_flags() -> list[str]:
    """What stood between `python` and `-m justjit`."""
    given = sys.orig_argv[1 : len(sys.orig_argv) - (len(sys.argv) - 1)]
    if given[-2:] == ["-m", "justjit"]:
        return given[:-2]
    if given and given[-1].endswith("mjustjit"):  # -mjustjit, -Xm...: the module name joined to its option
        joined = given[-1][: -len("mjustjit")]
        return given[:-1] + ([joined] if joined != "-" else [])
    import subprocess

    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return flags


def _check_installed() -> None:
    """Only a justjit.pth in a site folder reaches the new process."""
    import site

    home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    folders = [*site.getsitepackages(), site.getusersitepackages()]
    if sys.flags.no_site or home not in map(os.path.realpath, folders):
        _stop(f"justjit must be installed in a site-packages folder (pip install), not merely importable from {home}")
    if not os.path.exists(os.path.join(home, "justjit.pth")):
        _stop(f"justjit.pth is missing in {home}: reinstall justjit")


def main() -> None:
    threshold, program = _parse(sys.argv[1:])
    _check_installed()
    environment = dict(os.environ)
    environment["JUSTJIT_ENABLE"] = f"once:{threshold}:{os.environ.get('JUSTJIT_ENABLE', '')}"
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *_interpreter_flags(), *program], environment)


main()

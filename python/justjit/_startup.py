"""Run by justjit.pth in every Python process while JUSTJIT_ENABLE is set: enable(threshold=JUSTJIT_ENABLE)."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _start() -> None:
    # Set by `python -m justjit` for the one program that it starts; that program's children do not inherit it.
    once = os.environ.get("JUSTJIT_ENABLE", "")
    if once.startswith("once:"):
        threshold, _, outer = once[5:].partition(":")
        if outer:
            os.environ["JUSTJIT_ENABLE"] = outer
        else:
            del os.environ["JUSTJIT_ENABLE"]
    else:
        threshold = once
    if not threshold:
        return
    import justjit

    if threshold.isdecimal():
        justjit.enable(int(threshold))
        report = os.environ.get("JUSTJIT_STATS")
        if report and justjit._native is not None:
            import atexit

            atexit.register(_write_stats, report, justjit._native.stats)
    else:
        import warnings

        warnings.warn(
            f"justjit: JUSTJIT_ENABLE must be a number of calls (0 or more), not {threshold!r}; nothing is compiled.",
            justjit.JustJITWarning,
            stacklevel=1,
        )


def _write_stats(path: str, statistics: Callable[[], dict[str, object]]) -> None:
    """Appends this process's totals as one line of JSON to `path`: calls, native_calls, completed and so on.

    Nothing is imported for it: the end of a program stays as it is, and nothing may be importable any more. A single
    write keeps processes apart.
    """
    totals = {key: +value for key, value in statistics().items() if isinstance(value, (int, float))}
    line = "{" + ", ".join(f'"{key}": {value}' for key, value in totals.items()) + "}\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(file, line.encode())
    os.close(file)


_start()

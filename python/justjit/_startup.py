"""Run by justjit.pth in every Python process while JUSTJIT_ENABLE is set: enable(threshold=JUSTJIT_ENABLE)."""

import os


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
        if report:
            import atexit

            atexit.register(_write_stats, report)
    else:
        import warnings

        warnings.warn(
            f"justjit: JUSTJIT_ENABLE must be a number of calls (0 or more), not {threshold!r}; nothing is compiled.",
            justjit.JustJITWarning,
            stacklevel=1,
        )


def _write_stats(path: str) -> None:
    """Adds this process's totals to the JSON file `path`: calls, native_calls, completed and so on (JUSTJIT_STATS)."""
    import json

    import justjit

    totals = {key: value for key, value in justjit.stats().items() if isinstance(value, (int, float))}
    if os.path.exists(path):
        with open(path) as f:
            for key, value in json.load(f).items():
                totals[key] = totals.get(key, 0) + value
    with open(path, "w") as f:
        json.dump(totals, f)


_start()

"""Markdown of what `tools/cpython_all.py` has recorded: a table with a row for each version, what differs, what was skipped.

python tools/cpython_page.py RECORD...
"""

from __future__ import annotations

import collections
import json
import pathlib
import re
import sys
from typing import Any

Row = dict[str, Any]
DETAILS = ("<details><summary>{}</summary>", "", "{}", "", "</details>")
SHARES = """`listed`: every test that differs is in `tests/cpython/expected.txt` with the reason. Shares are of the calls of
all kinds of functions; the least of any process, which runs up to 14 files, is in brackets."""


def records(path: pathlib.Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def short(row: Row) -> str:
    return str(row["name"]).removeprefix("test.")


def by_version(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    versions = sorted({row["version"] for row in rows}, key=lambda version: int(version.split(".")[1]))
    return [(version, [row for row in rows if row["version"] == version]) for version in versions]


def ran(rows: list[Row]) -> list[Row]:
    return [row for row in rows if "skipped" not in row]


def shares(rows: list[Row]) -> tuple[float, str, str]:
    """Calls, and the shares that started and that ended natively; files of one process have the same figures."""
    processes = {(row["calls"], row["started"], row["ended"]) for row in ran(rows) if row["calls"]}
    calls = sum(process[0] for process in processes)

    def text(part: int) -> str:
        mean = sum(process[0] * process[part] for process in processes) / calls if calls else 0.0
        return f"{mean:.1f} ({min((process[part] for process in processes), default=0.0):.1f})"

    return calls, text(1), text(2)


def table(rows: list[Row]) -> list[str]:
    lines = [
        "| Python | files of the suite | run | tests | same | listed | different | skipped | not run | calls "
        "| started % (least) | ended % (least) |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for version, mine in by_version(rows):
        run = ran(mine)
        bad = sum(bool(row["differences"]) for row in run)
        listed = sum(bool(row["excused"]) and not row["differences"] for row in run)
        suite = max(row.get("suite", 0) for row in mine)
        calls, started, ended = shares(mine)
        lines.append(
            f"| {version} | {suite} | {len(run)} | {sum(row['tests'] for row in run)} | {len(run) - bad - listed} "
            f"| {listed} | {bad} | {len(mine) - len(run)} | {suite - len(mine)} | {calls / 1e6:.1f} M "
            f"| {started} | {ended} |"
        )
    return lines


def notes(title: str, rows: list[Row], key: str) -> list[str]:
    """A list of the files that have something under that key."""
    found = [f"* {row['version']}, {short(row)}: {'; '.join(row[key])}" for row in ran(rows) if row.get(key)]
    return [title, "", *found, ""] if found else []


def skips(rows: list[Row]) -> list[str]:
    lines = []
    for version, mine in by_version(rows):
        reasons = collections.defaultdict(list)
        for row in mine:
            if "skipped" in row:
                reason = re.sub(r" \(frozen\)| from '[^']*'", "", row["skipped"])  # where this machine has its files
                reasons[reason].append(short(row))
        if reasons:
            each = (f"{', '.join(sorted(names))} ({reason})" for reason, names in sorted(reasons.items()))
            lines.append(f"* {version}: {'; '.join(each)}")
    return lines


def counts(rows: list[Row]) -> list[str]:
    lines = []
    for version, mine in by_version(rows):
        by_commit = collections.defaultdict(list)
        for row in ran(mine):
            by_commit[row.get("commit", "")].append(f"{short(row)} {row['tests']}")
        lines += [f"* {version}, on {commit}: {', '.join(sorted(each))}" for commit, each in by_commit.items()]
    return lines


def page(rows: list[Row]) -> list[str]:
    """Everything that was run in the same way: `rows` have one mode."""
    lines = [*table(rows), "", *SHARES.splitlines(), ""]
    lines += notes("Different:", rows, "differences")
    lines += notes("Differed in one run and not in two more of the file on its own:", rows, "unstable")
    if skipped := skips(rows):
        lines += ["Skipped, because without the JIT there is nothing to compare:", "", *skipped, ""]
    excused = [f"{row['version']} {short(row)}" for row in ran(rows) if row["excused"]]
    if excused:
        lines += [f"Files with listed tests: {', '.join(excused)}.", ""]
    details = "\n".join(counts(rows))
    return [
        *lines,
        *(part.format(details if "{}" == part else "Files and how many tests each has") for part in DETAILS),
        "",
    ]


def main() -> None:
    rows = [row for path in sys.argv[1:] for row in records(pathlib.Path(path))]
    for mode in sorted({row.get("mode", "") for row in rows}):
        print(f"## {mode or 'Everything jitted, as it is by default'}", "", sep="\n")
        print("\n".join(page([row for row in rows if row.get("mode", "") == mode])))


if __name__ == "__main__":
    main()

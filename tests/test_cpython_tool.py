"""The comparison of tools/cpython_tests.py: what it calls a difference."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools"))

import cpython_all
from cpython_all import run_files, run_plain, sections, skip_reason
from cpython_page import page
from cpython_tests import Run, confirmed, differing, parse


def test_every_changed_outcome_is_seen():
    plain = Run(0, {"a": "ok", "b": "skipped", "c": "ok"}, "")
    jitted = Run(2, {"a": "FAIL", "b": "skipped", "d": "ok"}, "")
    assert differing(plain, jitted) == {"a": "ok -> FAIL", "c": "ok -> missing", "d": "missing -> ok"}


def test_exit_status_alone_is_a_difference():
    assert differing(Run(0, {}, ""), Run(1, {}, "")) == {"exit status": "0 -> 1"}
    assert differing(Run(1, {}, ""), Run(1, {}, "")) == {}
    assert differing(Run(1, {"a": "ok"}, ""), Run(-11, {"a": "ERROR"}, ""))["exit status"] == "1 -> -11"


def test_what_a_test_prints_about_processes_is_no_test():
    output = "test_a (test.m.T.test_a) ... Child (4711) left\nChild (4712) left\nok\ntest_b (test.m.T.test_b) ... skipped 'no'"
    assert parse(output) == {"test.m.T.test_a": "ok", "test.m.T.test_b": "skipped"}


def test_what_most_rounds_show_is_confirmed():
    change = {"a": "ok -> FAIL"}
    assert confirmed([{}]) == {}
    assert confirmed([change, {}, {}]) == {}
    assert confirmed([change, {}, change]) == {"a": "ok -> FAIL (2 of 3 times)"}
    assert confirmed([change, change, change]) == change


def test_a_crash_counts_once_seen():
    assert list(confirmed([{"exit status": "0 -> -11"}, {}, {}])) == ["exit status"]
    assert list(confirmed([{"exit status": "0 -> -999"}, {}, {}])) == ["exit status"]
    assert confirmed([{"exit status": "0 -> 1"}, {}, {}]) == {}


OUTPUT = """== CPython
0:00:00 load avg: 1.00 [1/4] test_a
test_one (test.test_a.T.test_one) ... ok
0:00:01 load avg: 1.00 [2/4] test_b
test_b skipped -- not here
0:00:02 load avg: 1.00 [3/4/1] test_asyncio.test_c
test_two (test.test_asyncio.test_c.T.test_two) ... 0:00:02 load avg: 1.00 [1/1] test_x
"""


def test_output_of_several_files_is_told_apart():
    names = ["test_a", "test_b", "test.test_asyncio.test_c", "test_d"]
    parts = sections(OUTPUT, names)
    assert list(parts) == names[:3]
    assert "test_one" in parts["test_a"] and "test_two" in parts["test.test_asyncio.test_c"]
    assert skip_reason(Run(0, {}, parts["test_b"])) == "not here"
    assert skip_reason(Run(0, {"x": "ok"}, "")) == ""
    assert sections("", names) == {}


def stand_in_for_the_suite(monkeypatch, folder, ending):
    """Instead of `python -m test`: says what that would print, and does `ending` in the file b."""
    program = f"""import os, sys, time
for number, name in enumerate(sys.argv[1:], 1):
    print(f"0:00:00 [{{number}}/{{len(sys.argv) - 1}}] {{name}}\\nt (m.{{name}}.t) ... ok", flush=True)
    if name == "b":
        {ending}
"""
    (folder / "stand_in.py").write_text(program)
    monkeypatch.setattr(cpython_all, "COMMAND", [sys.executable, str(folder / "stand_in.py")])


@pytest.mark.parametrize("ending, code", [("os.abort()", -6), ("time.sleep(600)", -999)])
def test_what_ends_a_process_is_blamed_and_the_rest_runs(tmp_path, monkeypatch, ending, code):
    stand_in_for_the_suite(monkeypatch, tmp_path, ending)
    files = run_files({"a": 300.0, "b": 3.0, "c": 300.0}, None).files
    assert {name: run.code for name, run in files.items()} == {"a": 0, "b": code, "c": 0}
    assert files["c"].tests == {"m.c.t": "ok"}


def test_outcomes_without_the_jit_are_kept(tmp_path, monkeypatch):
    stand_in_for_the_suite(monkeypatch, tmp_path, "os.abort()")
    first = run_plain(["a", "b"], 300.0, tmp_path / "kept")
    stand_in_for_the_suite(monkeypatch, tmp_path, "raise SystemExit('runs although it is known')")
    again = run_plain(["b", "a", "c"], 300.0, tmp_path / "kept")
    assert {name: run.code for name, run in again.files.items()} == {"a": 0, "b": -6, "c": 0}
    assert again.files["a"] == first.files["a"] and again.seconds["a"] == first.seconds["a"]


def row(version, name, **more):
    same = {"tests": 3, "differences": [], "excused": [], "calls": 2_000_000, "started": 100.0, "ended": 99.0}
    return {"version": version, "name": name, "suite": 9, "commit": "abc", **same, **more}


def test_page_counts_every_file_once():
    rows = [
        row("3.13", "test_a"),
        row("3.13", "test_b", excused=["t"]),
        row("3.13", "test.test_c", differences=["t: ok -> FAIL"]),
    ]
    rows += [{"version": "3.13", "name": name, "tests": 0, "skipped": "no display"} for name in ("test_d", "test_e")]
    rows += [row("3.9", "test_a", calls=1_000_000, ended=100.0), row("3.9", "test_b")]
    text = "\n".join(page(rows))
    assert "| 3.13 | 9 | 3 | 9 | 1 | 1 | 1 | 2 | 4 | 2.0 M | 100.0 (100.0) | 99.0 (99.0) |" in text
    assert "| 3.9 | 9 | 2 | 6 | 2 | 0 | 0 | 0 | 7 | 3.0 M | 100.0 (100.0) | 99.3 (99.0) |" in text
    assert "* 3.13, test_c: t: ok -> FAIL" in text and "* 3.13: test_d, test_e (no display)" in text
    assert text.index("| 3.9 |") < text.index("| 3.13 |")

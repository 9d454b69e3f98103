"""The comparison of tools/cpython_tests.py: what it calls a difference."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools"))

import cpython_all
from cpython_all import run_files, sections, skip_reason
from cpython_tests import Run, confirmed, differing


def test_every_changed_outcome_is_seen():
    plain = Run(0, {"a": "ok", "b": "skipped", "c": "ok"}, "")
    jitted = Run(2, {"a": "FAIL", "b": "skipped", "d": "ok"}, "")
    assert differing(plain, jitted) == {"a": "ok -> FAIL", "c": "ok -> missing", "d": "missing -> ok"}


def test_exit_status_alone_is_a_difference():
    assert differing(Run(0, {}, ""), Run(1, {}, "")) == {"exit status": "0 -> 1"}
    assert differing(Run(1, {}, ""), Run(1, {}, "")) == {}
    assert differing(Run(1, {"a": "ok"}, ""), Run(-11, {"a": "ERROR"}, ""))["exit status"] == "1 -> -11"


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


@pytest.mark.parametrize("ending, code", [("os.abort()", -6), ("time.sleep(600)", -999)])
def test_what_ends_a_process_is_blamed_and_the_rest_runs(tmp_path, monkeypatch, ending, code):
    stand_in = f"""import os, sys, time
for number, name in enumerate(sys.argv[1:], 1):
    print(f"0:00:00 [{{number}}/{{len(sys.argv) - 1}}] {{name}}\\nt (m.{{name}}.t) ... ok", flush=True)
    if name == "b":
        {ending}
"""
    (tmp_path / "stand_in.py").write_text(stand_in)
    monkeypatch.setattr(cpython_all, "COMMAND", [sys.executable, str(tmp_path / "stand_in.py")])
    files = run_files(["a", "b", "c"], None, 3.0).files
    assert {name: run.code for name, run in files.items()} == {"a": 0, "b": code, "c": 0}
    assert files["c"].tests == {"m.c.t": "ok"}

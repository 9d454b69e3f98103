"""The comparison of tools/cpython_tests.py: what it calls a difference."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools"))

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

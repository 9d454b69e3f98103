"""What a trial of native code finds has to be found round after round before interpreted callers lose it."""

import os

import justjit
import pytest
from justjit import _core

AFTER = 200  # calls before a trial
FAR = 20_000  # nanoseconds that interpreted calls take longer when they are timed


@pytest.fixture(autouse=True)
def trials():
    yield
    _core.set_compile_options(give_back=(0, 0, 0), max_tier=int(os.environ.get("JUSTJIT_TIER", "2")))


def inlining_seems_to_save(nanoseconds):
    _core.set_compile_options(give_back=(AFTER, -FAR, nanoseconds))


def test_one_round_does_not_decide():
    def f(x):
        return x

    def called_by(calls):
        for i in range(calls):
            assert f(i) == i
        return justjit.stats(f)["called_by"]

    inlining_seems_to_save(1000 * FAR)
    assert justjit.compile(f)
    assert called_by(AFTER + 200) == "all", "a round is lost, or two"
    inlining_seems_to_save(0)
    assert called_by(200) == "all", "the next one is not"
    inlining_seems_to_save(1000 * FAR)
    assert called_by(3000) == "all", "which ended the trial"
    assert justjit.stats(f)["native_calls"] > 3000

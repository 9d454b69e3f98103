"""Baseline code that loses is not given back when it is well on its way to be optimised: what is judged is the better code."""

import os
import types

import justjit
import pytest
from justjit import _core, jit

AFTER = 100  # calls or resumes before a trial
FAR = 20_000  # nanoseconds that what is native takes longer


@pytest.fixture(autouse=True)
def native_code_loses():
    _core.set_compile_options(give_back=(AFTER, FAR, 0), background=False, max_tier=2)
    yield
    max_tier = int(os.environ.get("JUSTJIT_TIER", "2"))
    _core.set_compile_options(give_back=(0, 0, 0), background=False, max_tier=max_tier, tier_threshold=0)


@pytest.mark.parametrize("threshold, put_off", [(1000, True), (100_000, False)])
def test_calls(threshold, put_off):
    """So many calls until it is profiled, and then until it is optimised; a trial of baseline code ends after some 300."""
    _core.set_compile_options(tier_threshold=threshold)

    def times(x):
        return x * 3 + 1

    f = jit(types.FunctionType(times.__code__.replace(), {}))
    for i in range(2000):
        assert f(i) == i * 3 + 1
    assert justjit.stats(f)["tier"] == ("optimised" if put_off else "interpreter")
    for i in range(4000):
        assert f(i) == i * 3 + 1
    assert justjit.stats(f)["fallback_reason"].startswith("slower than the interpreter: ")


def test_resumes():
    """A trial of baseline code ends after some 600."""
    _core.set_compile_options(tier_threshold=1500)

    def numbers(n):
        for i in range(n):
            yield i

    f = types.FunctionType(numbers.__code__.replace(), {})
    assert justjit.compile(f)
    for _ in range(40):
        total = 0
        for i in f(500):
            total += i
        assert total == 124750
    assert justjit.stats(f)["tier"] == "optimised"

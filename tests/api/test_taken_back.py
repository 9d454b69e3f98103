"""A function that was given back to the interpreter is native again for callers that are optimised."""

import pytest

import justjit
from justjit import _core

AFTER = 200  # calls before a trial
ENOUGH = 1500  # calls in which a trial comes to its end
FAR = 20_000  # nanoseconds that a call of the losing side takes longer


def lose(f, result):
    """Tries the function with native calls that take longer."""
    _core.set_compile_options(give_back=(AFTER, FAR, 0))
    justjit.compile(f)
    for i in range(ENOUGH):
        assert f(i) == result(i)
    assert not justjit.is_compiled(f)
    _core.set_compile_options(give_back=(0, 0, 0))


@pytest.fixture
def optimised_early():
    yield lambda: _core.set_compile_options(max_tier=2, tier_threshold=1)
    _core.set_compile_options(give_back=(0, 0, 0), tier_threshold=0)


def test_callers_that_are_optimised_take_it_back(optimised_early):
    def f(x):
        return x * 3 + 1

    f.__code__ = f.__code__.replace()
    lose(f, lambda x: 3 * x + 1)
    optimised_early()

    def caller(n):
        total = 0
        for i in range(n):
            total += f(i)
        return total

    justjit.compile(caller)
    for _ in range(12):
        assert caller(100) == 3 * 4950 + 100
    record = justjit.stats(f)
    assert (record["compiled"], record["called_by"]) == (True, "native code")
    assert justjit.stats(caller)["tier"] == "optimised"
    calls = record["native_calls"]
    assert eval("f(5)", {"f": f}) == 16 and justjit.stats(f)["native_calls"] == calls


def test_what_is_not_to_be_optimised_stays_the_interpreters(optimised_early):
    @justjit.jit(opt_level=1)
    def f(x):
        return x + 0

    lose(f, lambda x: x)
    optimised_early()

    def caller(n):
        return [f(i) for i in range(n)][-1]

    justjit.compile(caller)
    for _ in range(12):
        assert caller(100) == 99
    assert not justjit.is_compiled(f) and f(7) == 7

"""What is not worth optimising stays baseline, and says so."""

import os

import justjit
import pytest
from justjit import _core

CALLS = "def f(words):\n    for w in words:\n        a = [*f'{w!r:>20}']\n        b = (*a, *w)\n        c = {'a': [*b], **{}}\n    return sorted({*b}), c\n"
NUMBERS = "def f(values):\n    total = 0\n    for v in values:\n        total = total * 3 + v % 7 - (v >> 2)\n    return total\n"


LITTLE = (
    "def f(values):\n    return sorted(values), tuple(values), frozenset(values), repr(values), str(values.count)\n"
)


def made_hot(source, argument, calls):
    namespace = {}
    exec(source, namespace)
    f = namespace["f"]
    assert justjit.compile(f)
    _core.set_compile_options(max_tier=2)
    expected = f(argument)
    for _ in range(calls):
        assert f(argument) == expected
    return justjit.stats(f)


def test_numbers_are_optimised():
    assert made_hot(NUMBERS, list(range(20)), 70_000)["tier"] == "optimised"


def test_calls_of_the_runtime_are_not():
    record = made_hot(CALLS, ["Banana ", " apple"] * 10, 10)
    assert record["tier"] == "baseline"
    assert record["not_optimised"].startswith("nothing to gain")


def test_little_gain_pays_later():
    """Where most of the work stays the runtime's, code is optimised once even that has paid, and not before."""
    namespace = {}
    exec(LITTLE, namespace)
    f, values = namespace["f"], [3, 1, 2]
    assert justjit.compile(f)
    _core.set_compile_options(max_tier=2)
    refused_at = 0
    for calls in range(1000, 1_000_000, 1000):
        for _ in range(1000):
            f(values)
        record = justjit.stats(f)
        if not refused_at and record["not_optimised"]:
            assert record["tier"] == "baseline"
            assert record["not_optimised"].startswith("little to gain yet")
            refused_at = calls
        if record["tier"] == "optimised":
            break
    assert record["tier"] == "optimised"
    assert refused_at and calls > 1.5 * refused_at


UNTIL_OPTIMISED = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
import justjit
namespace = {}
exec(sys.argv[2], namespace)
f, values, calls = namespace["f"], list(range(20)), 0
assert justjit.compile(f)
while justjit.stats(f)["tier"] != "optimised":
    for _ in range(250):
        f(values)
    calls += 250
print(calls)
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="has one CPU")
def test_a_spare_cpu_optimises_earlier(python):
    """Nobody waits for the compile thread then."""

    def calls(cpus, background):
        finished = python("-c", UNTIL_OPTIMISED, cpus, NUMBERS, JUSTJIT_BACKGROUND=background)
        assert finished.status == 0, finished.err
        return int(finished.out)

    alone = calls(1, "1")
    assert calls(2, "1") < 0.7 * alone
    assert 0.8 * alone < calls(2, "0") < 1.2 * alone

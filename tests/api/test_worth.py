"""What is not worth optimising stays baseline, and says so."""

import justjit
from justjit import _core

CALLS = "def f(words):\n    for w in words:\n        a = [*f'{w!r:>20}']\n        b = (*a, *w)\n        c = {'a': [*b], **{}}\n    return sorted({*b}), c\n"
NUMBERS = "def f(values):\n    total = 0\n    for v in values:\n        total = total * 3 + v % 7 - (v >> 2)\n    return total\n"


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

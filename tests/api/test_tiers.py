"""When code gets better: not before that can pay, not at all where it cannot, and never by way of code that is worse."""

from fractions import Fraction

import justjit
import pytest
from justjit import _core

LOOP = "def f(n, x):\n    total = 0\n    for i in range(n):\n        total += i * x & 7\n{rest}    return total\n"
STRAIGHT = "def f(a, b):\n    c = a * 3 + b\n    if c > a:\n        c = c - b * 2 + a\n    return c * a - b\n"
COLD = "    if total < 0:\n" + "        total = total * 3 - n\n" * 100


def made(source, **values):
    namespace = {}
    exec(source.format(**values), namespace)
    assert justjit.compile(namespace["f"])
    return namespace["f"]


@pytest.fixture(autouse=True)
def tiers():
    _core.set_compile_options(max_tier=2, tier_threshold=0)
    yield
    _core.set_compile_options(max_tier=2, tier_threshold=0, background=False)


def tier(f):
    return justjit.stats(f)["tier"]


def run_loop(f, turns):
    assert f(turns, 3) == sum((0, 3, 6, 1, 4, 7, 2, 5)[i % 8] for i in range(turns))


def test_a_short_loop_is_not_worth_a_compile():
    before = justjit.stats()["compiled"]
    f = made(LOOP, rest="")
    run_loop(f, 200_000)
    assert justjit.stats()["compiled"] == before + 1, "baseline code and nothing else"
    assert not _core.site_profile(f)
    run_loop(f, 4_000_000)
    assert tier(f) == "optimised"


def test_what_takes_long_to_compile_must_be_hotter():
    f = made(LOOP, rest=COLD)
    run_loop(f, 4_000_000)
    assert tier(f) == "baseline" and not _core.site_profile(f)


def test_calls_count_as_what_they_execute():
    f, longer = made(STRAIGHT), made(STRAIGHT.replace("    return", "    c = c * 2 - a\n" * 20 + "    return"))
    for _ in range(40_000):
        f(2, 3)
        longer(2, 3)
    assert tier(f) == tier(longer) == "baseline"
    for _ in range(400_000):
        f(2, 3)
        longer(2, 3)
    assert tier(f) == tier(longer) == "optimised"


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x\n",
        "def f(x):\n    return [*x], (*x, 1), [*x, *x]\n",
    ],
)
def test_what_has_nothing_to_gain_is_not_profiled(source):
    f = made(source)
    assert justjit.stats(f)["not_optimised"].startswith("nothing to gain")


# What follows a loop is not part of it.
AFTER = "    for i in range(n):\n        x += i & 7\n        if x < 0:\n            return x, i\n    return [*x.f(), *x.g(), *x.h()]\n"


@pytest.mark.parametrize("source", [STRAIGHT, LOOP.format(rest=""), "def f(n, x):\n" + AFTER])
def test_what_may_gain_says_nothing(source):
    assert justjit.stats(made(source))["not_optimised"] is None


def kinds(f):
    """Of all the function's native code, what calls enter first. Does not wait for the compile thread, as stats() does."""
    return [kind for kind, _, _ in _core.native_codes(f)]


def keep_compile_thread_busy():
    """Until large code is compiled: for seconds."""
    large = {}
    exec("def g(x):\n" + "    x = (x * 3 + 1) % 1000003\n" * 3000 + "    return x", large)
    return justjit.jit(lazy=False)(large["g"])


def until_profiled(f, *arguments):
    while "profiled" not in kinds(f):
        for _ in range(10):
            f(*arguments)
    assert kinds(f)[0] == "profiled"


def test_while_better_code_is_made_nothing_is_profiled():
    _core.set_compile_options(tier_threshold=50, background=True)
    f = made(STRAIGHT)
    until_profiled(f, 2, 3)
    large = keep_compile_thread_busy()
    for _ in range(200):
        f(2, 3)
    assert kinds(f)[0] == "baseline", "profiled code makes way at once"
    assert justjit.is_compiled(large)
    while tier(f) != "optimised":
        f(2, 3)


def test_a_loop_leaves_profiled_code_while_better_code_is_made():
    turns = 100_000
    _core.set_compile_options(tier_threshold=50, background=True)
    f = made(LOOP, rest="")
    until_profiled(f, 1, 2)
    large = keep_compile_thread_busy()
    run_loop(f, turns)
    (profiled,) = (backedges for kind, _, backedges in _core.native_codes(f) if kind == "profiled")
    assert kinds(f)[0] == "baseline" and profiled < turns / 2, "the rest of the turns were not profiled"
    assert justjit.is_compiled(large)
    while tier(f) != "optimised":
        run_loop(f, turns)


def leave_until_baseline(f, x):
    for _ in range(100):
        assert f(x, 3) == x * ((x * 3 + 3) - 3 * 2 + x) - 3
    return justjit.stats(f)


def test_after_many_exits_code_has_to_earn_it_again():
    f = made(STRAIGHT)
    plain = justjit.stats(f)["code_bytes"]
    while tier(f) != "optimised":
        f(2, 3)
    calls = justjit.stats(f)["native_calls"]
    for x, times in ((2.5, 1), (Fraction(1, 3), 2)):
        record = leave_until_baseline(f, x)
        assert record["tier"] == "baseline" and record["code_bytes"] == plain
        for _ in range(times * calls * 3 // 4):
            f(2, 3)
        assert tier(f) == "baseline", f"{times} times as many calls as the first time"
        assert justjit.stats(f)["not_optimised"] is None
        for _ in range(times * calls // 4 + 1000):
            f(2, 3)
        assert tier(f) == "optimised", "it was tried again"


def test_code_without_loops_is_cheap_to_optimise():
    """In units of what LLVM takes without optimising (opt_level=0), which quick baseline code does without."""
    _core.set_compile_options(tier_threshold=1)
    ratios = []
    for _ in range(12):
        f, namespace = made(STRAIGHT), {}
        exec(STRAIGHT, namespace)
        baseline = justjit.stats(f)["compile_ms"]
        simple = justjit.stats(justjit.jit(namespace["f"], opt_level=0))["compile_ms"]
        while tier(f) != "optimised":
            f(2, 3)
        ratios.append((justjit.stats(f)["compile_ms"] - baseline) / simple)
    assert min(ratios) < 6

"""What opt_level, vectorize, inline and mode change in the code that is made."""

import textwrap

import pytest

import justjit
from justjit import _core, jit


@pytest.fixture
def optimising():
    _core.set_compile_options(max_tier=2, tier_threshold=1)
    try:
        yield
    finally:
        _core.set_compile_options(max_tier=MAX_TIER, tier_threshold=0)


MAX_TIER = 2


def fresh(**options):
    namespace = {}
    exec(
        "def f(n, x):\n    total = 0\n    for i in range(n):\n        total += i * i & x\n    return total\n",
        namespace,
    )
    f = jit(**options)(namespace["f"])
    for _ in range(4):
        assert f(100, 255) == sum(i * i & 255 for i in range(100))
    return f


def test_level_0_saves_compile_time():
    size = {level: justjit.stats(fresh(opt_level=level))["code_bytes"] for level in (0, 1)}
    assert size[0] > size[1] > 0, size


@pytest.mark.parametrize(
    "options, tier",
    [
        ({}, "optimised"),
        ({"opt_level": 2}, "optimised"),
        ({"opt_level": 1}, "baseline"),
        ({"opt_level": 0}, "baseline"),
        ({"mode": "object"}, "baseline"),
    ],
)
def test_which_options_reach_the_optimising_tier(optimising, options, tier):
    assert justjit.stats(fresh(**options))["tier"] == tier


def test_options_given_later_count(optimising):
    f = fresh()
    assert justjit.stats(f)["tier"] == "optimised"
    jit(opt_level=0)(f)
    assert justjit.stats(f)["tier"] == "baseline"
    large = justjit.stats(f)["code_bytes"]
    for _ in range(4):
        f(10, 1)
    assert justjit.stats(f)["tier"] == "baseline"
    jit(opt_level=1)(f)
    assert justjit.stats(f)["code_bytes"] < large


def test_compile_changes_no_option(optimising):
    f = fresh(mode="object")
    assert justjit.compile(f)
    for _ in range(4):
        f(10, 1)
    assert justjit.stats(f)["tier"] == "baseline"


def caller(**options):
    namespace = {}
    source = """
        def triple(x):
            return 3 * x
        def f(n):
            total = 0
            for i in range(n):
                total += triple(i)
            return total
    """
    exec(textwrap.dedent(source), namespace)
    assert justjit.compile(namespace["triple"])
    f = jit(**options)(namespace["f"])
    for _ in range(4):
        assert f(100) == 14850
    assert justjit.stats(f)["tier"] == "optimised"
    return f


def test_inline(optimising):
    texts = {inline: _core.dump(caller(inline=inline), "hir").split() for inline in (True, False)}
    multiplications = {inline: text.count("IntMul") + text.count("IntMulWrap") for inline, text in texts.items()}
    calls = {inline: text.count("Call") for inline, text in texts.items()}
    assert multiplications[True] > 0 and multiplications[False] == 0, texts
    assert calls[True] == 0 and calls[False] > 0, texts

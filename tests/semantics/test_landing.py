"""Exits of optimised loops go on in baseline code, at the instruction that they left at, and come back at the next loop head."""

import pytest

import justjit
from justjit import _core

SOURCES = {
    "one odd item": (
        "def f(items, limit):\n    total = 0\n    for x in items:\n        total = (total + x * 3) % limit\n    return total\n",
        [([1, 2, 3] * 100, 1000)],
        ([1, 2] * 50 + [2.5] + [7] * 5000, 1000),
    ),
    "grows big": (
        "def f(n, k):\n    a = 1\n    i = 0\n    while i < n:\n        a = a * k + i\n        i += 1\n    return a\n",
        [(20, 2)],
        (300, 3),
    ),
    "division by zero, caught": (
        "def f(items, limit):\n    out = []\n    for x in items:\n        try:\n            out.append(limit // x)\n"
        "        except ZeroDivisionError:\n            out.append(None)\n    return out\n",
        [(list(range(1, 60)), 7)],
        (list(range(-30, 30)), 7),
    ),
    "with values on the stack": (
        "def f(items, limit):\n    out = 0\n    for x in items:\n        out = out + (limit - (x if x < limit else -x) * (limit + x))\n"
        "    return out\n",
        [(list(range(60)), 7)],
        ([1, 2, True, 3, 2**70, 4, 1.5] * 20, 7),
    ),
}


def compiled(name):
    source, warm, odd = SOURCES[name]
    namespace, plain = {}, {}
    exec(source, namespace)
    exec(source, plain)
    f = namespace["f"]
    assert justjit.compile(f)
    for _ in range(4):
        for arguments in warm:
            assert f(*arguments) == plain["f"](*arguments)
    assert justjit.stats(f)["tier"] == "optimised"
    return f, plain["f"], odd


@pytest.fixture(autouse=True)
def optimising():
    _core.set_compile_options(max_tier=2, tier_threshold=1)
    yield
    _core.set_compile_options(max_tier=2, tier_threshold=0)


@pytest.mark.parametrize("name", SOURCES)
def test_calls_end_natively(name):
    f, plain, odd = compiled(name)
    for _ in range(3):
        assert repr(f(*odd)) == repr(plain(*odd))
    record = justjit.stats(f)
    assert record["exits"], record
    assert record["completed"] == record["native_calls"], record


def test_the_loop_comes_back():
    """Without, each iteration after the odd one would sit in slower code; the odd one itself is the only exit."""
    f, plain, _ = compiled("one odd item")
    items = [3] * 1000 + [2**65] + [5] * 3000
    before = sum(e["count"] for e in justjit.stats(f)["exits"])
    assert f(items, 1000) == plain(items, 1000)
    assert 1 <= sum(e["count"] for e in justjit.stats(f)["exits"]) - before <= 4

"""Builtins that consume native generators: every result, error and side effect as with the interpreter's own."""

from __future__ import annotations

import gc
import sys
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

class Loud:
    """Adds, compares and hashes by code that takes notes."""

    log: list[Any] = []

    def __init__(self, n: float) -> None:
        self.n = n

    def __radd__(self, other: Any) -> Any:
        self.log.append(("radd", other, sys._getframe(1).f_code.co_name))
        return other + self.n

    def __lt__(self, other: Any) -> bool:
        self.log.append(("lt", self.n, getattr(other, "n", other), sys._getframe(1).f_code.co_name))
        return self.n < getattr(other, "n", other)

    def __gt__(self, other: Any) -> bool:
        return self.n > getattr(other, "n", other)

    def __bool__(self) -> bool:
        self.log.append(("bool", self.n))
        return self.n > 2

    def __hash__(self) -> int:
        self.log.append(("hash", self.n))
        return hash(self.n)

    def __eq__(self, other: Any) -> bool:
        self.log.append(("eq", self.n))
        return self.n == getattr(other, "n", other)

    def __repr__(self) -> str:
        return f"Loud({self.n})"


BIG = 2**62
DATA = {
    "ints": [3, 1, 4, 1, 5, 9, 2, 6],
    "floats": [0.1, 0.2, 0.3, -0.0, 1e16, 1.0, -1e16],
    "lost": [1e308, 1e308, -1e308, float("inf"), 1.0],
    "nan": [1.0, float("nan"), 2.0, 0.5],
    "mixed": [1, 2.5, True, 3, 1e16, 1, -1e16, 2**70, 0.5],
    "bools": [True, False, True],
    "big": [BIG, BIG, BIG, -BIG, 5],
    "wide": [2**80, 1, 2**80],
    "strs": ["b", "a", "longer text", "a"],
    "chars": list("hello"),
    "none": [None, 1],
    "loud": [1, Loud(2), 3, Loud(1), Loud(5)],
    "lists": [[1], [], [2]],
    "tuples": [(1, 2), (0, 1), (1, 2)],
    "empty": [],
    "one": [7],
    "equal": [1, 1.0, True],
}
EXPRESSIONS = [
    "sum(x for x in v)",
    "sum(x + x for x in v)",
    "any(x for x in v)",
    "all(x for x in v)",
    "any(x == 9 for x in v)",
    "all(x != 9 for x in v)",
    "max(x for x in v)",
    "min(x for x in v)",
    "max(x * 2 for x in v)",
    "min(-x for x in v)",
    "list(x for x in v)",
    "list(x + x for x in v if x)",
    "tuple(x for x in v)",
    "sorted(x for x in v)",
    "set(x for x in v)",
    "', '.join(x for x in v)",
    "''.join(str(x) for x in v)",
    "sum(i * x for i, x in enumerate(v))",
    "sum(x * y for x, y in zip(v, v))",
    "sum(v[i] for i in range(len(v)))",
    "sum(x for y in (v, v) for x in y)",
    "list(y for x in v if (y := x + x))",
    "sum(k for k in range(300))",
    "sum(c for x in v)",
    "sum((x for x in v), 1)",
    "max((x for x in v), default=3)",
    "len(list(x for x in v))",
]


def two(source: str, **names: Any) -> list[Any]:
    made = []
    for _ in range(2):
        space = dict(names)
        exec(source, space)
        made.append(space["f"])
    assert justjit.compile(made[1])
    return made


def seen(function: Any, *arguments: Any) -> Any:
    Loud.log.clear()
    return ended(function, *arguments), repr(Loud.log)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression: str, tier: int) -> None:
    plain, jitted = two(f"def f(v, c=2):\n return {expression}\n")
    for name in [*DATA, *DATA, "ints"]:
        for v in (DATA[name], tuple(DATA[name]), iter(DATA[name])):
            again = list(v) if not isinstance(v, (list, tuple)) else v
            expected, got = (
                seen(plain, iter(again) if again is not v else v),
                seen(jitted, iter(again) if again is not v else v),
            )
            assert got == expected, (name, expression)


SOURCES = {
    # What is left in a generator that somebody else has.
    "left": "def f(v):\n g = (x for x in v)\n r = any(x > 3 for x in g)\n return r, list(g), g.gi_frame is None",
    "started": "def f(v):\n g = (x * 2 for x in v)\n a = next(g, None)\n return a, sum(g), sum(g), list(g)",
    "function": "def g(v):\n for x in v:\n  got = yield x\n  log.append(got)\ndef f(v):\n return sum(g(v)), list(g(v)), log",
    "finally": "def g(v):\n try:\n  for x in v: yield x > 3\n finally: log.append('closed')\n"
    "def f(v):\n return any(g(v)), len(log), all(g(v)), log",
    "returns": "def g(v):\n yield 1\n yield 2.5\n return 7\ndef f(v):\n return sum(g(v)), max(g(v)), list(g(v))",
    "raises": "def g(v):\n for x in v:\n  yield x\n  x // (x - 4)\ndef f(v):\n return sum(g(v))",
    "stops": "def g(v):\n for x in v:\n  yield x\n raise StopIteration\ndef f(v):\n return list(g(v))",
    "frames": "import sys\ndef depth(x):\n fr, n = sys._getframe(), []\n while fr and fr.f_code.co_name != 'ended':\n"
    "  n.append((fr.f_code.co_name, fr.f_lineno))\n  fr = fr.f_back\n return n\ndef f(v):\n return list(depth(x) for x in v[:3])",
    "itself": "def f(v):\n def g():\n  for x in v:\n   yield h.gi_running\n h = g()\n return list(h)",
    "nested": "def f(v):\n return [sum(x * y for y in v) for x in v], max(max(x, y) for x in v for y in v)",
    "inside": "def f(v):\n return sum(sum(y for y in range(x)) for x in v), list(list(y for y in range(x)) for x in v)",
    "delegates": "def g(v):\n yield from v\n yield 1\ndef f(v):\n return sum(g(v)), list(g(v))",
    "only delegates": "def p(v):\n for x in v: yield x\ndef g(v):\n yield from p(v)\ndef f(v):\n"
    " return [sum(g(v)) for _ in range(4)], list(g(v)), any(g(v)), max(g(v))",
    "recursive": "def g(n):\n if n:\n  yield n\n  yield sum(g(n - 1))\ndef f(v):\n return list(g(9))",
    "sizes": "import sys\ndef f(v):\n return [sys.getsizeof(list(k for k in range(n))) for n in range(40)]",
    "sizes_sorted": "import sys\ndef f(v):\n return [sys.getsizeof(sorted(k for k in range(n))) for n in range(40)]",
    "identity": "def f(v):\n o = [[x] for x in v]\n l = list(x for x in o)\n return all(a is b for a, b in zip(l, o)), "
    "max(x for x in o) is max(o), [a is b for a, b in zip((i for i in v), v)]",
    "big_identity": "def f(v):\n o = [x + 10**6 for x in v]\n return [a is b for a, b in zip(list(x for x in o), o)], max(x for x in o) is max(o)",
    "grows": "def f(v):\n v = list(v)\n return sum((v.append(1), x)[1] for x in v if len(v) < 30)",
    "exhausted": "def f(v):\n v = list(v)\n i = iter(v)\n s = sum(x for x in i)\n v.append(1)\n return s, i.__length_hint__(), list(i)",
    "shadowed": "def f(v):\n r = sum(x for x in v)\n def sum_(g): return list(g)\n return r, sum_(x for x in v)",
    "locals": "def f(v):\n g = (sorted(locals()) for x in v)\n return list(g)[:2]",
    "referrers": "import sys\ndef f(v):\n o = [object() for x in v]\n before = [sys.getrefcount(x) for x in o]\n"
    " l = list(x for x in o)\n n = max((sys.getrefcount(x) for x in o))\n del l\n return before == [sys.getrefcount(x) for x in o], n",
    "closures": "def f(v):\n k = 1\n def bump():\n  nonlocal k\n  k += 1\n  return k\n return sum(x * k + bump() for x in v), k",
}


@pytest.mark.parametrize("name", SOURCES)
def test_programs(name: str, tier: int) -> None:
    for _ in range(2):
        log: list[Any] = []
        functions = []
        for _ in range(2):
            space: dict[str, Any] = {"log": log}
            exec(SOURCES[name], space)
            functions.append(space["f"])
        assert justjit.compile(functions[1])
        for _ in range(6):
            log.clear()
            expected = repr(ended(functions[0], DATA["ints"]))
            log.clear()
            assert repr(ended(functions[1], DATA["ints"])) == expected


def test_generators_are_not_suspended_in_between() -> None:
    """Each resume would count: a consumer that takes everything needs one."""
    resumes = 0

    def note(x: int) -> int:
        nonlocal resumes
        resumes += 1
        return x

    source = (
        "def g(n):\n for k in range(n):\n  yield k\ndef f(n):\n return sum(g(n)), list(g(n))[-1], max(g(n)), any(g(n))"
    )
    space: dict[str, Any] = {}
    exec(source, space)
    assert justjit.compile(space["f"]) and justjit.compile(space["g"])
    _core.set_compile_options(max_tier=1)
    try:
        before = justjit.stats(space["g"])["native_calls"]
        assert space["f"](50) == (1225, 49, 49, True)
        assert justjit.stats(space["g"])["native_calls"] - before == 4
    finally:
        _core.set_compile_options(max_tier=2)


def test_items_are_released() -> None:
    class Item:
        alive = 0

        def __init__(self) -> None:
            Item.alive += 1

        def __del__(self) -> None:
            Item.alive -= 1

    plain, jitted = two(
        "def f(n):\n return len(list(Item() for _ in range(n))), any(Item() is None for _ in range(n))", Item=Item
    )
    for _ in range(30):
        assert plain(10) == jitted(10) == (10, False)
        gc.collect()
        assert Item.alive == 0

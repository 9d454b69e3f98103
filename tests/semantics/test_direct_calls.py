"""Functions that optimised code calls without a frame, against the interpreter: recursion and loops that end, raise, overflow,
nest too deeply, are interrupted, watched, or replaced meanwhile."""

from __future__ import annotations

import math
import os
import signal
import sys
import textwrap
import threading
from typing import Any, Iterator

import justjit
import pytest
from justjit import _core

from .harness import ended

MODES = {"plain": (1, 0), "informed": (20, 0), "stress5": (1, 5), "informed-stress6": (20, 6)}


@pytest.fixture(params=MODES.values(), ids=MODES)
def tier(request: pytest.FixtureRequest) -> Iterator[None]:
    """When functions become optimised, the earlier the less is known about them; and how guards are made to fail."""
    threshold, seed = request.param
    _core.set_compile_options(max_tier=2, tier_threshold=threshold, deopt_stress=seed)
    try:
        yield
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0, deopt_stress=0)


SOURCE = """
    K = 1
    def fib(n):
        if n < 2:
            return n
        return fib(n - 1) + fib(n - K)
    def gcd(a, b):
        while b:
            a, b = b, a % b
        return a
    def digits(k, base=10):
        s = 0
        while k:
            s += k % base
            k //= base
        return s
    def escape(cr, ci, limit):
        zr = zi = 0.0
        for k in range(limit):
            if zr * zr + zi * zi > 4.0:
                return k
            zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        return limit
    def even(n):
        if n == 0:
            return True
        return odd(n - 1)
    def odd(n):
        if n == 0:
            return False
        return even(n - 1)
    def product(n):
        if n < 2:
            return 1
        return n * product(n - 1)
    def down(n):
        if not n:
            return 0
        return down(n - 1) + 1
    def quotient(n, d):
        if n == 0:
            return 100 // d
        return quotient(n - 1, d) + 1
    def total(values, k):
        if k == 0:
            return 0
        return values[k - 1] + total(values, k - 1)
    def largest(a, b):
        while a < b:
            a, b = b, a
        return a
    def spin(a):
        while a:
            a = a ^ 2
        return a
    class Tree:
        def __init__(self, depth):
            self.depth = depth
        def weight(self, k):
            if k > self.depth:
                return 0
            return self.weight(k + 1) + self.weight(k + 1) + k
    def run(n, tree, change=None, at=-1):
        t = 0
        values = [3, 1, 4, 1, 5]
        for i in range(n):
            if i == at:
                change()
            t += fib(i % 9) + gcd(i + 6, 12) + digits(i * 37) + digits(i, 7) + escape(i / 9 - 1.0, 0.3, 20)
            if even(i):
                t += total(values, i % 6) * tree.weight(2)
            t += product(i % 8)
        return t
    def products(n, k):
        return sum([product(n) for i in range(k)])
    def quotients(n, d, k):
        t = 0
        for i in range(k):
            t += quotient(n, d - i)
        return t
    def deep(n, k):
        t = 0
        for i in range(k):
            t += down(n)
        return t
    def spins(a, k):
        t = 0
        for i in range(k):
            t += spin(a)
        return t
    def same(x, k):
        seen = []
        for i in range(k):
            seen.append(largest(x, x - 1) is x)
        y = largest(x, 3)
        return seen, y is x
"""
FUNCTIONS = "fib gcd digits escape even odd product down quotient total largest spin run products quotients deep spins same".split()

CHANGES = {
    "nothing": "def change(): pass",
    "function rebound": "def change():\n  global gcd\n  gcd = lambda a, b: a - b",
    "recursive function rebound": "def change():\n  global fib\n  old = fib\n  fib = lambda n: old(n) + 1",
    "function deleted": "def change():\n  global odd\n  del odd",
    "code replaced": "def change(): fib.__code__ = (lambda n: n * 2).__code__",
    "defaults replaced": "def change(): digits.__defaults__ = (3,)",
    "defaults gone": "def change(): digits.__defaults__ = None",
    "default of another type": "def change(): digits.__defaults__ = (2.5,)",
    "global": "def change():\n  global K\n  K = 2",
    "global of another type": "def change():\n  global K\n  K = 2.0",
    "method replaced": "def change(): Tree.weight = lambda self, k: k",
    "global gone": "def change():\n  global K\n  del K",
}


CALLS = [
    "products(30, 20)",
    "quotients(20, 4, 9)",
    "deep(300, 20)",
    "total([1, 2.5, 'a'], 3)",
    "run(20, Tree(2.5))",
    "run(9, None)",
    "same(10**10, 20)",
    "same(5, 20)",
    "same(2.5, 9)",
    "gcd(2**70, 2**65 + 2)",
    "fib(2.0)",
    "digits(1.5)",
    "even(True)",
    "spins(0, 5)",
]


def module(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<direct>", "exec"), namespace)
    if jitted:
        for f in [namespace[name] for name in FUNCTIONS] + [namespace["Tree"].weight]:
            assert justjit.compile(f)
    for _ in range(8):  # until it is optimised
        namespace["run"](12, namespace["Tree"](4))
        namespace["products"](8, 15)
        namespace["quotients"](4, 50, 15)
        namespace["deep"](9, 15)
        namespace["spins"](0, 30)
        namespace["same"](1000, 15)
    return namespace


@pytest.mark.parametrize("tier", [MODES["informed"]], indirect=True)
@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: None) -> None:
    results = []
    for jitted in (False, True):
        n = module(jitted)
        exec(CHANGES[name], n)
        tree = n["Tree"](4)
        results.append([ended(n["run"], 30, tree, n["change"], 11), ended(n["run"], 30, tree)])
    assert results[0] == results[1]


@pytest.mark.parametrize("tier", [MODES["informed"], MODES["informed-stress6"]], indirect=True)
def test_calls(tier: None) -> None:
    for k, call in enumerate(CALLS):
        if k % 4 == 0:  # else what has left too often is compiled without trying again
            modules = module(False), module(True)
        outcomes = []
        for n in modules:
            exec(f"def go(): return {call}", n)
            outcomes.append([ended(n["go"]) for _ in range(3)])
        assert outcomes[0] == outcomes[1], call


def test_recursion_limit(tier: None) -> None:
    """The deepest recursion that works is as deep as without native code, and its traceback is as long."""
    ends = []
    limit = sys.getrecursionlimit()
    for jitted in (False, True):
        n = module(jitted)
        sys.setrecursionlimit(400)
        try:
            ends.append([ended(n["deep"], depth, 2) for depth in range(340, 410)])
        finally:
            sys.setrecursionlimit(limit)
    assert ends[0] == ends[1]
    assert any(end[0] is RecursionError for end in ends[0]) and any(type(end) is list for end in ends[0])


def test_recursion_as_deep_as_the_stack_allows(tier: None) -> None:
    """Beyond that native code makes way for the interpreter, whose frames are elsewhere."""
    n = module(True)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(50_000 if sys.version_info >= (3, 11) else 4_000)
    depth = sys.getrecursionlimit() - 1_000
    try:
        assert n["deep"](depth, 2) == 2 * depth
    finally:
        sys.setrecursionlimit(limit)


def test_signal_inside(tier: None) -> None:
    """A handler runs while a function without a frame loops, and finds the frame."""
    n = module(True)

    class Stop(Exception):
        pass

    def handler(number: int, frame: Any) -> None:
        names = []
        while frame and len(names) < 2:
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        raise Stop(names)

    old = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(Stop) as stopped:
            n["spins"](1, 2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert stopped.value.args[0] in (["spin", "spins"], ["spins", "test_signal_inside"])


def test_threads_take_turns(tier: None) -> None:
    """Requests for the lock interrupt calls without a frame; the results are right and nobody starves."""
    n = module(True)
    expected = n["fib"](17)
    results: list[int] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=lambda: results.append(n["fib"](17))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert results == [expected] * 4


def test_profiler_switched_on_meanwhile(tier: None) -> None:
    seen = []
    for jitted in (False, True):
        n = module(jitted)
        events: list[Any] = []
        n["change"] = lambda events=events: sys.setprofile(
            lambda frame, event, _: events.append((event, frame.f_code.co_name))
        )
        exec("def go(): return run(6, Tree(4), change, 3)", n)
        try:
            result = n["go"]()
        finally:
            sys.setprofile(None)
        seen.append((result, [e for e in events if e[1] in [*FUNCTIONS, "weight"]]))
    assert seen[0] == seen[1]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_one_function_monitored(tier: None) -> None:
    seen = []
    monitoring = sys.monitoring
    for jitted in (False, True):
        n = module(jitted)
        events: list[Any] = []
        monitoring.use_tool_id(4, "test")
        try:
            monitoring.register_callback(4, monitoring.events.PY_START, lambda code, _: events.append(code.co_name))

            def change(n: dict[str, Any] = n) -> None:
                monitoring.set_local_events(4, n["odd"].__code__, monitoring.events.PY_START)

            result = n["run"](8, n["Tree"](4), change, 3)
        finally:
            monitoring.free_tool_id(4)
        seen.append((result, events))
    assert seen[0] == seen[1]
    assert "odd" in seen[0][1]


@pytest.mark.parametrize("tier", [MODES["informed"]], indirect=True)
def test_frames_are_gone(tier: None) -> None:
    n = module(True)
    text = _core.dump(n["run"], "hir")
    for name in ("fib", "gcd", "escape", "even", "total", "product"):
        assert f'; without a frame\nfunction "{name}"' in text, name
    assert "DirectInt" in _core.dump(n["fib"], "hir")


@pytest.mark.parametrize("tier", [MODES["informed"]], indirect=True)
def test_small_ones_are_inlined_and_sums_stay_in_registers(tier: None) -> None:
    """A local that is added to a call's result waits on the stack during the call: it is not boxed for that."""
    n = module(True)
    source = "def summed(n):\n s = 0\n for i in range(n):\n  s += gcd(i + 20, 6) + digits(i)\n return s\n"
    exec(source, n)
    assert justjit.compile(n["summed"])
    for _ in range(60):
        assert n["summed"](40) == sum(math.gcd(i + 20, 6) + i // 10 + i % 10 for i in range(40))
    text = _core.dump(n["summed"], "hir").partition("; without a frame")[0]
    loop = text[text.index("DirectInt") :]
    assert "SyncInt" not in loop[: loop.index("Jump")]
    code = _core.dump(n["summed"], "llvm")
    assert "call { i64, i32 }" not in code

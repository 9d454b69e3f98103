"""Loops over lists whose headers optimised code keeps in registers, against the interpreter: lists that change while the
loop runs, by the loop's own calls, in signal handlers and other threads, and items of every kind."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any, Iterator

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
def dot(a, b, n):
    s = 0
    for i in range(n):
        s += a[i] * b[-i]
    return s
def product(a, b, n):
    out = []
    for i in range(n):
        row = [0] * n
        ai = a[i]
        for j in range(n):
            s = 0
            for k in range(n):
                s += ai[k] * b[k][j]
            row[j] = s
        out.append(row)
    return out
def sieve(n, yes, no):
    flags = [yes] * (n + 1)
    count = 0
    for i in range(2, n + 1):
        if flags[i]:
            count += 1
            j = i * i
            while j <= n:
                flags[j] = no
                j += i
    return count, flags
def count_up(a, n, step):
    for k in range(n):
        a[k % len(a)] += step
    return a
def grows(a, n, grow):
    s = 0
    i = 0
    while i < n:
        s += a[i]
        if i % 5 == 3:
            grow(a, i)
        i += 1
    return s, a
def both(a, n, flag):
    x = a
    s = 0
    for i in range(n):
        if i == flag:
            x = (1, 2, 3) * n
        s += x[i]
        s += len(x)
    return s
def swap(a, n):
    for i in range(n):
        j = (i * 7 + 3) % n
        a[i], a[j] = a[j], a[i]
    return a
def spin(data):
    total = 0
    while True:
        total += data[0]
def total(rows, n):
    s = 0
    for i in range(n):
        row = rows[i]
        for j in range(n):
            s += row[j]
            row[j] = s % 1000
    return s, rows
"""


def module(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE, "<lists>", "exec"), namespace)
    for f in list(namespace.values()):
        if jitted and hasattr(f, "__code__"):
            assert justjit.compile(f)
    return namespace


@pytest.fixture(params=[0, 9], ids=["plain", "stress9"])
def tier(request: pytest.FixtureRequest) -> Iterator[None]:
    _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=request.param)
    try:
        yield
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0, deopt_stress=0)


class Releases:
    """Its release is seen."""

    log: list[int] = []

    def __init__(self, n: int) -> None:
        self.n = n

    def __del__(self) -> None:
        self.log.append(self.n)

    def __mod__(self, other: Any) -> int:
        return self.n

    def __radd__(self, other: Any) -> Any:
        return self.n + other


def lists(n: int) -> list[Any]:
    ints = list(range(-3, n - 3))
    mixed: list[Any] = [*ints]
    mixed[n // 2] = 2**40
    return [
        ints,
        [float(x) for x in ints],
        [x % 2 == 0 for x in ints],
        mixed,
        [2**70 + x for x in ints],
        tuple(ints),
        [1000 * x for x in ints],
        [*ints[:-1], "x"],
        ints[: n // 2],
        [*ints[:-2], Releases(5), Releases(6)],
    ]


def calls() -> list[tuple[str, tuple[Any, ...]]]:
    n = 12
    found: list[tuple[str, tuple[Any, ...]]] = []
    for a, b in zip(lists(n), [lists(n)[0], *lists(n)], strict=False):
        found += [("dot", (a, b, n)), ("swap", (list(a), n)), ("both", (a, n, 7)), ("both", (a, n, 99))]
        found += [("count_up", (list(a), 40, step)) for step in (1, 300, 2**31, 0.5, True)]
        found += [("total", ([list(a) for _ in range(n)], n)), ("product", ([a] * n, [b] * n, n))]
        found += [("grows", (list(a), n, grow)) for grow in (list.append, lambda x, i: x.pop(), lambda x, i: x.clear())]
    found += [("sieve", (60, yes, no)) for yes in (True, 1, 1.5, "x") for no in (False, 0, 0.0, None, "")]
    found += [("sieve", (60, 300, 2**40)), ("sieve", (60, 2**20, False))]
    return found


@pytest.mark.parametrize("name", ["dot", "product", "sieve", "count_up", "grows", "both", "swap", "total"])
def test_loops(name: str, tier: None) -> None:
    mine = [arguments for called, arguments in calls() if called == name]
    theirs = [arguments for called, arguments in calls() if called == name]
    plain, jitted = module(False)[name], module(True)[name]
    for _ in range(3):
        for one, other in zip(mine, theirs, strict=True):
            Releases.log.clear()
            expected = ended(plain, *one), repr([x for x in one if isinstance(x, list)])
            log = list(Releases.log)
            Releases.log.clear()
            got = ended(jitted, *other), repr([x for x in other if isinstance(x, list)])
            strip = "object at 0x"
            assert expected[0] == got[0] or strip in str(got), (name, one)
            assert strip in got[1] or expected[1] == got[1], (name, one)
            assert log == Releases.log


@pytest.mark.parametrize("items", [[1], [1.5], [True], [10**6]], ids=str)
def test_a_signal_handler_empties_the_list(items: list[Any], tier: None) -> None:
    spin = module(True)["spin"]
    for _ in range(3):
        data = list(items)
        before = signal.signal(signal.SIGALRM, lambda *_: data.clear())
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        try:
            with pytest.raises(IndexError):
                spin(data)
        finally:
            signal.signal(signal.SIGALRM, before)


def test_another_thread_changes_the_list(tier: None) -> None:
    spin = module(True)["spin"]
    for last in ([], ["x"], [None]):
        data: list[Any] = [1]

        def change(data: list[Any] = data, last: list[Any] = last) -> None:
            time.sleep(0.02)
            data[:] = [2] * 1000
            time.sleep(0.02)
            data[:] = last

        thread = threading.Thread(target=change)
        thread.start()
        with pytest.raises((IndexError, TypeError)):
            spin(data)
        thread.join()


def test_headers_are_read_outside_of_the_loop() -> None:
    _core.set_compile_options(max_tier=2, tier_threshold=20)
    try:
        n = module(True)
        for _ in range(30):
            assert n["product"]([[1, 2], [3, 4]], [[5, 6], [7, 8]], 2) == [[19, 22], [43, 50]]
        text = _core.dump(n["product"], "hir")
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0)
    inner = text[: text.index("IntMul")].rpartition("\nblock ")[2]
    assert inner.count("SeqItems") == 1 and inner.count("LoadLocal") == 0, inner

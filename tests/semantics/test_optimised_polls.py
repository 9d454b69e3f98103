"""Loops of optimised code that count nothing still let signal handlers and other threads in."""

from __future__ import annotations

import signal
import threading
from typing import Any, Callable

import justjit
import pytest


SOURCE = """
def spin(x, box):
    while x:
        x = x ^ 6 | 1
        if x == 100:
            x += 1
    return x
def spin_twice(x, box):
    while True:
        while x & 3:
            x += 1
        x += 1
        if x > 1000:
            x = 1
def halve(x, box):
    turns = 0
    for k in range(1000000000):
        y = x
        while y:
            y >>= 1
            turns += 1
    return turns
def wait(x, box):
    while not box[0]:
        x = x ^ 6 | 1
    return x & 1
"""


class Stop(Exception):
    pass


def made(name: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    exec(compile(SOURCE, "<polls>", "exec"), namespace)
    assert justjit.compile(namespace[name])
    return namespace[name]


@pytest.mark.parametrize("name", ["spin", "spin_twice", "halve"])
def test_a_signal_ends_the_loop(name: str, tier: int) -> None:
    def handler(signum: int, frame: Any) -> None:
        raise Stop

    function = made(name)
    before = signal.signal(signal.SIGALRM, handler)
    try:
        for _ in range(3):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(Stop):
                function(1234567, [0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert justjit.stats(function)["tier"] == "optimised"


def test_another_thread_ends_the_loop(tier: int) -> None:
    function = made("wait")
    for _ in range(3):
        box = [0]
        thread = threading.Timer(0.02, lambda box=box: box.__setitem__(0, 1))
        thread.start()
        assert function(7, box) == 1
        thread.join()

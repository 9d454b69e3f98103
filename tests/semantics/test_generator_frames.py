"""Loops over generators in optimised code: frames, references, tracers and signals, while what the generator does stands in the
loop."""

from __future__ import annotations

import gc
import signal
import sys
import textwrap
import threading
import time
import types
from typing import Any

import justjit

from . import test_direct_calls
from .harness import ended
from .test_generator_loops import made

tier = test_direct_calls.tier


def test_frames_inside(tier: None) -> None:
    source = """
        import sys
        def gen(n):
            for i in range(n):
                if i == STOP:
                    frame = sys._getframe()
                    SEEN.append((frame.f_lineno, frame.f_back.f_lineno, frame.f_back.f_code.co_name))
                    SEEN.append(sorted((k, v) for k, v in frame.f_locals.items() if k != "frame"))
                    SEEN.append(sorted(frame.f_back.f_locals))
                    if FAILS:
                        raise ValueError(i)
                yield i * 2
        def loop(n):
            s = 0
            for x in gen(n):
                s += x
            return s
        STOP = FAILS = -1
        SEEN = []
    """
    outcomes = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(source), "<inside>", "exec"), names)
        if jitted:
            assert justjit.compile(names["gen"]) and justjit.compile(names["loop"])
        names["STOP"] = -1
        seen = [ended(names["loop"], 50) for _ in range(6)]
        names["STOP"] = 17
        for fails in (0, 1, 0, 1):
            names["FAILS"] = fails
            seen += [ended(names["loop"], 50) for _ in range(2)]
        outcomes.append((seen, names["SEEN"]))
    assert outcomes[0] == outcomes[1]


def test_references(tier: None) -> None:
    callers, makers = "total last leaves goes_on asks closes keeps".split(), "same powers listed named nested piped".split()
    names = made(True, *callers, *makers)
    loops = [(caller, maker) for caller in callers for maker in makers]

    def run(times: int) -> None:
        for _ in range(times):
            for caller, maker in loops:
                names[caller](names[maker], 25)

    def alive() -> tuple[int, int, int]:
        gc.collect()
        objects = gc.get_objects()
        return sys.getrefcount(names["K"]), sum(isinstance(o, types.GeneratorType) for o in objects), len(objects)

    run(6)
    before = alive()
    run(10)
    after = alive()
    assert before[:2] == after[:2] and after[2] - before[2] < 50


def test_what_is_left_is_given_up(tier: None) -> None:
    """What the generator's frame holds goes when the interpreter would let it go."""
    source = """
        class Loud:
            def __init__(self, name):
                self.name = name
            def __del__(self):
                LOG.append(self.name)
        def gen(n, thing):
            for i in range(n):
                yield i
        def loop(n, k):
            s = 0
            for x in gen(n, Loud("argument")):
                s += x
                if x == k:
                    break
            else:
                LOG.append("else")
            LOG.append("behind")
            return s
        LOG = []
    """
    logs = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(source), "<loud>", "exec"), names)
        if jitted:
            assert justjit.compile(names["gen"]) and justjit.compile(names["loop"])
        for k in (100, 100, 100, 20, 100, 20, 5):
            names["loop"](30, k)
        logs.append(names["LOG"])
    assert logs[0] == logs[1]


def test_traced(tier: None) -> None:
    """A tracer that comes while the loop runs sees lines of both."""
    outcomes = []
    for jitted in (False, True):
        names = made(jitted, "total", "squares")
        for _ in range(5):
            names["total"](names["squares"], 30)
        events: list[Any] = []

        def trace(frame: Any, event: str, arg: Any) -> Any:
            if frame.f_code.co_filename == "<loops>":
                events.append((frame.f_code.co_name, event, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            names["total"](names["squares"], 6)
        finally:
            sys.settrace(None)
        outcomes.append((events, names["total"](names["squares"], 30)))
    assert outcomes[0] == outcomes[1]


def test_interrupted(tier: None) -> None:
    """A signal handler runs in the middle of an endless loop, and may ask the generator for items."""
    names = made(True, "leaves", "endless")
    for _ in range(5):
        names["leaves"](names["endless"], 1)
    source = """
        def loop(g):
            last = -1
            for x in g:
                if x - last != 1:
                    JUMPS.append(x - last)
                last = x
                if JUMPS and x > JUMPS[0] + 100:
                    return x
    """
    names["JUMPS"] = []
    exec(textwrap.dedent(source), names)
    assert justjit.compile(names["loop"])
    names["JUMPS"].append(1)
    for _ in range(5):
        names["loop"](names["endless"](0))
    names["JUMPS"].clear()
    g = names["endless"](0)
    asked: list[int] = []

    def ask(*_: Any) -> None:
        try:
            asked.append(next(g))
        except ValueError:  # it runs
            timer = threading.Timer(0.001, lambda: signal.raise_signal(signal.SIGALRM))
            timer.start()

    old = signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        start = time.monotonic()
        names["loop"](g)
        assert time.monotonic() - start < 30
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert asked
    assert names["JUMPS"][0] == 1 + len(asked) or names["JUMPS"][0] == 2

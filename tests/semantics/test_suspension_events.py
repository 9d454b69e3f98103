"""Tracers, profilers and monitoring tools see native generators and coroutines as they see interpreted ones."""

from __future__ import annotations

import pytest

from .programs import same_output
from .test_tracing import NEEDS_MONITORING

WORK = """
import sys
@jit
def numbers(n):
    try:
        for i in range(n):
            if i == 2:
                switch("inside")
            got = yield i
            if got:
                yield "got"
    except KeyError as e:
        yield "caught"
    return "end"
@jit
def outer(n):
    result = yield from numbers(n)
    yield result
@jit
def consume(n):
    total = []
    for x in numbers(n):
        total.append(x)
    return total
class Pause:
    def __await__(self):
        yield "pause"
@jit
async def agen(n):
    for i in range(n):
        if i == 1:
            switch("agen")
        await Pause()
        yield i
@jit
async def coroutine(n):
    seen = []
    async for x in agen(n):
        seen.append(x)
    try:
        await coroutine(-1 if n == 2 else 0) if n > 0 else None
        if n < 0: raise ValueError(n)
    except ValueError:
        seen.append("error")
    return seen
def drive(c):
    try:
        while True: c.send(None)
    except StopIteration as e:
        return e.value
def run():
    print(list(outer(4)), consume(3))
    g = outer(9)
    print(next(g), g.send("x"), next(g), g.throw(KeyError(1)))
    try:
        g.throw(IndexError(2))
    except IndexError as e:
        print("raised")
    g = outer(5)
    next(g)
    switch("between")
    next(g)
    g.close()
    print(drive(coroutine(2)))
    print(sum(x for x in outer(1) if x != "end"))
def program(where):
    global switch
    def switch(place):
        if place == where: on()
    if where == "before": on()
    run()
    off()
    for event in events: print(*event)
"""

LEGACY = """
NAMES = {"numbers", "outer", "consume", "agen", "coroutine", "__await__", "drive", "run", "<genexpr>"}
events = []
def note(frame, event, arg):
    if frame.f_code.co_name in NAMES:
        shown = arg[0].__name__ if event == "exception" else getattr(arg, "__name__", repr(arg) if arg != frame else "")
        if " at 0x" in shown: shown = "object"
        events.append((frame.f_code.co_name, event, frame.f_lineno, shown))
    return note
"""

PLACES = ["before", "inside", "between", "agen"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("tool", ["settrace", "setprofile"])
def test_legacy_events(tool, place):
    same_output(
        WORK
        + LEGACY
        + f"""
def on():
    frame = sys._getframe(2)
    while frame and {tool == "settrace"}:
        frame.f_trace = note
        frame = frame.f_back
    sys.{tool}(note)
def off(): sys.{tool}(None)
program({place!r})
"""
    )


def test_opcode_events():
    same_output(
        WORK
        + LEGACY
        + """
def note_opcodes(frame, event, arg):
    frame.f_trace_opcodes = True
    if event == "opcode" and frame.f_code.co_name in NAMES:
        events.append((frame.f_code.co_name, frame.f_lasti))
    return note_opcodes
def on(): sys.settrace(note_opcodes)
def off(): sys.settrace(None)
program("before")
program("between")
"""
    )


@NEEDS_MONITORING
@pytest.mark.parametrize("place", PLACES)
def test_monitoring(place):
    same_output(
        WORK
        + f"""
events = []
E = sys.monitoring.events
sys.monitoring.use_tool_id(3, "test")
def watch(name):
    def note(code, *args):
        if code.co_name in ("numbers", "outer", "consume", "agen", "coroutine", "<genexpr>"):
            shown = [a if isinstance(a, (int, str)) else type(a).__name__ for a in args]
            events.append((code.co_name, name, *shown))
    return note
WATCHED = ["PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "PY_THROW", "PY_UNWIND", "RAISE", "EXCEPTION_HANDLED",
           "RERAISE", "STOP_ITERATION"]
for name in WATCHED: sys.monitoring.register_callback(3, getattr(E, name), watch(name))
def on(): sys.monitoring.set_events(3, sum(getattr(E, name) for name in WATCHED))
def off(): sys.monitoring.set_events(3, 0)
program({place!r})
"""
    )


def test_starts_under_a_tracer_are_counted_apart():
    output = same_output(
        """
import sys
@jit
def numbers():
    yield 1
sys.settrace(lambda *a: None)
for _ in range(3): list(numbers())
sys.settrace(None)
list(numbers())
if "justjit" in sys.modules:
    record, totals = justjit.stats(numbers), justjit.stats()
    assert record["native_calls"] == record["completed"] == 1, record
    assert totals["traced_calls"] == 3 and totals["interpreted_calls"] >= 3, totals
print("done")
"""
    )
    assert output == "done\n"

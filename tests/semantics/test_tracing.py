"""sys.settrace, sys.setprofile and sys.monitoring: a native function shows them the events of an interpreted one.

The programs switch the tool on before the call, in the middle of a native loop from a callee, or from a signal handler,
and print what the tool saw.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import justjit
import pytest

from .harness import ended
from .programs import same_output

NEEDS_MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring appeared in 3.12")

EVENTS = """
import sys
events = []
def note(frame, event, arg):
    if frame.f_code.co_filename == "<string>" and frame.f_code.co_name not in ("switch", "note", "off"):
        shown = arg[0].__name__ if event == "exception" else getattr(arg, "__name__", repr(arg))
        events.append((frame.f_code.co_name, event, frame.f_lineno, shown))
    return note
"""

WORK = """
@jit
def leaf(x):
    y = x + 1
    return y
@jit
def work(n, switch):
    total = 0
    for i in range(n):
        if i == 2:
            switch()
        total += leaf(i)
        try:
            if i == 3:
                raise ValueError(i)
        except ValueError:
            total += len("abc")
        finally:
            total += 1
    with open("/dev/null") as f:
        total += len(f.read())
    return total
"""


def test_trace_on_before_the_call() -> None:
    out = same_output(
        EVENTS
        + WORK
        + """
for _ in range(3): work(5, lambda: None)
sys.settrace(note)
result = work(5, lambda: None)
sys.settrace(None)
print(result, *events, sep="\\n")
"""
    )
    assert out.count("'line'") > 20


def test_trace_on_in_a_callee() -> None:
    out = same_output(
        EVENTS
        + WORK
        + """
def switch():
    sys.settrace(note)
print(work(6, switch))
sys.settrace(None)
print(work(6, lambda: None), *events, sep="\\n")
"""
    )
    assert "leaf" in out


def test_local_trace_of_the_native_frame_set_by_a_callee() -> None:
    out = same_output(
        EVENTS
        + WORK
        + """
def switch():
    sys.settrace(note)
    sys._getframe(1).f_trace = note
print(work(6, switch))
sys.settrace(None)
print(*events, sep="\\n")
"""
    )
    assert out.count("('work', 'line'") > 10


def test_trace_off_again() -> None:
    same_output(
        EVENTS
        + WORK
        + """
calls = []
def switch():
    sys.settrace(note if not calls else None)
    calls.append(1)
for _ in range(4):
    print(work(6, switch))
print(*events, sep="\\n")
sys.settrace(None)
"""
    )


def test_profile_in_a_callee() -> None:
    out = same_output(
        EVENTS
        + WORK
        + """
def switch():
    sys.setprofile(note)
print(work(6, switch))
sys.setprofile(None)
print(*events, sep="\\n")
"""
    )
    assert "c_call" in out and "'return'" in out


def test_trace_on_in_a_signal_handler() -> None:
    same_output(
        EVENTS
        + """
import signal
def handler(number, frame):
    sys.settrace(note)
    frame.f_trace = note
signal.signal(signal.SIGUSR1, handler)
@jit
def work(n):
    total = 0
    for i in range(n):
        if i == 2:
            signal.raise_signal(signal.SIGUSR1)
        total += i
        total *= 2
    return total
print(work(6))
sys.settrace(None)
print(*events, sep="\\n")
"""
    )


def test_trace_function_raises_and_changes_lines() -> None:
    same_output("""
import sys
@jit
def work(n):
    total = 0
    for i in range(n):
        total += i
        total += 100
    return total
def bad(frame, event, arg):
    if event == "line" and frame.f_locals.get("total", 0) > 150:
        raise LookupError("from the tracer")
    return bad
def jump(frame, event, arg):
    if event == "line" and frame.f_lineno == frame.f_code.co_firstlineno + 5:
        frame.f_lineno += 1
    return jump
work(10)
sys.settrace(bad)
try:
    work(10)
except LookupError as e:
    print(repr(e), e.__traceback__.tb_next.tb_lineno)
sys.settrace(jump)
print(work(5))
sys.settrace(None)
print(work(5))
""")


@NEEDS_MONITORING
@pytest.mark.parametrize("where", ["before", "callee"])
def test_monitoring(where: str) -> None:
    out = same_output(
        """
import sys
m = sys.monitoring
events = []
names = ["PY_START", "PY_RETURN", "LINE", "JUMP", "BRANCH", "CALL", "C_RETURN", "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "INSTRUCTION"]
m.use_tool_id(1, "test")
def listen(name):
    def callback(code, *args):
        if code.co_name in ("work", "leaf"):
            events.append((name, code.co_name, *[a if isinstance(a, int) else getattr(a, "__name__", type(a).__name__) for a in args]))
    return callback
for name in names:
    m.register_callback(1, getattr(m.events, name), listen(name))
def on():
    mask = 0
    for name in names:
        if name != "C_RETURN":
            mask |= getattr(m.events, name)
    m.set_events(1, mask)
"""
        + WORK
        + f"""
for _ in range(3): work(5, lambda: None)
if {where == "before"}:
    on()
    work(5, lambda: None)
else:
    work(5, on)
m.set_events(1, 0)
print(*events, sep="\\n")
"""
    )
    assert out.count("INSTRUCTION") > 50


@NEEDS_MONITORING
def test_local_monitoring_of_one_function() -> None:
    same_output(
        """
import sys
m = sys.monitoring
events = []
m.use_tool_id(1, "test")
m.register_callback(1, m.events.LINE, lambda code, line: events.append((code.co_name, line - code.co_firstlineno)))
"""
        + WORK
        + """
def switch():
    m.set_local_events(1, work.__code__, m.events.LINE)
print(work(5, switch))
m.set_local_events(1, work.__code__, 0)
print(work(5, lambda: None), *events, sep="\\n")
"""
    )


def test_traced_calls_nest_as_in_the_interpreter() -> None:
    """What a traced call calls is an ordinary function until it returns, or raises; then it is native again."""

    @justjit.jit
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    @justjit.jit
    def fails(n: int) -> Any:
        return fails(n - 1) + 1 if n else [][n]

    def native_calls(function: Any, n: int) -> int:
        before = justjit.stats(function)["native_calls"]
        ended(function, n)
        return justjit.stats(function)["native_calls"] - before

    calls = {"fib": 0, "fails": 0}

    def note(frame: types.FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code.co_name in calls:
            calls[frame.f_code.co_name] += 1

    for _ in range(5):
        fib(10), ended(fails, 5)
    before = justjit.stats()["traced_calls"]
    sys.setprofile(note)
    try:
        results = fib(12), ended(fails, 30)
    finally:
        sys.setprofile(None)
    assert results[0] == 144 and "IndexError" in repr(results[1])
    assert calls == {"fib": 465, "fails": 31}
    assert justjit.stats()["traced_calls"] - before == 2 + 2  # a function's first call, and what that calls first
    assert native_calls(fib, 3) == 5 and native_calls(fails, 5) == 6

"""What others see of a frame whose values live in registers, and what they do to it: locals, tracing, signals, globals."""

from __future__ import annotations

import builtins
import signal
import sys
import threading
from typing import Any, Callable

import justjit
import pytest
from justjit import _core


def caller_locals() -> dict[str, Any]:
    return dict(sys._getframe(1).f_locals)


def optimised(function: Callable[..., Any], *arguments: Any) -> Any:
    """Compiles the function and calls it until it is optimised; the last result."""
    assert justjit.compile(function)
    result = None
    for _ in range(4):
        result = function(*arguments)
    return result


def test_a_callee_sees_the_locals(tier: int) -> None:
    def count(n: int, step: float) -> Any:
        seen = []
        total = 0
        scale = 1.0
        for i in range(n):
            total += i
            scale = scale * step
            if i == n - 1:
                flag = total > 3
                seen.append(caller_locals())
        return seen, total, scale

    want_total, want_scale = sum(range(20)), 1.5**20
    seen, total, scale = optimised(count, 20, 1.5)
    assert (total, scale) == (want_total, want_scale)
    (found,) = seen
    found.pop("seen")
    assert found == {"n": 20, "step": 1.5, "total": want_total, "scale": want_scale, "i": 19, "flag": True}
    assert {k: type(v) for k, v in found.items()}["flag"] is bool


def test_locals_of_the_function_itself(tier: int) -> None:
    def count(n: int) -> Any:
        total = 0
        for i in range(n):
            total += i * i
        return locals()

    assert optimised(count, 30) == {"n": 30, "total": sum(i * i for i in range(30)), "i": 29}


def test_a_callee_writes_the_locals(tier: int) -> None:
    """3.13: frame.f_locals writes through."""

    def meddle(i: int) -> None:
        if i == 5:
            sys._getframe(1).f_locals["total"] = 1000

    def count(n: int) -> int:
        total = 0
        for i in range(n):
            total += i
            meddle(i)
        return total

    want = 1000 + sum(range(6, 20)) if sys.version_info >= (3, 13) else sum(range(20))
    assert optimised(count, 20) == want


def test_a_result_stored_behind_code_that_could_write_locals(tier: int) -> None:
    class Box:
        value = 3

    def choose(first: int, box: Any, items: list[int]) -> int:
        if first:
            found = box in items
        else:
            found = box.value != 3
        if found:
            return 1
        return 2

    for _ in range(2):
        optimised(choose, 0, Box, [])
        got = [choose(0, Box, [1]), choose(1, 5, [5]), choose(1, 5, [6]), choose(0, Box, [])]
        assert got == [2, 1, 2, 2]


def test_a_frame_outlives_the_call(tier: int) -> None:
    def count(n: int) -> Any:
        total = 0
        frame = None
        for i in range(n):
            total += i
            if i == 3:
                frame = sys._getframe()
        return frame

    frame = optimised(count, 30)
    assert frame.f_locals["total"] == sum(range(30)) and frame.f_locals["i"] == 29
    assert frame.f_lineno == count.__code__.co_firstlineno + 7


def test_tracing_begins_in_the_loop(tier: int) -> None:
    def begin(lines: list[int]) -> None:
        def trace(frame: Any, event: str, argument: Any) -> Any:
            if event == "line":
                lines.append(frame.f_lineno - frame.f_code.co_firstlineno)
            return trace

        sys.settrace(trace)
        sys._getframe(1).f_trace = trace

    def count(n: int, lines: list[int], when: int) -> int:
        total = 0
        for i in range(n):
            total += i
            if i == when:
                begin(lines)
        sys.settrace(None)
        return total

    assert justjit.compile(count)
    before = sys.gettrace()
    try:
        for _ in range(4):
            assert count(20, [], -1) == sum(range(20))
        lines: list[int] = []
        assert count(20, lines, 17) == sum(range(20))
    finally:
        sys.settrace(before)
    assert lines == [2, 3, 4, 2, 3, 4, 2, 6], lines


def test_control_c(tier: int) -> None:
    def spin(n: int) -> int:
        total = 0
        for i in range(n):
            total += i & 3
        return total

    optimised(spin, 1000)

    def interrupt(number: int, frame: Any) -> None:
        seen.append(dict(frame.f_locals))
        raise KeyboardInterrupt

    seen: list[dict[str, Any]] = []
    old = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt) as caught:
            spin(10**15)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    entry = caught.traceback[-2] if caught.traceback[-1].name == "interrupt" else caught.traceback[-1]
    assert entry.name == "spin"
    (found,) = seen
    done = found["i"] + 1
    assert found["total"] in (done // 4 * 6 + (0, 0, 1, 3)[done % 4], (done - 1) // 4 * 6 + (0, 0, 1, 3)[(done - 1) % 4])


def test_a_signal_that_is_handled(tier: int) -> None:
    def spin(flag: list[int]) -> int:
        total = 0
        while not flag:
            total += 1
        return total

    hits: list[int] = []
    done: list[int] = []
    assert justjit.compile(spin)
    assert spin([1]) == 0

    def handler(number: int, frame: Any) -> None:
        hits.append(frame.f_locals.get("total", -1))
        if len(hits) == 5:
            done.append(1)

    old = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        total = spin(done)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert len(hits) >= 5 and hits == sorted(hits) and 0 <= hits[-1] <= total


def test_another_thread_runs_meanwhile(tier: int) -> None:
    def spin(flag: list[int]) -> int:
        total = 0
        while not flag:
            total += 1
        return total

    flag: list[int] = []
    assert justjit.compile(spin)
    threading.Timer(0.1, lambda: flag.append(1)).start()
    assert spin(flag) > 0


def test_globals_and_builtins_change(tier: int) -> None:
    namespace: dict[str, Any] = {"limit": 3, "__builtins__": builtins}
    exec(
        """
def count(n, change):
    total = 0
    for i in range(n):
        total += limit
        total += len("ab")
        if i == n // 2:
            change()
    return total
""",
        namespace,
    )
    count = namespace["count"]
    optimised(count, 20, lambda: None)
    assert count(20, lambda: None) == 100
    assert count(20, lambda: namespace.update(limit=4)) == 11 * 5 + 9 * 6
    assert count(20, lambda: namespace.update(limit=0.5)) == 11 * 6 + 9 * 2.5
    namespace["limit"] = 3
    assert count(20, lambda: namespace.update(len=lambda text: 10)) == 11 * 5 + 9 * 13
    del namespace["len"]
    assert count(20, lambda: None) == 100
    assert count(20, lambda: namespace.update(range=None)) == 100
    with pytest.raises(TypeError):
        count(20, lambda: None)
    del namespace["range"]
    with pytest.raises(NameError, match="limit"):
        count(20, lambda: namespace.pop("limit"))


def test_a_class_changes_between_calls(tier: int) -> None:
    class Box:
        def __init__(self, value: Any) -> None:
            self.value = value

    def total(boxes: list[Box]) -> Any:
        s = 0
        for box in boxes:
            s += box.value
        return s

    assert optimised(total, [Box(1), Box(2)] * 3) == 9
    assert total([Box(1), Box(2.5), Box(2**63)]) == 1 + 2.5 + 2**63
    Box.value = property(lambda self: 7)  # type: ignore[attr-defined]
    boxes = [object.__new__(Box)] * 2
    assert total(boxes) == 14


def test_recursion(tier: int) -> None:
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    assert optimised(fib, 12) == 144
    assert fib(True) is True and fib(15.0) == 610.0

    def down(n: int) -> int:
        return 0 if n == 0 else 1 + down(n - 1)

    assert optimised(down, 50) == 50
    with pytest.raises(RecursionError):
        down(10**9)


FINALISERS = """
import sys

LOG = []

class Noisy:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        frame = sys._getframe(1)
        LOG.append((self.number, frame.f_code.co_name, frame.f_locals.get("i"), frame.f_lineno))

def churn(n):
    total = 0
    for i in range(n):
        thing = Noisy(i)
        total += thing.number
    return total
"""


def test_finalisers_run_where_they_should(tier: int) -> None:
    plain: dict[str, Any] = {}
    jitted: dict[str, Any] = {}
    for namespace in plain, jitted:
        exec(FINALISERS, namespace)
    assert justjit.compile(jitted["churn"])
    for _ in range(5):
        assert jitted["churn"](6) == plain["churn"](6) == 15
        assert jitted["LOG"] == plain["LOG"]


def test_options_switch_the_tier_off() -> None:
    def double(x: int) -> int:
        return x * 2

    _core.set_compile_options(max_tier=1, tier_threshold=1)
    try:
        optimised(double, 4)
        assert justjit.stats(double)["tier"] == "baseline"
    finally:
        _core.set_compile_options(tier_threshold=0)


def test_the_environment_switches_it_on(python: Callable[..., Any]) -> None:
    program = (
        "import justjit\n"
        "@justjit.jit\n"
        "def double(x): return x * 2\n"
        "for i in range(9): double(i)\n"
        "print(justjit.stats(double)['tier'])\n"
    )
    path = ":".join(p for p in sys.path if p)
    for environment, tier_name in (
        ({"JUSTJIT_TIER": "2", "JUSTJIT_TIER_THRESHOLD": "1"}, "optimised"),
        ({"JUSTJIT_TIER": "1", "JUSTJIT_TIER_THRESHOLD": "1"}, "baseline"),
    ):
        finished = python("-c", program, PYTHONPATH=path, **environment)
        assert finished.status == 0, finished.err
        assert finished.out.split() == [tier_name], finished.out



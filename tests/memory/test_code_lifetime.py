"""Native code lives as long as its code object: dropped functions give their memory back, functions share code."""

from __future__ import annotations

import gc
import os
import types

import justjit
from justjit import _core

PAGE = os.sysconf("SC_PAGE_SIZE")
BATCH = 2000

SOURCE = """
def function(a, b={number}):
    total = {number}
    for i in range(a):
        total += i * b
        if total > 10 ** 6:
            break
    return [total, a], {{"b": b}}
"""


def resident_bytes() -> int:
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * PAGE


def make(number: int) -> types.FunctionType:
    """A function with a code object of its own, compiled."""
    namespace: dict[str, object] = {}
    exec(SOURCE.format(number=number), namespace)
    function = namespace["function"]
    assert isinstance(function, types.FunctionType)
    assert justjit.compile(function), justjit.stats(function)
    return function


def compile_and_drop(start: int, count: int) -> None:
    for number in range(start, start + count):
        assert make(number)(3)[0][1] == 3
    gc.collect()


def test_dropped_functions_give_their_memory_back() -> None:
    compile_and_drop(0, BATCH)  # ends with a collection
    live = _core.stats(None)["code_objects"]
    before = resident_bytes()
    compile_and_drop(BATCH, 5 * BATCH - BATCH)
    grown = resident_bytes() - before
    assert _core.stats(None)["code_objects"] == live
    assert grown < 4 << 20, f"{grown / 2**20:.1f} MB more after {4 * BATCH} further functions"


def test_functions_of_one_code_object_are_compiled_once() -> None:
    def outer(k: int) -> types.FunctionType:
        def inner(x: int) -> int:
            return x + k

        return inner  # type: ignore[return-value]

    first = outer(0)
    assert justjit.compile(first)
    gc.collect()
    compiled, live = _core.stats(None)["compiled"], _core.stats(None)["code_objects"]
    functions = [outer(k) for k in range(1000)]
    assert all(justjit.compile(f) for f in functions)
    assert [f(1) for f in functions] == list(range(1, 1001))
    assert _core.stats(None)["compiled"] == compiled
    assert _core.stats(None)["code_objects"] == live
    assert justjit.stats(functions[-1])["native_calls"] == justjit.stats(first)["native_calls"] >= 1000


def test_code_outlives_its_function_while_it_runs() -> None:
    namespace: dict[str, object] = {"log": []}
    exec(
        """
def victim(n):
    global victim
    del victim
    total = 0
    for i in range(n):
        total += i
    log.append(total)
    raise ValueError(total)
""",
        namespace,
    )
    assert justjit.compile(namespace["victim"])
    try:
        namespace["victim"](100)  # type: ignore[operator]
    except ValueError as error:
        assert error.args == (4950,)
        assert error.__traceback__ is not None and error.__traceback__.tb_next is not None
        frame = error.__traceback__.tb_next.tb_frame
    gc.collect()
    assert frame.f_locals["total"] == 4950
    assert namespace["log"] == [4950]


def test_replacing_the_code_frees_the_old_one() -> None:
    gc.collect()
    live = _core.stats(None)["code_objects"]
    function = make(-1)
    for number in range(20):
        function.__code__ = make(number).__code__
        assert function(2)[0][1] == 2
    del function
    gc.collect()
    assert _core.stats(None)["code_objects"] == live


def test_every_tier_of_a_function_goes_with_its_code_object() -> None:
    """Profiled and optimised code, several rounds of it, feedback, and exits that end in baseline code."""

    def live_through(start: int, count: int) -> None:
        for number in range(start, start + count):
            function = make(number)
            for argument in (3, 4, 5, 2**40):
                assert function(argument, 1)[0][1] == argument
            for odd in (0.5, True, 2**70, 7) * 3:
                function(3, odd)
        gc.collect()

    _core.set_compile_options(max_tier=2, tier_threshold=1)
    try:
        live_through(0, 300)
        live, size = _core.stats(None)["code_objects"], _core.stats(None)["code_bytes"]
        before = resident_bytes()
        live_through(300, 900)
        grown = resident_bytes() - before
    finally:
        _core.set_compile_options(max_tier=1, tier_threshold=0)
    assert (_core.stats(None)["code_objects"], _core.stats(None)["code_bytes"]) == (live, size)
    assert grown < 4 << 20, f"{grown / 2**20:.1f} MB more after 900 further functions"

"""What a compile costs: code that grows with the function, time of which all is reported, and one compiler for many threads."""

from __future__ import annotations

import threading
import time
import types

import justjit
import pytest

LINES = ["c = a + b", "if a > b:\n        c = a * b", "c = a[b]", "c = f(a, b)", "a.x = b", "c = [a, b]"]


def make(lines: int, number: int) -> types.FunctionType:
    namespace: dict[str, object] = {}
    body = "".join(f"    {LINES[i % len(LINES)]}\n" for i in range(lines))
    exec(f"def f(a, b, c):\n{body}    return c, {number}\n", namespace)
    function = namespace["f"]
    assert isinstance(function, types.FunctionType)
    return function


def compile_us(function: types.FunctionType) -> float:
    start = time.thread_time_ns()
    assert justjit.compile(function), justjit.stats(function)
    return (time.thread_time_ns() - start) / 1e3


@pytest.mark.parametrize("lines", [20, 60, 200, 600])
def test_code_grows_with_the_function(lines: int) -> None:
    """What a bytecode costs in time is bench/compile_time.py's to say; here: large functions are no special case."""
    per_bytecode = []
    for count in (lines, 2 * lines):
        function = make(count, count)
        compile_us(function)
        record = justjit.stats(function)
        assert record["bytecodes"] >= 4 * count
        per_bytecode.append(record["code_bytes"] / record["bytecodes"])
    assert per_bytecode[1] < 1.1 * per_bytecode[0], per_bytecode


def test_reported_time_is_all_of_it() -> None:
    compile_us(make(1, -3))
    shares = []
    for number in range(20):
        function = make(10, number)
        whole = compile_us(function)
        reported = justjit.stats(function)["compile_ms"] * 1e3
        assert 0 < reported <= whole
        shares.append(reported / whole)
    assert max(shares) > 0.8


def test_concurrent_compiles_of_one_process() -> None:
    """One code generator serves one thread at a time, and all share the memory of the code."""
    wrong: list[object] = []

    def work(start: int) -> None:
        for number in range(start, start + 60):
            namespace: dict[str, object] = {}
            exec(f"def g(n):\n    s = {number}\n    for i in range(n):\n        s += i\n    return s\n", namespace)
            function = namespace["g"]
            assert isinstance(function, types.FunctionType)
            if not justjit.compile(function) or function(10) != number + 45:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(1000 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong

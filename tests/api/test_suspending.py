"""Generators, coroutines and asynchronous generators through the public interface: who compiles them when, and counts."""

from __future__ import annotations

import inspect
import types

import justjit
import pytest
from justjit import _core

from ..semantics.programs import run_program


def make(name: str = "fresh"):
    """A generator function with a code object of its own."""
    namespace: dict[str, object] = {}
    exec(f"def {name}(n):\n    for i in range(n):\n        yield i\n    return n\n", namespace)
    function = namespace[name]
    assert isinstance(function, types.FunctionType)
    return function


async def coroutine():
    return 1


async def asynchronous():
    yield 1


def test_compile_and_counts():
    f = make()
    assert justjit.compile(f) is True
    assert justjit.is_compiled(f)
    assert type(f(1)) is types.GeneratorType and inspect.isgeneratorfunction(f)
    assert list(f(3)) == [0, 1, 2]
    unfinished = f(3)
    next(unfinished)
    unfinished.close()  # which ends it natively, too
    record = justjit.stats(f)
    assert (record["native_calls"], record["completed"], record["deopts"]) == (2, 2, 0)
    assert record["tier"] == "baseline" and record["fallback_reason"] is None


@pytest.mark.parametrize("function", [coroutine, asynchronous])
def test_other_kinds_are_compiled(function):
    assert justjit.compile(function) and justjit.is_compiled(function)


def test_decorators():
    f = make()
    assert justjit.jit(f) is f
    assert justjit.is_compiled(f)
    lazy = make()
    assert justjit.jit(lazy=True)(lazy) is lazy
    assert not justjit.is_compiled(lazy)
    assert list(lazy(3)) == [0, 1, 2]
    assert justjit.is_compiled(lazy)
    assert justjit.stats(lazy)["native_calls"] == 1, "the first call is native already"


def test_totals_tell_generators_from_functions():
    f = make()
    g = types.FunctionType((lambda x: x).__code__.replace(), {})
    assert justjit.compile(f) and justjit.compile(g)
    before = justjit.stats()
    assert [*f(2), *f(2), g(1), g(2), g(3)] == [0, 1, 0, 1, 1, 2, 3]
    after = justjit.stats()
    assert after["native_generators"] - before["native_generators"] == 2
    assert after["native_calls"] - before["native_calls"] == 2 + 3


def test_forced_exits_count():
    f = make()
    assert _core.compile(f, boundaries=True, force=True)
    _core.set_forced_exit(3)
    try:
        assert list(f(5)) == [0, 1, 2, 3, 4]
    finally:
        _core.set_forced_exit(0)
    assert justjit.stats(f)["deopts"] > 0


ENABLED = """
import justjit, sys, types
justjit.enable(%d)
async def leaf(x):
    return x
async def agen(n):
    for i in range(n):
        yield await leaf(i)
async def total(n):
    return [x async for x in agen(n)]
def numbers(n):
    for i in range(n):
        yield i
def run(n):
    try:
        total(n).send(None)
    except StopIteration as e:
        assert e.value == list(range(n))
    return sum(numbers(n)) + sum(x * x for x in range(n))
for _ in range(%d):
    assert run(4) == 20
print(*(justjit.stats(f)["native_calls"] for f in (leaf, agen, total, numbers)))
"""


@pytest.mark.parametrize("threshold", [0, 10])
def test_enable_counts_starts(threshold):
    """3.12 and later count calls, earlier versions first resumes: each generator here is resumed at once."""
    calls = 50
    status, output, errors = run_program(ENABLED % (threshold, calls), True)
    assert status == 0, errors
    interpreted = max(threshold - 1, 0)
    leaf, *others = map(int, output.split())
    assert leaf >= 4 * calls - max(interpreted, 4 * interpreted)
    assert all(calls - interpreted <= n <= calls for n in others), output


def test_without_jitted_generators_no_slot_is_replaced():
    status, output, errors = run_program(
        """
import ctypes, types
def slots():
    return [ctypes.c_void_p.from_address(id(types.GeneratorType) + 8 * i).value for i in range(8, 48)]
before = slots()
@jit
def plain(x): return x + 1
assert plain(1) == 2 and slots()[19:] == before[19:]
@jit
def g(): yield 1
assert slots()[19:] != before[19:]
assert "send" in dir(g()) and g().send.__doc__ and types.GeneratorType.__next__(g()) == 1
print("done")
""",
        True,
    )
    assert (status, output) == (0, "done\n"), errors

"""Arguments of jit() and enable(), stats, dump_ir, compile."""

import re
from collections.abc import Mapping

import pytest

import justjit
from justjit import jit


@pytest.mark.parametrize(
    "name, value, error, allowed",
    [
        ("opt_level", 4, ValueError, "from 0 to 3"),
        ("opt_level", -1, ValueError, "from 0 to 3"),
        ("opt_level", "3", TypeError, "from 0 to 3"),
        ("opt_level", True, TypeError, "from 0 to 3"),
        ("opt_level", None, TypeError, "from 0 to 3"),
        ("vectorize", 1, TypeError, "True or False"),
        ("inline", "yes", TypeError, "True or False"),
        ("parallel", None, TypeError, "True or False"),
        ("lazy", 0, TypeError, "True or False"),
        ("mode", "fast", ValueError, "'auto', 'object', 'int' or 'float'"),
        ("mode", 1, TypeError, "'auto', 'object', 'int' or 'float'"),
        ("mode", None, TypeError, "'auto', 'object', 'int' or 'float'"),
        ("overflow", "trap", ValueError, "'raise' or 'wrap'"),
        ("overflow", 1, TypeError, "'raise' or 'wrap'"),
    ],
)
def test_wrong_arguments(name, value, error, allowed):
    with pytest.raises(error, match=re.escape(allowed)) as caught:
        jit(**{name: value})
    assert name in str(caught.value)


def test_unknown_and_positional_arguments():
    with pytest.raises(TypeError, match="nonsense"):
        jit(nonsense=1)
    with pytest.raises(TypeError):
        jit(lambda: 1, 2)


@pytest.mark.parametrize("mode", ["auto", "object", "int", "float"])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_every_allowed_argument(mode, level):
    @jit(opt_level=level, vectorize=False, inline=False, parallel=True, lazy=False, mode=mode)
    def f(n):
        total = 0
        for i in range(n):
            total += i
        return total

    if mode == "float":
        with pytest.raises(TypeError, match="the result must be a float"):
            f(100)
    else:
        assert f(100) == 4950


def test_lazy():
    @jit(lazy=True)
    def f(x):
        return x + 1

    assert not justjit.is_compiled(f)
    assert f(1) == 2
    assert justjit.is_compiled(f)
    assert f(1) == 2


def test_compile():
    def f(x):
        return -x

    assert not justjit.is_compiled(f)
    assert justjit.compile(f) is True
    assert justjit.is_compiled(f)
    assert justjit.stats(f)["native_calls"] == 0
    assert f(3) == -3


def test_stats_of_a_function():
    @jit
    def f(x):
        return x * 2

    for i in range(5):
        f(i)
    record = justjit.stats(f)
    assert isinstance(record, Mapping)
    assert record["compiled"] is True
    assert record["tier"] == "baseline"
    assert record["native_calls"] == 5
    assert record["deopts"] == 0 and not record["exits"]
    assert record["compile_ms"] > 0 and record["code_bytes"] > 0
    assert record["fallback_reason"] is None


def test_stats_of_a_function_that_was_never_compiled():
    record = justjit.stats(lambda: 1)
    assert record["compiled"] is False and record["native_calls"] == 0 and record["code_bytes"] == 0


def test_stats_of_the_process():
    before = justjit.stats()

    @jit
    def f():
        return 1

    f()
    after = justjit.stats()
    assert isinstance(after, Mapping)
    assert after["native_calls"] >= before["native_calls"] + 1
    assert after["compile_ms"] >= before["compile_ms"]


def test_dump_ir(capsys):
    def f(a, b):
        return a + b

    assert justjit.dump_ir(f) is f
    text = capsys.readouterr().out
    assert "define" in text and "ret ptr" in text

    @justjit.dump_ir
    @jit
    def g(a):
        return a

    assert "define" in capsys.readouterr().out
    assert g(5) == 5


@pytest.mark.parametrize("value, error", [("1", TypeError), (1.0, TypeError), (True, TypeError), (-1, ValueError)])
def test_enable_checks_its_argument(value, error):
    with pytest.raises(error, match="threshold must be"):
        justjit.enable(threshold=value)


def test_warning_class():
    assert issubclass(justjit.JustJITWarning, RuntimeWarning)


def test_no_warning_for_suspending_functions(recwarn):
    @jit
    def generator():
        yield 1

    @jit
    async def coroutine():
        return 1

    assert not recwarn.list
    assert list(generator()) == [1]

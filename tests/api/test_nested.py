"""Functions, lambdas and generators that are made inside of a jitted function are native, too."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Iterator

import justjit
import pytest
from justjit import _core


@pytest.fixture(autouse=True, params=[False, True], ids=["foreground", "background"])
def background(request: pytest.FixtureRequest) -> Iterator[None]:
    _core.set_compile_options(background=request.param)
    try:
        yield
    finally:
        _core.set_compile_options(background=False)


def is_native(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a function is called natively once it is compiled, however long the compile thread takes."""
    function(*arguments)
    compiled = _core.is_compiled(function)  # waits
    for _ in range(50):
        function(*arguments)
    return compiled and justjit.stats(function)["native_calls"] > 0


def test_closures_and_lambdas() -> None:
    @justjit.jit
    def make(step: int) -> Any:
        count = 0

        def counter() -> int:
            nonlocal count
            count += step
            return count

        return counter, lambda x: x + count

    counter, plus = make(3)
    assert is_native(counter) and is_native(plus, 1)
    assert (counter(), plus(4)) == (52 * 3, 52 * 3 + 4)
    other, _ = make(1)
    assert (other(), other()) == (1, 2)


def test_all_levels() -> None:
    @justjit.jit
    def outer() -> Any:
        def middle() -> Any:
            def inner(x: int) -> int:
                return x * 2

            return inner

        return middle

    inner = outer()()
    assert is_native(inner, 1) and inner(21) == 42


def test_generators_and_coroutines() -> None:
    @justjit.jit
    def make() -> Any:
        def numbers(n: int) -> Any:
            for i in range(n):
                yield i

        async def answer() -> int:
            return 42

        return numbers, answer, sum(i * i for i in range(5))

    numbers, answer, total = make()
    assert total == 30
    for _ in range(50):
        assert list(numbers(3)) == [0, 1, 2]
        assert asyncio.run(answer()) == 42
    assert _core.is_compiled(numbers) and _core.is_compiled(answer)


def test_only_what_the_user_has_named() -> None:
    def make() -> Any:
        return lambda x: x

    plain = make()
    assert not is_native(plain, 1)

    @justjit.jit
    def with_class() -> Any:
        class Own:
            def method(self) -> int:
                return 1

        return Own

    own = with_class()()
    assert [own.method() for _ in range(50)] == [1] * 50  # a class body is the interpreter's


def test_options() -> None:
    @justjit.jit(mode="int")
    def asserted(n: int) -> Any:
        return n + len((lambda x: x + "s")("a"))  # the lambda's arguments are its own

    assert asserted(2) == 4
    with pytest.raises(TypeError):
        asserted(2.5)

    @justjit.jit(mode="object")
    def outer() -> Any:
        def total(n: int) -> int:
            s = 0
            for i in range(n):
                s += i
            return s

        return total

    total = outer()
    assert is_native(total, 100)
    for _ in range(20):
        total(10_000)
    assert justjit.stats(total)["tier"] == "baseline"  # nothing is assumed about its numbers either

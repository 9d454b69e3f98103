"""The function that jit() returns is the same function to every tool."""

import copy
import dataclasses
import functools
import inspect
import pickle
import types
import typing
import weakref
from unittest import mock

import pytest

import justjit
from justjit import jit


@jit
def documented(a: int, b: "float" = 2.0, *rest: str, key: int = 3, **more: object) -> float:
    """Doc text."""
    return a + b + len(rest) + key + len(more)


@jit(opt_level=2, mode="auto")
def with_arguments(x):
    return x + 1


def test_native_code_exists_and_is_used():
    assert justjit.is_compiled(documented)
    assert documented(1) == 6.0
    before = justjit.stats(documented)["native_calls"]
    assert documented(1, 1.0, "x", key=4, z=5) == 8.0
    assert justjit.stats(documented)["native_calls"] == before + 1


def test_same_object_and_type():
    def plain(x):
        return x

    assert jit(plain) is plain
    assert jit()(plain) is plain
    assert jit(lazy=True)(plain) is plain
    assert isinstance(plain, types.FunctionType)
    assert inspect.isfunction(plain) and callable(plain)


def test_metadata():
    assert documented.__name__ == documented.__qualname__ == "documented"
    assert documented.__module__ == __name__
    assert documented.__doc__ == "Doc text."
    assert documented.__defaults__ == (2.0,)
    assert documented.__kwdefaults__ == {"key": 3}
    assert documented.__code__.co_name == "documented"
    assert repr(documented).startswith("<function documented at 0x")


def test_inspect():
    assert str(inspect.signature(documented)) == (
        "(a: int, b: 'float' = 2.0, *rest: str, key: int = 3, **more: object) -> float"
    )
    assert inspect.getsource(documented).startswith("@jit\ndef documented(")
    assert not inspect.iscoroutinefunction(documented)
    assert not inspect.isgeneratorfunction(documented)


def test_coroutines_and_generators_keep_their_kind():
    @jit
    async def coroutine():
        return 1

    @jit
    def generator():
        yield 1

    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.isgeneratorfunction(generator)
    assert list(generator()) == [1]
    running = coroutine()
    with pytest.raises(StopIteration) as stop:
        running.send(None)
    assert stop.value.value == 1


def test_get_type_hints():
    assert typing.get_type_hints(documented)["b"] is float


def test_pickle_and_copy():
    assert pickle.loads(pickle.dumps(documented)) is documented
    assert copy.copy(documented) is documented
    assert copy.deepcopy(documented) is documented


def test_wraps():
    @functools.wraps(documented)
    def wrapper(*args, **kwargs):
        return documented(*args, **kwargs)

    jit(wrapper)
    assert wrapper.__wrapped__ is documented
    assert wrapper.__name__ == "documented"
    assert inspect.signature(wrapper) == inspect.signature(documented)
    assert wrapper(1, key=1) == 4.0


def test_mock_patch():
    @jit
    def caller():
        return with_arguments(1)

    assert caller() == 2
    with mock.patch(f"{__name__}.with_arguments", return_value=40) as patched:
        assert caller() == 40
        patched.assert_called_once_with(1)
    assert caller() == 2
    with mock.patch(f"{__name__}.with_arguments", autospec=True, return_value=41):
        assert caller() == 41
    assert caller() == 2


def test_attributes_and_weak_references():
    @jit
    def f():
        return f.count

    f.count = 3
    assert f() == 3 and f.__dict__ == {"count": 3}
    reference = weakref.ref(f)
    assert reference() is f


def test_rebinding_code():
    @jit
    def f(x):
        return x + 1

    def other(x):
        return x * 10

    assert f(2) == 3
    f.__code__ = other.__code__
    assert f(2) == 20
    jit(f)
    assert f(3) == 30


def test_rebinding_defaults():
    @jit
    def f(a, b=2, *, c=3):
        return a, b, c

    assert f(1) == (1, 2, 3)
    f.__defaults__ = (20,)
    assert f(1) == (1, 20, 3)
    f.__kwdefaults__ = {"c": 30}
    assert f(1) == (1, 20, 30)
    f.__kwdefaults__["c"] = 31
    assert f(1) == (1, 20, 31)
    f.__defaults__ = None
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'b'"):
        f(1)
    f.__defaults__ = (8, 9)
    assert f() == (8, 9, 31)
    f.__kwdefaults__ = None
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'c'"):
        f()


def test_wrong_arguments_have_the_interpreters_messages():
    def plain(a, b=1, *, c):
        return a

    compiled = jit(types.FunctionType(plain.__code__, globals(), "plain", plain.__defaults__))
    compiled.__qualname__ = plain.__qualname__
    for args, kwargs in [
        ((), {}),
        ((1,), {}),
        ((1, 2, 3), {"c": 1}),
        ((1,), {"a": 1, "c": 2}),
        ((1,), {"c": 1, "d": 2}),
    ]:
        with pytest.raises(TypeError) as expected:
            plain(*args, **kwargs)
        with pytest.raises(TypeError) as got:
            compiled(*args, **kwargs)
        assert str(got.value) == str(expected.value)


def test_dataclass_methods():
    @dataclasses.dataclass(order=True)
    class Point:
        x: int
        y: int = 0

        @jit
        def total(self):
            return self.x + self.y

    jit(Point.__init__)
    jit(Point.__eq__)
    assert Point(1, 2).total() == 3
    assert Point(1) == Point(1, 0) and Point(1) != Point(2)
    assert sorted([Point(2), Point(1)]) == [Point(1), Point(2)]

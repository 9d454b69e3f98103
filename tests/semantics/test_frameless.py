"""Functions that are called without a frame as long as nobody could see one: nobody does."""

from __future__ import annotations

import gc
import sys
import traceback
import types
from typing import Any, Callable, Iterator

import justjit
import pytest
from justjit import _core

SEEDS = [0, 77]  # 0: guards fail only when they have to
SCALE = 3


class Point:
    def __init__(self, x: Any) -> None:
        self._x = x
        self.y = 2

    @property
    def x(self) -> Any:
        return self._x

    def move(self, x: Any) -> None:
        self._x = x

    def __getitem__(self, key: Any) -> Any:
        return key

    def __lt__(self, other: Any) -> Any:
        return self._x < other._x


class Slotted:
    __slots__ = ("_x",)
    x, move, __lt__ = Point.x, Point.move, Point.__lt__

    def __init__(self, x: Any) -> None:
        self._x = x


def first(a: Any, b: Any) -> Any:
    return a


def constant() -> Any:
    return 5


def add(a: Any, b: Any) -> Any:
    return a + b


def second_of(row: Any) -> Any:
    return row[1]


def clipped(x: Any) -> Any:
    y = x * 2
    if y > 10:
        return y - 1
    return y


def scaled(x: Any) -> Any:
    return x * SCALE


def same(a: Any, b: Any) -> Any:
    return a is b


def looking(a: Any) -> Any:
    return sys._getframe().f_code.co_name


FUNCTIONS = [first, constant, add, second_of, clipped, scaled, same]


def twin(function: Callable[..., Any]) -> types.FunctionType:
    """A function with code of its own that is never compiled, under the same name."""
    assert isinstance(function, types.FunctionType)
    code = function.__code__.replace()
    return types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__)


@pytest.fixture(params=SEEDS, ids=lambda seed: f"stress{seed}" if seed else "plain")
def tier(request: pytest.FixtureRequest) -> Iterator[int]:
    _core.set_compile_options(max_tier=2, tier_threshold=1, deopt_stress=request.param, background=False)
    try:
        yield request.param
    finally:
        _core.set_compile_options(tier_threshold=0, deopt_stress=0)


def compiled(function: Callable[..., Any], *arguments: Any) -> Any:
    """The same with native code that has seen such arguments."""
    new = twin(function)
    assert justjit.compile(new)
    for _ in range(200):
        outcome(new, *arguments)
    return new


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        result = function(*arguments)
    except Exception as error:
        frames = [(f.name, f.lineno, f.line) for f in traceback.extract_tb(error.__traceback__)]
        return type(error), str(error), frames[1:]
    return type(result), result


class MyInt(int):
    def __add__(self, other: Any) -> Any:
        return sys._getframe(1).f_code.co_name, sys._getframe(1).f_locals["a"] is self


ODD = [0, 1, -7, 2**30, 2**62, 2**63, 2**64, 1.5, float("inf"), True, None, "s", (1, 2), [3, 4], (1,), MyInt(3)]


@pytest.mark.parametrize("arguments", [(5, 6), (1.5, 2.5), ("a", "b"), ((1, 2), (3, 4))], ids=repr)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_results_and_errors(function: Any, arguments: tuple[Any, ...], tier: int) -> None:
    count = function.__code__.co_argcount
    plain = twin(function)
    native = compiled(function, *arguments[:count])
    for a in ODD:
        for b in ODD[:: len(ODD) if count < 2 else 1]:
            assert outcome(native, *(a, b)[:count]) == outcome(plain, *(a, b)[:count])
    for wrong in [(), (1,), (1, 2), (1, 2, 3)]:
        assert outcome(native, *wrong) == outcome(plain, *wrong)
    assert outcome(lambda: native(*arguments[:count], z=1)) == outcome(lambda: plain(*arguments[:count], z=1))


def test_there_is_no_frame_when_nobody_looks() -> None:
    _core.set_compile_options(max_tier=2, tier_threshold=1, background=False)
    try:
        for function in FUNCTIONS:
            arguments: tuple[Any, ...] = (40, 5) if function is not second_of else ((4, 5),)
            native = compiled(function, *arguments[: function.__code__.co_argcount])
            assert not justjit.stats(native)["needs_frame"], function
        assert justjit.stats(compiled(looking, 1))["needs_frame"]
    finally:
        _core.set_compile_options(tier_threshold=0)


@pytest.mark.parametrize("cls", [Point, Slotted])
def test_attributes(cls: Any, tier: int) -> None:
    getter, setter, less = (compiled_method(cls, name) for name in ("x", "move", "__lt__"))
    p, q = cls(1), cls(2)
    for _ in range(300):
        assert getter(p) == 1 and less(p, q) is True and less(q, p) is False
        assert setter(p, 1) is None
    for value in [5, 2**70, "text", None, [1], Point]:
        setter(p, value)
        assert getter(p) is value and p._x is value
    del p._x
    with pytest.raises(AttributeError) as caught:
        getter(p)
    assert [f.name for f in traceback.extract_tb(caught.value.__traceback__)][1:] == ["x"]
    setter(p, 7)
    assert getter(p) == 7
    if cls is Point:
        p.__dict__["_x"] = 8
        assert getter(p) == 8
        p.__dict__ = {"_x": 9}
        assert getter(p) == 9
        cls._x = property(lambda self: "from the class")
        try:
            assert getter(p) == "from the class"
        finally:
            del cls._x
        assert getter(p) == 9
    with pytest.raises(AttributeError):
        getter(3)


def compiled_method(cls: Any, name: str) -> Any:
    function = vars(cls)[name]
    function = getattr(function, "fget", function)
    a, b = cls(3), cls(4)
    return compiled(function, *(a, b)[: function.__code__.co_argcount])


def test_what_a_setter_drops_sees_the_frame(tier: int) -> None:
    seen = []

    class Dropped:
        def __del__(self) -> None:
            seen.append(sys._getframe(1).f_code.co_name)

    setter = compiled(Point.move, Point(1), 2)
    p = Point(1)
    for _ in range(300):
        setter(p, 1)
    for _ in range(5):
        p._x = Dropped()
        setter(p, 1)
    assert seen == ["move"] * 5


def test_globals_change(tier: int) -> None:
    global SCALE
    native = compiled(scaled, 4)
    try:
        for SCALE in [3, 4, 2**62, 1.5, "ab", 3]:
            for _ in range(40):
                assert native(4) == 4 * SCALE
        del SCALE
        with pytest.raises(NameError):
            native(4)
    finally:
        SCALE = 3
    assert native(4) == 12


@pytest.mark.parametrize("function", [first, add, scaled], ids=lambda f: f.__name__)
def test_tracers_and_profilers_see_every_call(function: Any, tier: int) -> None:
    arguments = (4, 5)[: function.__code__.co_argcount]

    def events(called: Any, start: Callable[[Any], None]) -> list[Any]:
        seen: list[Any] = []

        def note(frame: Any, event: str, arg: Any) -> Any:
            if frame.f_code is called.__code__:
                seen.append((event, frame.f_lineno, dict(frame.f_locals), arg))
            return note

        start(note)
        try:
            for _ in range(3):
                called(*arguments)
        finally:
            start(None)
        return seen

    native, plain = compiled(function, *arguments), twin(function)
    for start in (sys.setprofile, sys.settrace):
        wanted = events(plain, start)
        assert wanted and events(native, start) == wanted
    for _ in range(100):
        assert native(*arguments) == plain(*arguments)


def test_at_the_recursion_limit(tier: int) -> None:
    native, plain = compiled(first, 1, 2), twin(first)

    def depth(leaf: Any, n: int = 0) -> int:
        try:
            leaf(n, n)
            return depth(leaf, n + 1)
        except RecursionError:
            return n

    for _ in range(3):
        assert depth(native) == depth(plain)


def test_references(tier: int) -> None:
    p = Point([1])
    value = p._x
    shared = (object(), object())
    native = [compiled(first, shared, p), compiled(Point.x.fget, p), compiled(second_of, shared)]
    arguments = [(shared, p), (p,), (shared,)]
    objects = [p, value, *shared, shared]
    gc.collect()
    before = [sys.getrefcount(o) for o in objects]
    for _ in range(2000):
        for function, given in zip(native, arguments):
            function(*given)
    assert [sys.getrefcount(o) for o in objects] == before


def test_called_by_native_code_and_by_c(tier: int) -> None:
    native = compiled(add, 4, 5)
    key = compiled(second_of, (1, 2))

    def caller(n: int) -> Any:
        total = 0
        for i in range(n):
            total = native(total, i)
        return total

    assert justjit.compile(caller)
    for _ in range(5):
        assert caller(500) == sum(range(500))
    rows = [(i, -i) for i in range(50)]
    assert sorted(rows, key=key) == rows[::-1]
    assert list(map(native, range(50), range(50))) == [2 * i for i in range(50)]
    assert list(map(native, "ab", "cd")) == ["ac", "bd"]
    with pytest.raises(TypeError, match="unsupported operand"):
        caller_of(native)


def caller_of(function: Any) -> Any:
    return function(1, "x")

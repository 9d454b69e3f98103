"""Baseline code of small functions runs without a frame where nothing raises or runs code; elsewhere the call begins anew."""

from __future__ import annotations

import sys
import traceback
import types
import weakref
from typing import Any, Callable, Iterator

import justjit
import pytest
from justjit import _core

FACTOR = 3


class Plain:
    def __init__(self, a: Any, b: Any) -> None:
        self.a = a
        self.b = b

    def get(self) -> Any:
        return self.a

    def deep(self) -> Any:
        return self.a.a

    def item(self, key: Any) -> Any:
        return self.a[key]

    def less(self, other: Any) -> Any:
        return self.a < other.a

    def same(self, other: Any) -> Any:
        return self.a == other.a

    def positive(self) -> Any:
        if self.a > 0:
            return "yes"
        return self.b

    def truth(self) -> Any:
        if self.a:
            return "full"
        return "empty"

    def nothing(self) -> Any:
        return self.a is None

    def put(self, value: Any) -> Any:
        self.a = value
        return value

    def count(self) -> Any:
        self.a = self.a + 1

    def swap(self) -> Any:
        self.a, self.b = self.b, self.a

    def sum(self) -> Any:
        return self.a + self.b

    def with_default(self, x: Any, y: Any = 2, z: Any = "z") -> Any:
        return y


class Slotted:
    __slots__ = ("a", "b")


class Computed(Plain):
    """The attribute is a property, which counts how often it is asked."""

    asked = 0

    @property
    def a(self) -> Any:
        Computed.asked += 1
        return 7

    @a.setter
    def a(self, value: Any) -> None:
        Computed.asked += 100


class Watching:
    def __lt__(self, other: Any) -> Any:
        return "less", sys._getframe(1).f_code.co_name

    def __eq__(self, other: Any) -> Any:
        return "equal", sys._getframe(1).f_code.co_name

    __hash__ = object.__hash__

    def __gt__(self, other: Any) -> Any:
        return sys._getframe(1).f_code.co_name == "positive"

    def __bool__(self) -> bool:
        return sys._getframe(1).f_code.co_name == "truth"

    def __add__(self, other: Any) -> Any:
        return "sum", sys._getframe(1).f_code.co_name

    def __getitem__(self, key: Any) -> Any:
        return key, sys._getframe(1).f_code.co_name


def add(a: Any, b: Any) -> Any:
    return a + b


def scaled(a: Any) -> Any:
    return a * FACTOR


def chained(a: Any, b: Any) -> Any:
    return (a + b) * b - a


def power(a: Any, b: Any) -> Any:
    return a**b


def quotient(a: Any, b: Any) -> Any:
    return a / b


METHODS = [f for f in vars(Plain).values() if isinstance(f, types.FunctionType) and f.__name__ != "with_default"]
FUNCTIONS = [add, scaled, chained, power, quotient]
WITHOUT_A_FRAME = [
    "__init__",
    "get",
    "deep",
    "item",
    "less",
    "same",
    "positive",
    "truth",
    "nothing",
    "put",
    "count",
    "sum",
]


@pytest.fixture(autouse=True)
def baseline() -> Iterator[None]:
    _core.set_compile_options(max_tier=1)
    yield
    _core.set_compile_options(max_tier=2)


def twin(function: Any) -> Any:
    code = function.__code__.replace()
    return types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__)


def native(function: Any) -> Any:
    new = twin(function)
    assert justjit.compile(new)
    return new


def outcome(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        result = function(*arguments, **named)
    except Exception as error:
        lines = [(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
        return type(error), str(error), lines[1:]
    return type(result), result


def state(o: Any) -> Any:
    return [
        (name, getattr(o, name)) for name in ("a", "b") if hasattr(type(o), name) or name in getattr(o, "__dict__", {})
    ]


VALUES: list[Any] = [
    0,
    5,
    -7,
    2**30,
    2**62,
    2**64,
    1.5,
    float("nan"),
    True,
    None,
    "s",
    "",
    (1, 2),
    [3, 4],
    {"k": 5},
    {1: 6},
]


def objects(value: Any) -> list[Any]:
    slotted = Slotted()
    slotted.a, slotted.b = value, 2
    late = Plain(value, 2)
    late.__dict__["more"] = 1  # its values are in a dict now
    inner = Plain(Plain(value, 1), Plain(2, 3))
    missing = Plain(1, 2)
    del missing.a
    return [Plain(value, 2), slotted, late, inner, missing, Computed(value, 2), Plain(Watching(), Watching())]


def arguments_of(function: Any, o: Any) -> Iterator[tuple[Any, ...]]:
    count = function.__code__.co_argcount
    if count == 1:
        yield (o,)
    elif function.__name__ in ("less", "same"):
        for other in objects(5):
            yield o, other
    elif count == 3:
        yield o, 1, "x"
    else:
        for key in (0, -1, 9, "k", "absent", 1, None, []):
            yield o, key


@pytest.mark.parametrize("function", METHODS, ids=lambda f: f.__name__)
def test_methods(function: Any) -> None:
    compiled = native(function)
    assert justjit.stats(compiled)["needs_frame"] == (function.__name__ not in WITHOUT_A_FRAME)
    for _ in range(3):
        for value in VALUES:
            for mine, others in zip(objects(value), objects(value)):
                for given, expected in zip(arguments_of(function, mine), arguments_of(function, others)):
                    Computed.asked = 0
                    seen = repr(outcome(compiled, *given)), repr(state(mine)), Computed.asked
                    Computed.asked = 0
                    wanted = repr(outcome(function, *expected)), repr(state(others)), Computed.asked
                    assert strip(seen) == strip(wanted)


def strip(texts: tuple[str, str, int]) -> Any:
    """Without the addresses of objects."""
    import re

    return re.sub(r" at 0x[0-9a-f]+", "", repr(texts))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_numbers_and_strings(function: Any) -> None:
    compiled = native(function)
    assert not justjit.stats(compiled)["needs_frame"]
    few = [0, 1, -3, 2**31, 2**62, 2**63 - 1, 1.5, -0.0, 1e308, "ab", "é", "x" * 400, None, Watching()]
    for a in few:
        for b in few if function.__code__.co_argcount == 2 else [None]:
            if function is power and isinstance(a, int) and isinstance(b, int) and b > 99:
                continue
            given = (a, b)[: function.__code__.co_argcount]
            assert repr(outcome(compiled, *given)) == repr(outcome(function, *given))


def test_defaults_and_keywords() -> None:
    o = Plain(1, 2)
    plain, compiled = twin(Plain.with_default), native(Plain.with_default)
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((o, 1), {}),
        ((o, 1, 5), {}),
        ((o,), {"x": 1}),
        ((o, 1), {"z": 3}),
        ((o, 1), {"y": 3, "z": 4}),
        ((o, 1), {"".join(["", "y"]): 4}),
        ((o,), {}),
        ((o, 1), {"x": 2}),
        ((o, 1), {"q": 2}),
        ((o, 1, 2, 3, 4), {}),
    ]

    def both() -> None:
        for given, named in calls:
            assert outcome(compiled, *given, **named) == outcome(plain, *given, **named)
        assert outcome(lambda: compiled(o, 1, z=5, y=6)) == outcome(lambda: plain(o, 1, z=5, y=6))

    both()
    for defaults in [(8, 9), (1, 2, 3, 4), None, (7,)]:
        plain.__defaults__ = compiled.__defaults__ = defaults
        both()


def test_nothing_is_kept_and_nothing_lost() -> None:
    o, value = Plain(1, 2), Plain(3, 4)
    put, get, init = native(Plain.put), native(Plain.get), native(Plain.__init__)
    for _ in range(50):
        put(o, value)
        get(o)
        init(o, value, value)
        init(o, 1, 2)
        put(o, o.b)
    assert sys.getrefcount(value) == 2
    gone = weakref.ref(value)
    o.a = value
    del value
    put(o, None)
    assert gone() is None, "the last reference, whose release may run code"


def test_a_finaliser_sees_the_frame() -> None:
    seen: list[str] = []

    class Final:
        def __del__(self) -> None:
            seen.append(sys._getframe(1).f_code.co_name)

    put = native(Plain.put)
    o = Plain(1, 2)
    for _ in range(3):
        put(o, Final())
    put(o, None)
    assert seen == ["put"] * 3


def test_globals_change() -> None:
    namespace: dict[str, Any] = {"FACTOR": 2}
    f = types.FunctionType(scaled.__code__.replace(), namespace)
    assert justjit.compile(f)
    for factor in (2, 2, 5, 5, "ab", "ab", 2.5):
        namespace["FACTOR"] = factor
        assert f(2) == 2 * factor
    del namespace["FACTOR"]
    for _ in range(2):
        assert outcome(f, 2)[0] is NameError


def test_where_many_calls_begin_anew_all_get_a_frame() -> None:
    compiled = native(add)
    for _ in range(100):
        assert compiled((1,), (2,)) == (1, 2)
    assert justjit.stats(compiled)["needs_frame"]
    assert compiled(1, 2) == 3


def test_deleted_locals_have_no_value() -> None:
    def gone(a: Any) -> Any:
        del a
        return a  # noqa: F821

    def sometimes(a: Any, b: Any) -> Any:
        if b:
            del a
        return a

    assert justjit.compile(gone) and justjit.compile(sometimes)
    for _ in range(3):
        for call in (lambda: gone(1), lambda: sometimes(1, True)):
            with pytest.raises(UnboundLocalError):
                call()
        assert sometimes(5, False) == 5

"""What callees see of where their native caller stands: f_lasti, tb_lasti, and what a running generator waits for."""

import sys
import traceback
import types

import pytest

import justjit

from .harness import DEBUG_BUILD


def where(*_, **__):
    return sys._getframe(1).f_lasti


def fail(*_, **__):
    raise LookupError


def needs_two(a, b):
    return a, b


class Thing:
    def method(self, *_):
        return sys._getframe(1).f_lasti

    def fail(self):
        raise LookupError


def calls(thing):
    bound = thing.method
    return [
        where(),
        thing.method(),
        thing.method(1),
        bound(),
        where(a=1),
        where(*()),
        where(1, *(2,), **{"b": 3}),
        where(where(1), where(2)),
        max([1], key=where),
    ]


def raises_plainly():
    return fail()


def raises_in_method(thing):
    return 1 + thing.fail()


def raises_with_keyword():
    return fail(a=1)


def raises_starred():
    return fail(*(1, 2))


def raises_in_c():
    return max([1, 2], key=fail)


def cannot_bind():
    return needs_two(1)


def cannot_bind_keyword():
    return needs_two(1, c=2)


def not_callable(thing):
    return thing()


def handles():
    try:
        fail()
    except LookupError:
        pass
    with pytest.raises(LookupError):
        fail(1)
    return where()


def fresh(function):
    return types.FunctionType(function.__code__.replace(), function.__globals__)


def lastis(function, *args):
    """The answer, or the instructions that a traceback shows of this module's functions."""
    try:
        return function(*args)
    except (LookupError, TypeError) as error:
        frames = traceback.walk_tb(error.__traceback__.tb_next)
        lines = [(frame.f_code.co_name, line) for frame, line in frames]
        tb, found = error.__traceback__.tb_next, []
        while tb:
            found.append(tb.tb_lasti)
            tb = tb.tb_next
        return lines, found


CASES = [
    (calls, Thing()),
    (raises_plainly,),
    (raises_in_method, Thing()),
    (raises_with_keyword,),
    (raises_starred,),
    (raises_in_c,),
    (cannot_bind,),
    (cannot_bind_keyword,),
    (not_callable, Thing()),
    (handles,),
]


def make_native(monkeypatch):
    for name in ("where", "fail", "needs_two"):
        function = fresh(globals()[name])
        assert justjit.compile(function)
        monkeypatch.setitem(globals(), name, function)
    for name in ("method", "fail"):
        function = fresh(Thing.__dict__[name])
        assert justjit.compile(function)
        monkeypatch.setattr(Thing, name, function)


@pytest.mark.skipif(
    DEBUG_BUILD, reason="a hook for calls, without which debug builds of 3.11 do not run, is seen by the interpreter"
)
@pytest.mark.parametrize("callees", ["interpreted", "native"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_instructions_are_the_interpreters(case, callees, monkeypatch):
    function, *args = case
    expected = [lastis(fresh(function), *args) for _ in range(3)]
    native = fresh(function)
    assert justjit.compile(native)
    if callees == "native":
        make_native(monkeypatch)
    assert [lastis(native, *args) for _ in range(3)] == expected
    assert justjit.stats(native)["native_calls"] >= 3


def test_what_a_running_generator_waits_for():
    # The instruction behind the call must not be taken for one of its caches, whatever number is in there.
    def look():
        return generator.gi_yieldfrom, generator.gi_running

    def running():
        for _ in range(300):
            yield look()

    for function in (look, running):
        assert justjit.compile(function)
    generator = running()
    assert set(generator) == {(None, True)}

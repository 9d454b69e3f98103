"""Functions that win little by themselves are tried together, and given back together if the interpreter wins then."""

import os
import sys
import threading
import weakref

import pytest

import justjit
from justjit import _core

AFTER = 200  # calls before a trial
ENOUGH = 4000  # calls in which trials, alone and together, come to their end
FAR = 50_000  # nanoseconds that a call of the losing side takes longer
LEAST = 5_000  # nanoseconds that a leader's call takes at least

WORK = tuple(range(25))  # C code that both sides run, so that neither wins by much
MUCH_WORK = tuple(range(2000))


@pytest.fixture(autouse=True)
def trials():
    yield
    _core.set_compile_options(
        give_back=(0, 0, 0), group_trials=(0, 0), max_tier=int(os.environ.get("JUSTJIT_TIER", "2"))
    )


def start(handicap):
    _core.set_compile_options(give_back=(AFTER, 0, 0), group_trials=(LEAST, handicap), max_tier=1)


def compiled(function):
    """With code of its own."""
    function.__code__ = function.__code__.replace()
    assert justjit.compile(function)
    return function


def make_family():
    """A function that takes long enough to lead, two that it calls, and one that it does not call."""

    @compiled
    def inner(x):
        return sum(WORK) + x

    @compiled
    def helper(x):
        return inner(x) + sum(WORK)

    @compiled
    def leader(x):
        return helper(x) + inner(x) + sum(MUCH_WORK)

    @compiled
    def stranger(x):
        return sum(WORK) - x

    return leader, helper, inner, stranger


def expected(x):
    return 2 * x + 3 * sum(WORK) + sum(MUCH_WORK)


def call_often(leader, stranger, count=ENOUGH):
    for i in range(count):
        assert leader(i) == expected(i)
        assert stranger(i) == sum(WORK) - i


def test_those_that_lose_together_are_given_back_together():
    start(FAR)
    before = justjit.stats()["given_back"]
    leader, helper, inner, stranger = make_family()
    call_often(leader, stranger)
    for function in (leader, helper, inner):
        assert not justjit.is_compiled(function)
        reason = justjit.stats(function)["fallback_reason"]
        assert reason.startswith("slower than the interpreter: ") and reason.endswith(
            "as are the functions that it calls"
        )
    assert justjit.is_compiled(stranger), "nobody of the group called it"
    assert justjit.stats()["given_back"] == before + 3
    calls = [justjit.stats(function)["native_calls"] for function in (leader, helper, inner)]
    call_often(leader, stranger, 100)
    assert [justjit.stats(function)["native_calls"] for function in (leader, helper, inner)] == calls


def test_those_that_win_together_stay():
    start(-FAR)
    before = justjit.stats()
    family = leader, helper, inner, stranger = make_family()
    call_often(leader, stranger)
    after = justjit.stats()
    assert after["given_back"] == before["given_back"]
    assert after["interpreted_calls"] > before["interpreted_calls"], "something was tried"
    calls = [justjit.stats(function)["native_calls"] for function in family]
    call_often(leader, stranger, 100)
    gained = [justjit.stats(function)["native_calls"] - n for function, n in zip(family, calls)]
    assert gained == [100, 100, 200, 100], "everybody has the native entry again"
    for i in range(100):
        assert helper(i) == i + 2 * sum(WORK)
    assert justjit.stats(helper)["native_calls"] == calls[1] + 200


def test_who_asks_sees_native_code_throughout(recwarn):
    start(-FAR)
    leader, helper, inner, stranger = make_family()
    for i in range(ENOUGH):
        assert leader(i) == expected(i)
        if i % 7 == 0:
            assert justjit.is_compiled(helper) and justjit.is_compiled(leader)
            assert justjit.stats(inner)["fallback_reason"] is None
        if i % 31 == 0:
            assert justjit.compile(inner) and justjit.jit(helper) is helper
    assert not recwarn.list


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_errors_and_frames_are_the_same_throughout(loser):
    start(loser)

    @compiled
    def inner(x):
        sum(WORK)
        if x % 5 == 3:
            raise KeyError(sys._getframe(1).f_code.co_name, sys._getframe(2).f_code.co_name)
        return [sys._getframe(k).f_lineno for k in range(3)]

    @compiled
    def helper(x):
        try:
            return inner(x), sum(WORK)
        finally:
            x += 1

    @compiled
    def leader(x):
        sum(MUCH_WORK)
        return helper(x)

    def outcome(x):
        try:
            return leader(x)
        except KeyError as error:
            lines, tb = [], error.__traceback__
            while tb:
                lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, dict(tb.tb_frame.f_locals).get("x")))
                tb = tb.tb_next
            return error.args, lines

    reference = {x: outcome(x) for x in range(5)}
    for i in range(ENOUGH):
        assert outcome(i % 5) == reference[i % 5]
    assert loser < 0 or not justjit.is_compiled(helper), "it may also lose by itself"


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_functions_made_meanwhile_live_as_long_as_they_should(loser):
    start(loser)

    class Value:
        pass

    space = {"sum": sum, "WORK": WORK}
    exec("def make(value):\n    def get():\n        return sum(WORK), value\n    return get\n", space)
    make = space["make"]
    assert justjit.compile(make) and justjit.compile(make(Value()))
    before = justjit.stats()["interpreted_calls"]

    @compiled
    def leader(x):
        sum(MUCH_WORK)
        value = Value()
        get = make(value)
        assert get() == (sum(WORK), value)
        return weakref.ref(value), weakref.ref(get)

    kept = []
    for i in range(ENOUGH):
        references = leader(i)
        assert [r() for r in references] == [None, None]
        if i % 40 == 0:
            kept.append(make(i))
        for i, get in enumerate(kept):
            assert get() == (sum(WORK), 40 * i)
    assert justjit.stats()["interpreted_calls"] > before + ENOUGH / 20, "something was tried"


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_classes_and_recursion(loser):
    start(loser)

    class Node:
        def __init__(self, depth):
            self.depth = depth
            self.left = Node(depth - 1) if depth else None
            sum(MUCH_WORK)

        def count(self):
            sum(MUCH_WORK)
            return 1 + (self.left.count() if self.left else 0)

    for function in (Node.__init__, Node.count):
        compiled(function)

    @compiled
    def leader(x):
        sum(MUCH_WORK)
        return Node(x % 6).count()

    for i in range(ENOUGH):
        assert leader(i) == i % 6 + 1
    assert loser < 0 or not justjit.is_compiled(leader)
    for i in range(100):
        assert leader(i) == i % 6 + 1


def test_threads():
    start(FAR)
    leader, helper, inner, stranger = make_family()
    failures = []

    def work():
        try:
            call_often(leader, stranger)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert not justjit.is_compiled(leader)


def test_profiling_in_the_middle():
    start(FAR)
    leader, helper, inner, stranger = make_family()
    names = {f.__code__: f.__name__ for f in (leader, helper, inner)}
    one = [("call", "leader"), ("call", "helper"), ("call", "inner"), ("return", "inner"), ("return", "helper")]
    one += [("call", "inner"), ("return", "inner"), ("return", "leader")]
    for round in range(40):
        call_often(leader, stranger, 100)
        seen = []
        sys.setprofile(lambda frame, event, arg: seen.append((event, names.get(frame.f_code))))
        try:
            leader(1)
        finally:
            sys.setprofile(None)
        assert [event for event in seen if event[1] and not event[0].startswith("c_")] == one
    assert not justjit.is_compiled(leader)


def test_members_may_go_while_they_are_tried():
    start(FAR)
    leader, helper, inner, stranger = make_family()
    space = {"sum": sum, "WORK": WORK}
    for i in range(ENOUGH):
        if i % 200 == 0:
            exec("def passing(x):\n    return sum(WORK) * x\n", space)
            passing = space.pop("passing")
            assert justjit.compile(passing)
        assert leader(i) == expected(i)
        assert passing(i) == sum(WORK) * i
    assert not justjit.is_compiled(leader)

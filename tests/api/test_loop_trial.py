"""Generators that interpreted loops resume: by the interpreter, once native code has lost to it there."""

import sys

import pytest

import justjit
from justjit import _core

AFTER = 100  # resumes before a trial
ENOUGH = 1000  # resumes in which a trial comes to its end
FAR = 20_000  # nanoseconds that a resume of the losing side takes longer
INLINES = sys.version_info >= (3, 12)  # resumes by its for loops


@pytest.fixture(autouse=True)
def trials():
    _core.set_compile_options(give_back=(AFTER, 0, 0), background=False)
    yield
    _core.set_compile_options(give_back=(0, 0, 0), background=True)


def made():
    """A generator function with code of its own."""

    def counter(n, log):
        try:
            for i in range(n):
                got = yield i
                assert got is None
        except ValueError as error:
            yield str(error)
        finally:
            log.append(sys._getframe().f_lineno)
        return n

    counter.__code__ = counter.__code__.replace()
    assert justjit.compile(counter)
    return counter


@pytest.fixture(autouse=True)
def fresh_loop():
    """Once a loop resumes generators itself, it does so with all: every test has a loop of its own."""
    loop.__code__ = loop.__code__.replace()


def loop(f, n):
    log, seen = [], []
    for i in f(n, log):
        seen.append(i)
    assert seen == list(range(n))
    return log


def resumes(f):
    return justjit.stats(f)["loops_resume"]


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_who_loses_does_not_resume(loser):
    _core.set_compile_options(give_back=(AFTER, loser, 0))
    f = made()
    expected = loop(f, 3)
    for _ in range(5):
        assert loop(f, ENOUGH) == expected
    by_interpreter = INLINES and loser > 0
    assert resumes(f) == ("interpreted" if by_interpreter else "native")
    assert justjit.is_compiled(f)
    before = justjit.stats(f)["native_calls"]
    for _ in range(50):
        assert loop(f, 3) == expected
    started = justjit.stats(f)["native_calls"] - before
    assert started == (0 if by_interpreter else 50)


def test_other_callers_go_on_natively():
    _core.set_compile_options(give_back=(AFTER, FAR, 0))
    f = made()
    loop(f, 5 * ENOUGH)
    before = justjit.stats(f)["native_calls"]
    for _ in range(20):
        assert list(f(5, [])) == list(range(5))
        assert sum(f(5, [])) == 10
        g = f(5, [])
        assert next(g) == 0 and g.send(None) == 1 and g.throw(ValueError("x")) == "x"
    assert justjit.stats(f)["native_calls"] == before + 60

    def native_loop(f):
        return [i for i in f(4, [])]

    assert justjit.compile(native_loop)
    for _ in range(20):
        assert native_loop(f) == [0, 1, 2, 3]
    assert justjit.stats(f)["native_calls"] == before + 80


def test_a_trial_in_which_generators_are_left_raise_and_nest():
    _core.set_compile_options(give_back=(AFTER, FAR, 0))

    def walk(tree):
        if tree is None:
            return
        for x in walk(tree[0]):
            yield x
        yield tree[1]
        for x in walk(tree[2]):
            yield x
        if tree[1] == 7:
            raise KeyError(7)

    walk.__code__ = walk.__code__.replace()
    tree = None
    for k in (5, 2, 8, 7, 1):
        tree = (tree, k, (None, k + 1, None))

    def outcome():
        seen = []
        try:
            for x in walk(tree):
                seen.append(x)
                if x == 9:
                    break
        except KeyError as error:
            seen.append(repr(error))
        return seen

    expected = outcome()
    assert justjit.compile(walk)
    for _ in range(ENOUGH):
        assert outcome() == expected


def test_off():
    _core.set_compile_options(give_back=(0, FAR, 0))
    f = made()
    loop(f, 5 * ENOUGH)
    assert resumes(f) == "native"

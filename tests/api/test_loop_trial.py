"""Generators that are resumed through C: by the interpreter, once native code has lost to it there."""

import asyncio
import os
import sys
import types

import pytest

import justjit
from justjit import _core

AFTER = 100  # resumes before a trial
ENOUGH = 1000  # resumes in which a trial comes to its end
FAR = 20_000  # nanoseconds that a resume of the losing side takes longer
INLINES = sys.version_info >= (3, 12)  # resumes by its for loops; before, all come through C alike


@pytest.fixture(autouse=True)
def trials():
    _core.set_compile_options(give_back=(AFTER, 0, 0), background=False, max_tier=1)  # nothing is judged later
    yield
    _core.set_compile_options(give_back=(0, 0, 0), background=False, max_tier=int(os.environ.get("JUSTJIT_TIER", "2")))


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
    assert started == (0 if loser > 0 else 50)


def test_other_callers_go_on_natively():
    _core.set_compile_options(give_back=(AFTER, FAR, 0))
    f = made()
    loop(f, 5 * ENOUGH)
    _core.set_compile_options(give_back=(0, 0, 0))  # verdicts stay, but there are no further ones
    before = justjit.stats(f)["native_calls"]
    for _ in range(20):
        assert list(f(5, [])) == list(range(5))
        assert sum(f(5, [])) == 10
        g = f(5, [])
        assert next(g) == 0 and g.send(None) == 1 and g.throw(ValueError("x")) == "x"
    others = 60 if INLINES else 0
    assert justjit.stats(f)["native_calls"] == before + others

    def native_loop(f):
        return [i for i in f(4, [])]

    assert justjit.compile(native_loop)
    for _ in range(20):
        assert native_loop(f) == [0, 1, 2, 3]
    assert justjit.stats(f)["native_calls"] == before + others + 20


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


def by_next(f, n):
    log, g = [], f(n, [])
    while (item := next(g, None)) is not None:
        log.append(item)
    return log


def by_send(f, n):
    log, g = [], f(n, [])
    try:
        while True:
            log.append(g.send(None))
    except StopIteration as end:
        assert end.value == n
    return log


@pytest.mark.parametrize("resume", [by_next, by_send, lambda f, n: list(f(n, [])), lambda f, n: [*map(int, f(n, []))]])
@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_other_resumes_are_judged_apart(resume, loser):
    _core.set_compile_options(give_back=(AFTER, loser, 0))
    f = made()
    for _ in range(5):
        assert resume(f, ENOUGH) == list(range(ENOUGH))
    verdict = "interpreted" if loser > 0 else "native"
    assert (justjit.stats(f)["others_resume"], resumes(f)) == (verdict, "native")
    before = justjit.stats(f)["native_calls"]
    for _ in range(50):
        assert resume(f, 3) == [0, 1, 2]
    assert justjit.stats(f)["native_calls"] - before == (0 if loser > 0 else 50)

    def native_loop(f):
        return [i for i in f(4, [])]

    assert justjit.compile(native_loop)
    before = justjit.stats(f)["native_calls"]
    for _ in range(20):
        assert native_loop(f) == [0, 1, 2, 3]
    assert justjit.stats(f)["native_calls"] == before + 20


def chain():
    """Coroutines with code of their own: (the outermost, what it awaits)."""

    @types.coroutine
    def pause(x):
        return (yield x)

    async def inner(n, error):
        total = 0
        for i in range(n):
            total += await pause(i) or 1
        if error:
            raise KeyError(total)
        return total

    async def outer(n, error=False):
        try:
            return await inner(n, error)
        except KeyError as caught:
            return await inner(caught.args[0], False)

    for f in (pause, inner, outer):
        f.__code__ = f.__code__.replace()
        assert justjit.compile(f)
    return outer, inner


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_chains_are_judged_as_a_whole(loser):
    _core.set_compile_options(give_back=(AFTER, loser, 0))
    outer, inner = chain()

    def drive(coroutine, sent):
        seen = []
        try:
            while True:
                seen.append(coroutine.send(sent if seen else None))
        except StopIteration as end:
            return seen, end.value

    for k in range(200):
        assert drive(outer(6), k) == ([*range(6)], 6 * (k or 1))
        assert drive(outer(3, True), None) == ([0, 1, 2] * 2, 3)
        abandoned = outer(5)
        assert abandoned.send(None) == 0
        if k % 2:
            abandoned.close()
    assert justjit.stats(outer)["others_resume"] == ("interpreted" if loser > 0 else "native")
    before = justjit.stats(outer)["native_calls"]
    assert drive(outer(4), None) == ([0, 1, 2, 3], 4)
    assert justjit.stats(outer)["native_calls"] - before == (loser < 0)
    if INLINES:  # what lost is the chain, and the interpreter resumes all of it
        assert justjit.stats(inner)["others_resume"] == "native"


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_tasks_are_judged(loser):
    _core.set_compile_options(give_back=(AFTER, loser, 0))

    async def work(n):
        for _ in range(n):
            await asyncio.sleep(0)
        return n

    work.__code__ = work.__code__.replace()
    assert justjit.compile(work)

    async def main():
        return await asyncio.gather(*(work(10) for _ in range(20)))

    for _ in range(10):
        assert asyncio.run(main()) == [10] * 20
    assert justjit.stats(work)["others_resume"] == ("interpreted" if loser > 0 else "native")

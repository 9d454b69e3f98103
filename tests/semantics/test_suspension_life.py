"""Native generators beyond one thread and one call: code that is replaced or dropped, threads, signals, deep chains."""

from __future__ import annotations

import sys

import pytest

from .programs import run_program, same_output
from .test_suspension import KINDS


def test_native_code_is_replaced_while_suspended():
    """What a suspended frame goes on with is found by the instruction, in whatever native code there is by then."""
    assert "4500" in same_output(
        KINDS
        + """
def again(f):
    if "justjit" in sys.modules:
        from justjit import _core
        assert _core.compile(f, force=True)
generators = [counter(10) for _ in range(100)]
total = 0
for turn in range(10):
    total += sum(next(g) for g in generators)
    again(counter)
print(total, [next(g, "end") for g in generators[:2]])
"""
    )


def test_code_lives_as_long_as_a_suspended_generator():
    same_output(
        KINDS
        + """
def make():
    namespace = {"jit": jit}
    exec("@jit\\ndef g(n):\\n for i in range(n):\\n  yield i", namespace)
    g = namespace["g"](3)
    next(g)
    return g
kept = [make() for _ in range(50)]
gc.collect()
print([list(g) for g in kept])
def plain(): return 1
def suspends(): yield 1
jit(plain), jit(suspends)
plain.__code__, suspends.__code__ = suspends.__code__, plain.__code__
print(list(plain()), suspends())
"""
    )


def test_threads_fork_and_shutdown():
    output = same_output(
        KINDS
        + """
import os, threading
shared = counter(20000)
seen, busy = [], []
def work():
    while True:
        try:
            seen.append(next(shared))
        except ValueError:
            busy.append(1)
        except StopIteration:
            return
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(seen) == list(range(20000)))
own = [threading.Thread(target=lambda: seen.append(sum(counter(5000)))) for _ in range(4)]
for t in own: t.start()
for t in own: t.join()
print(seen[-4:])
g = outer(counter(3))
next(g)
child = os.fork()
if child == 0:
    os._exit(0 if list(g) == [1, 2, ("end", 3)] else 1)
print(os.waitpid(child, 0)[1], list(g))
class Closing:
    def __del__(self): print("closed", flush=True)
@jit
def last():
    c = Closing()
    try:
        yield
    finally:
        print("finally at exit", flush=True)
left = last()
next(left)
""",
        timeout=180,
    )
    assert "finally at exit" in output


def test_signals_in_generator_loops():
    same_output(
        KINDS
        + """
import signal
class Alarm(Exception): pass
def ring(*_): raise Alarm
signal.signal(signal.SIGALRM, ring)
@jit
def endless():
    i = 0
    while True:
        i += 1
        if i < 0: yield i
@jit
def consumer():
    for x in counter(10 ** 9): pass
for g in (endless(), outer(endless())):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    attempt(next, g)
    show(g)
signal.setitimer(signal.ITIMER_REAL, 0.05)
attempt(consumer)
"""
    )


DEEP = """
import sys
@jit
def leaf():
    yield 1
    yield 2
@jit
def delegating(inner):
    yield from inner
@jit
def looping(inner):
    for x in inner:
        yield x
@jit
async def ready():
    return 7
@jit
async def awaiting(c):
    return await c
def nest(kind, start, n):
    for _ in range(n):
        start = kind(start)
    return start
def drive(c):
    try:
        while True: c.send(None)
    except StopIteration as e:
        return e.value
"""


@pytest.mark.parametrize("depth", [900, 5000])
def test_recursion_limit_in_chains(depth):
    """Not with for loops beyond the limit, which 3.13's specialised loops do not look at."""
    looping = min(depth, 900)
    same_output(
        DEEP
        + f"""
sys.setrecursionlimit(1000)
for run in (lambda: list(nest(delegating, leaf(), {depth})), lambda: list(nest(looping, leaf(), {looping})),
            lambda: drive(nest(awaiting, ready(), {depth}))):
    try:
        print(run())
    except RecursionError as e:
        print(e)
"""
    )


def test_long_chains():
    """As deep as the interpreter goes by far: on 3.12 and later it needs no C stack for this."""
    depth = 6000 if sys.version_info < (3, 12) else 50000
    same_output(
        DEEP
        + f"""
sys.setrecursionlimit(10 ** 6)
print(list(nest(delegating, leaf(), {depth})), list(nest(looping, leaf(), {depth})),
      drive(nest(awaiting, ready(), {depth})), flush=True)
import os
os._exit(0)  # the interpreter would clear the chain recursively
""",
        timeout=180,
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="for loops over generators are specialised since 3.12")
def test_interpreted_loops_go_on_natively():
    status, output, errors = run_program(
        """
import justjit
from justjit import _core
_core.set_compile_options(max_tier=1, give_back=(0, 0, 0))  # baseline counts back-edges
@jit
def numbers(n):
    for i in range(n):
        yield i
def total():
    s = 0
    for x in numbers(10000):
        s += x
    return s
for _ in range(5):
    assert total() == 49995000
stats = justjit.stats(numbers)
print(stats["native_calls"], stats["completed"], stats["backedges"])
""",
        True,
    )
    assert status == 0, errors
    starts, ends, iterations = map(int, output.split())
    assert (starts, ends) == (5, 5)
    assert iterations >= 50000

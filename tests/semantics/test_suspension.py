"""Generators, coroutines and asynchronous generators: resumed natively, they show a program what interpreted ones show.

The programs print all they see; the events of tracers are in test_suspension_events.py.
"""

from __future__ import annotations

from .programs import same_output

KINDS = """
import gc, inspect, sys, types, warnings, weakref
@jit
def counter(n):
    i = 0
    while i < n:
        got = yield i
        i += 1 if got is None else got
    return ("end", n)
@jit
def outer(inner):
    result = yield from inner
    yield result
def show(g):
    frame = g.gi_frame
    print(inspect.getgeneratorstate(g), g.gi_running, g.gi_yieldfrom is not None,
          frame and (frame.f_lineno, sorted(frame.f_locals), frame.f_back))
def attempt(call, *args):
    try:
        print(call(*args))
    except BaseException as e:
        print(type(e).__name__, e, getattr(e, "value", None), repr(e.__cause__), repr(e.__context__))
"""


def test_protocol():
    same_output(
        KINDS
        + """
g = counter(6)
assert type(g) is types.GeneratorType
show(g)
attempt(g.send, 1)
for step in (g.__next__, lambda: next(g), lambda: g.send(None), lambda: g.send(2), lambda: next(g), lambda: next(g)):
    attempt(step)
    show(g)
attempt(g.send, 5)
attempt(g.throw, ValueError("late"))
for end in (list, tuple, sum, lambda g: [*g], lambda g: (lambda *a: a)(*g), lambda g: max(g, default=0), set):
    print(end(counter(4)))
g = outer(counter(3))
next(g)
show(g)
attempt(g.throw, KeyError("thrown"))
show(g)
g = outer(counter(3))
print(next(g), g.close(), g.close())
show(g)
attempt(next, g)
attempt(counter(1).throw, GeneratorExit)
a, b, *c = outer(counter(4))
print(a, b, c)
"""
    )


def test_return_values_and_stop_iteration():
    same_output(
        KINDS
        + """
@jit
def returning(value):
    if 0:
        yield
    return value
for value in (None, 3, (1, 2), StopIteration(7), ValueError("x"), ()):
    attempt(next, returning(value))
    attempt(returning(value).send, None)
    print(list(returning(value)), list(outer(returning(value))))
@jit
def raising(error):
    yield 1
    raise error
for error in (StopIteration(3), StopAsyncIteration(), GeneratorExit(), KeyError(1), RecursionError("own")):
    g = raising(error)
    next(g)
    attempt(next, g)
    attempt(list, raising(error))
    attempt(list, outer(raising(error)))
"""
    )


def test_already_executing():
    same_output(
        KINDS
        + """
@jit
def reentering():
    for step in (lambda: next(g), lambda: g.send(1), g.close, lambda: g.throw(ValueError), lambda: list(g)):
        try:
            step()
        except ValueError as e:
            yield str(e)
    yield g.gi_running, inspect.getgeneratorstate(g)
g = reentering()
print(list(g))
@jit
def delegating():
    yield from other
other = delegating()
attempt(next, other)
attempt(next, other)
async def main():
    return coroutine.send(None)
coroutine = jit(main)()
attempt(coroutine.send, None)
"""
    )


def test_handlers_span_suspensions():
    same_output(
        KINDS
        + """
@jit
def careful():
    done = []
    for k in range(4):
        try:
            try:
                done.append((yield k))
            finally:
                done.append(("finally", sys.exc_info()[0]))
                yield "cleaning"
        except (KeyError, ValueError) as e:
            done.append((type(e), type(e.__context__), sys.exc_info()[1] is e))
            yield "handling"
            done.append(sys.exc_info()[1] is e)
    return done
g = careful()
attempt(next, g)
attempt(g.send, "a")
attempt(g.throw, KeyError("k"))
attempt(next, g)
attempt(next, g)
try:
    1 / 0
except ZeroDivisionError:
    attempt(g.throw, ValueError("v"))
    print(sys.exc_info()[0])
    attempt(next, g)
    print(sys.exc_info()[0])
for _ in range(8):
    attempt(next, g)
@jit
def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2
g = stubborn()
next(g)
attempt(g.close)
attempt(next, g)
"""
    )


def test_frames_outlive_their_generators():
    same_output(
        KINDS
        + """
@jit
def exposing(x):
    y = [x]
    yield sys._getframe()
    y.append((yield 2))
    if x == 3:
        raise KeyError(y)
    return y
for x in (1, 3):
    g = exposing(x)
    frame = next(g)
    print(frame is g.gi_frame, frame.f_back, frame.f_lineno, frame.f_locals)
    print(next(g), frame.f_lineno)
    attempt(g.send, 9)
    print(g.gi_frame, frame.f_lineno, sorted(frame.f_locals.items(), key=str), frame.f_code is exposing.__code__)
    try:
        print(frame.clear(), frame.f_locals)
    except RuntimeError as e:
        print(e)
g = exposing(2)
frame = next(g)
del g
gc.collect()
print(frame.f_lineno)
class Noisy:
    def __init__(self, name): self.name = name
    def __del__(self): print("dead", self.name, sys.exc_info()[0])
@jit
def holding(a, b):
    c = Noisy("c")
    try:
        yield
        b = None
        yield
    finally:
        print("finally", sys.exc_info()[0])
for steps in range(4):
    g = holding(Noisy("a"), Noisy("b"))
    for _ in range(steps):
        next(g, None)
    print("dropping", steps)
    del g
kept = []
@jit
def rising():
    try:
        yield 1
    finally:
        kept.append(me())
g = rising()
me = lambda: reference()
reference = weakref.ref(g)
next(g)
kept.append(g)
del g
kept.clear()
cycle = []
@jit
def cyclic():
    mine = Noisy("cycle")
    cycle.append(mine)
    mine.own = yield
    yield
g = cyclic()
next(g)
g.send(g)
cycle.clear()
del g
print(gc.collect() > 0)
"""
    )


def test_coroutines():
    same_output(
        KINDS
        + """
warnings.simplefilter("always")
warnings.showwarning = lambda message, category, *rest: print(category.__name__, message)
class Pause:
    def __await__(self):
        got = yield "pause"
        return got
@jit
async def leaf(x):
    return await Pause(), x
@jit
async def middle(x):
    try:
        return await leaf(x)
    except KeyError as e:
        return "caught", e.args, await leaf(x + 1)
@types.coroutine
@jit
def based(x):
    got = yield x
    return got
@jit
async def on_based(x):
    return await based(x)
def drive(c, *steps):
    for step in steps:
        attempt(step, c)
        print(inspect.getcoroutinestate(c), c.cr_running, c.cr_await is not None, c.cr_frame and c.cr_frame.f_lineno)
send = lambda value: lambda c: c.send(value)
throw = lambda e: lambda c: c.throw(e)
drive(middle(1), send(1), send(None), send("v"), send(None))
drive(middle(1), send(None), throw(KeyError(5)), send("w"), lambda c: c.close())
drive(middle(1), send(None), throw(IndexError(5)), send("w"))
drive(on_based(4), send(None), send("b"))
drive(middle(2), lambda c: c.__await__().__next__(), lambda c: c.__await__().send(3))
drive(middle(2), lambda c: next(c.__await__()), lambda c: c.close(), send(None))
c = leaf(1)
@jit
async def twice():
    await c
    await c
drive(twice(), send(None), send(1))
c = leaf(1)
c.send(None)
drive(twice(), send(None))
attempt(lambda: next(leaf(1)))
attempt(lambda: [*leaf(1)])
leaf(7)
gc.collect()
sys.set_coroutine_origin_tracking_depth(1)
c = leaf(1)
print(len(c.cr_origin))
c.close()
"""
    )


def test_asynchronous_generators():
    same_output(
        KINDS
        + """
class Pause:
    def __await__(self):
        return (yield "pause")
@jit
async def numbers(n):
    try:
        for i in range(n):
            if i % 2:
                await Pause()
            got = yield i
            if got:
                print("got", got)
    except ValueError as e:
        print("caught", e)
        yield "after"
    finally:
        print("finally")
@jit
async def use(n):
    seen = [x async for x in numbers(n)]
    async for x in numbers(n):
        seen.append(x)
        if x == 2:
            break
    else:
        seen.append("else")
    return seen
def steps(awaitable):
    try:
        while True:
            print("step", awaitable.send(None))
    except BaseException as e:
        print(type(e).__name__, e.args)
firsts, finals = [], []
sys.set_asyncgen_hooks(lambda g: firsts.append(g.__name__), lambda g: (finals.append(g.__name__), steps(g.aclose())))
steps(use(3))
print(firsts, finals)
g = numbers(4)
assert type(g) is types.AsyncGeneratorType
a = g.__anext__()
for turn in range(2):
    steps(a)
steps(g.asend("x"))
pending = g.asend(None)
print(g.ag_running, g.ag_await, g.ag_frame.f_lineno)
other = g.__anext__()
attempt(pending.send, None)
attempt(other.send, None)
attempt(pending.close)
steps(g.athrow(ValueError("t")))
steps(g.aclose())
steps(g.__anext__())
print(g.ag_frame is None)
for bad in (StopIteration(1), StopAsyncIteration(), GeneratorExit(), KeyError("k")):
    @jit
    async def raising():
        yield 1
        raise bad
    g = raising()
    steps(g.__anext__())
    steps(g.__anext__())
    steps(g.__anext__())
g = numbers(2)
attempt(g.asend(1).send, None)
steps(anext(g, "default"))
import asyncio
Pause.__await__ = lambda self: asyncio.sleep(0).__await__()
async def main():
    return await use(4), await asyncio.gather(*(use(k) for k in range(3)))
print(asyncio.run(main()))
"""
    )

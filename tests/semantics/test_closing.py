"""close() of generators and coroutines that wait in native code, and what their last reference ends."""

from __future__ import annotations

import sys

import pytest

from .programs import run_program, same_output
from .test_suspension import KINDS

MAKERS = (
    KINDS
    + """
import traceback
log = []
def note(*what):
    caller = sys._getframe(1)
    handled = sys.exc_info()[1]
    log.append((*what, caller.f_code.co_name, caller.f_lineno, caller.f_back.f_code.co_name, repr(handled),
                handled and [f.lineno for f in traceback.extract_tb(handled.__traceback__)],
                handled and repr(handled.__context__)))
class Tell:
    def __init__(self, name): self.name = name
    def __del__(self): note("del", self.name)
class Items:
    def __init__(self, n, name): self.n, self.tell = n, Tell(name)
    def __iter__(self): return self
    def __next__(self): return self.n
class Manager:
    def __enter__(self): note("enter"); return self
    def __exit__(self, *error): note("exit", error[0]); return self.swallows
    swallows = False
@jit
def plain(n):
    here = Tell("local")
    for x in Items(n, "stack"):
        yield x
@jit
def nested(n):
    first = Tell("first")
    for x in Items(n, "outer"):
        try:
            for y in Items(n, "inner"):
                yield y
        except ValueError:
            note("wrong")
        finally:
            note("finally")
            last = Tell("last")
@jit
def catches(n):
    try:
        yield n
    except GeneratorExit as e:
        note("caught", e.__traceback__.tb_frame is sys._getframe(), e.__traceback__.tb_lasti == n)
    note("behind")
    return n
@jit
def ignores(n):
    while n:
        try:
            yield n
        except GeneratorExit:
            n -= 1
@jit
def raises(n):
    try:
        yield n
    finally:
        note("raises")
        raise LookupError(n)
@jit
def stops(n):
    try:
        yield n
    except GeneratorExit:
        raise StopIteration(n)
@jit
def managed(n):
    with Manager() as m:
        m.swallows = n > 1
        yield n
    note("behind")
    yield -n
@jit
def handling(n):
    try:
        raise KeyError(n)
    except KeyError:
        try: yield n
        finally: note("in handler")
@jit
def delegating(n):
    try: yield from nested(n)
    finally: note("delegating")
@jit
def cell(n):
    def show(): return n
    try:
        yield show
    finally:
        n += 1
        note("cell", show())
@jit
@types.coroutine
def pause(n):
    try: yield n
    finally: note("pause")
@jit
async def awaits(n):
    try: await pause(n)
    finally: note("awaits")
ALL = [plain, nested, catches, ignores, raises, stops, managed, handling, delegating, cell, awaits]
def started(f, n, steps=1):
    made = f(n)
    for _ in range(steps): made.send(None)
    return made
def closed(made):
    try: result = made.close()
    except BaseException as e:
        result = type(e), str(e), repr(e.__cause__), repr(e.__context__), [f.lineno for f in traceback.extract_tb(e.__traceback__)]
    log.append(result)
def look(made):
    state = inspect.getcoroutinestate(made) if inspect.iscoroutine(made) else inspect.getgeneratorstate(made)
    frame = made.cr_frame if inspect.iscoroutine(made) else made.gi_frame
    log.append((state, frame and frame.f_lineno))
def show():
    for line in log: print(line)
    log.clear()
sys.unraisablehook = lambda u: log.append(("unraisable", repr(u.exc_value), u.err_msg, type(u.object).__name__,
                                           [f.lineno for f in traceback.extract_tb(u.exc_traceback)]))
"""
)


def test_closed():
    same_output(
        MAKERS
        + """
for f in ALL:
    for n in (1, 2):
        print("--", f.__name__, n)
        made = started(f, n)
        closed(made)
        look(made)
        closed(made)
        try: made.send(None)
        except BaseException as e: print(type(e).__name__, e)
        del made
        show()
"""
    )


def test_dropped():
    same_output(
        MAKERS
        + """
def drop(f, n):
    made = started(f, n)
    try:
        raise OverflowError("pending")
    except OverflowError:
        del made  # with an exception that is handled
    made = started(f, n)
    frame = made.cr_frame if inspect.iscoroutine(made) else made.gi_frame
    del made
    log.append(sorted(map(str, frame.f_locals)))
    made = started(f, n)
    made = [made, None]
    made[1] = made
    del made
    gc.collect()  # in a cycle
for f in ALL:
    for n in (1, 2):
        print("--", f.__name__, n)
        drop(f, n)
        show()
for error in (ValueError, StopIteration):  # an exception that goes up through the frame that has it
    def holds(f):
        made = started(f, 1)
        raise error(1)
    for f in ALL:
        try: holds(f)
        except error as e: e.__traceback__ = None
        show()
"""
    )


def test_closed_in_turns_with_throw_and_by_others():
    """Closed by what it holds itself, by a thread, within an exception handler, near the end of the recursion limit."""
    same_output(
        MAKERS
        + """
import threading
@jit
def closes_itself(box):
    try:
        yield 1
    finally:
        closed(box[0])
box = []
box.append(closes_itself(box))
next(box[0])
closed(box[0])
show()
for f in ALL:
    made = started(f, 1)
    thread = threading.Thread(target=closed, args=(made,))
    thread.start()
    thread.join()
    try: raise KeyError("outer")
    except KeyError: closed(started(f, 2))
    made = started(f, 2)
    try: made.throw(ValueError("thrown"))
    except BaseException as e: log.append(repr(e))
    closed(made)
    print("--", f.__name__)
    show()
resurrected = []
class Keeps:
    def __init__(self, made): self.made = made
    def __del__(self): resurrected.append(self.made)
@jit
def comes_back(box):
    try: yield 1
    finally: resurrected.append(box[0])
box = []
box.append(comes_back(box))
next(box[0])
del box
gc.collect()
print(len(resurrected), resurrected[0].gi_frame)
def deep(n):
    return deep(n - 1) if n else closed(started(nested, 1))
sys.setrecursionlimit(200)
for n in range(150, 200):
    try: deep(n)
    except RecursionError: pass
    log.clear()
"""
    )


@pytest.mark.parametrize("kind", ["settrace", "setprofile"])
def test_closed_under_tools(kind):
    same_output(
        MAKERS
        + f"""
events = []
def tool(frame, event, arg):
    if frame.f_code.co_filename == __file__ or frame.f_code.co_name in [f.__name__ for f in ALL]:
        events.append((event, frame.f_code.co_name, frame.f_lineno, repr(arg)[:40]))
    return tool
for f in ALL:
    made = started(f, 1)
    sys.{kind}(tool)
    closed(made)
    del made
    sys.{kind}(None)
    print("--", f.__name__, *events, sep="\\n")
    events.clear()
    show()
""".replace("__file__", "'<string>'")
    )


def test_ends_are_native():
    """Handlers and finally blocks run natively, and so do what a caught exception leads to and further suspensions."""
    status, output, errors = run_program(
        MAKERS
        + """
for f in (nested, catches, raises, managed, cell, plain, pause):
    for n in (1, 2):
        made = started(f, n)
        closed(made)
        made = started(f, n)
        del made
    stats = justjit.stats(f)
    print(f.__name__, stats["native_calls"], stats["completed"], stats["deopts"])
""",
        True,
    )
    assert status == 0, errors
    for line in output.splitlines():
        name, started, ended, left = line.split()
        assert (started, left) == ("4", "0"), line
        assert ended == ("3" if name == "managed" else "4"), line  # it yields again, once while it is freed
    assert len(output.splitlines()) == 7, sys.version

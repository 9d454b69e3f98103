"""await, async for and async with, driven by hand."""

import types
import warnings


class Suspend:
    """Hands one value to the driver; awaiting it gives what the driver sends, or raises what it sends in a list."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        LOG.append(self.value)
        got = yield self.value
        if isinstance(got, list):
            raise got[0]
        return got


def paused(value):
    LOG.append("paused")
    got = yield value
    return got


pause = types.coroutine(types.FunctionType(paused.__code__, globals()))  # which changes its code
wrapped_pause = types.coroutine(lambda value: paused(value))


async def add(a, b):
    return (await a) + (await b)


async def constant(value):
    return value


async def nested(depth):
    if depth:
        return 1 + await nested(depth - 1)
    return await Suspend("bottom")


def case_await():
    return [
        drive(add(Suspend(1), Suspend(2)), "a", "b"),
        drive(add(pause(1), pause(2)), "a", "b"),
        drive(add(wrapped_pause(1), wrapped_pause(2)), "a", "b"),
        drive(add(constant(1), constant(2))),
        drive(add(Suspend(1), constant("c")), "a"),
        drive(nested(0), 7),
        drive(nested(9), 7),
        drive(nested(4), "text"),
        drive(nested(4), ValueError("thrown at the bottom")),
        drive(nested(4), [ValueError("raised at the bottom")]),
    ]


class AwaitsNothing:
    def __await__(self):
        return 5


class AwaitsCoroutine:
    def __await__(self):
        return constant(1)


class AwaitsOld:
    def __await__(self):
        return pause(1)


class AwaitRaises:
    def __await__(self):
        raise LookupError("__await__ raises")


class Iterator:
    """An iterator with next only, as __await__ may return."""

    def __init__(self, n):
        self.n = n

    def __await__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration("iterator result")
        return self.n


async def await_it(awaitable):
    try:
        return await awaitable
    except TypeError as error:
        LOG.append(str(error))
        raise


def plain_generator():
    yield from paused(1)


def case_bad_awaitables():
    out = make_list()
    for bad in (
        5,
        None,
        "text",
        AwaitsNothing(),
        AwaitsCoroutine(),
        AwaitsOld(),
        AwaitRaises(),
        plain_generator(),
        int,
    ):
        out.append(drive(await_it(bad)))
    out.append(list(plain_generator()))
    return out


def case_awaitables():
    return [
        drive(await_it(Iterator(2))),
        drive(await_it(Iterator(1)), "no send"),
        drive(await_it(Iterator(1)), ValueError("no throw")),
        drive(await_it(await_it(Iterator(0)))),
        drive(await_it(constant(1).__await__())),
    ]


def case_reuse():
    out = make_list()
    c = constant(1)
    out.append(drive(await_it(c)))
    out.append(drive(await_it(c)))
    out.append(drive(c))
    c = await_it(Suspend(1))
    out.append(c.send(None))
    out.append(drive(await_it(c)))
    out.append(drive(await_it(add(c, c))))
    out.append(drive(c))
    return out


async def in_handlers():
    try:
        await Suspend("try")
    except ValueError as error:
        LOG.append(await Suspend(str(error)))
        try:
            await Suspend("inner")
            raise
        finally:
            LOG.append(await Suspend("finally"))
    else:
        await Suspend("else")
    finally:
        LOG.append(await Suspend("last"))


def case_handlers():
    return [
        drive(in_handlers(), None, None),
        drive(in_handlers(), ValueError("v"), "a", None, "b", "c"),
        drive(in_handlers(), ValueError("v"), "a", KeyError("k"), "b", "c"),
        drive(in_handlers(), OSError("o"), "a"),
        drive(in_handlers(), [ValueError("v")], "a", None, "b", "c"),
        drive(in_handlers(), [ValueError("v")], "a", [KeyError("k")], "b", "c"),
        drive(in_handlers(), [ValueError("v")], [KeyError("k")], "b", "c"),
        drive(in_handlers(), [OSError("o")], [KeyError("k")]),
        drive(in_handlers(), None, [OSError("o")], "a"),
    ]


async def leaks(error):
    await Suspend(1)
    raise error


def case_leaks():
    out = make_list()
    for error in (StopIteration(1), StopAsyncIteration(2), GeneratorExit(), KeyError(3)):
        out.append(drive(leaks(error)))
    return out


def case_states():
    import inspect

    out = make_list()
    suspended = Suspend(1)
    c = await_it(suspended)

    def look():
        out.append((inspect.getcoroutinestate(c), c.cr_running, c.cr_await is None, type(c.cr_await).__name__))
        out.append((c.cr_frame is None, c.__name__, c.__qualname__, c.cr_code.co_name, c.cr_origin))

    look()
    out.append(c.send(None))
    look()
    out.append(c.cr_frame.f_lineno - c.cr_code.co_firstlineno)
    out.append(step(c, "done"))
    look()
    return out


catch_warnings = warnings.catch_warnings


def case_never_awaited():
    with catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        constant(1)
        c = await_it(Suspend(1))
        c.send(None)
        del c
        caught.reverse()
        LOG.append([str(w.message) for w in caught])

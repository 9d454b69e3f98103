"""Asynchronous generators: asend, athrow, aclose, hooks, and what awaits them."""

import sys


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


async def numbers(n):
    for i in range(n):
        got = yield i
        if got is not None:
            LOG.append(("got", got))


async def waiting(n):
    try:
        for i in range(n):
            waited = await Suspend(("before", i))
            got = yield (i, waited)
            LOG.append(("sent", got, await Suspend(("after", i))))
    finally:
        LOG.append("finally")
        await Suspend("last")


async def collect(source):
    out = make_list()
    async for x in source:
        out.append(x)
    return out


async def comprehend(source):
    return [x async for x in source], {y: z async for y, z in waiting(1)}


def case_async_for():
    return [
        drive(collect(numbers(3))),
        drive(collect(waiting(2)), "w0", "a0", "w1", "a1", None),
        drive(comprehend(numbers(2)), "w", "a"),
        drive(collect(waiting(2)), ValueError("thrown"), None),
        drive(collect(waiting(2)), [ValueError("raised")], None),
        drive(collect(waiting(2)), 1, [ValueError("raised")], [KeyError("in finally")]),
        drive(collect(pick(x, 1) * 2 async for x in numbers(3) if x)),
        drive(collect(y async for x in numbers(2) async for y in waiting(x)), 1, 2, 3, 4),
    ]


async def by_hand(source):
    out = make_list()
    out.append(await source.asend(None))
    out.append(await source.asend("first"))
    out.append(await source.__anext__())
    try:
        await source.asend("second")
    except StopAsyncIteration as stop:
        out.append(("stopped", stop.args))
    try:
        await source.asend("too late")
    except StopAsyncIteration as stop:
        out.append(("stopped", stop.args))
    out.append(await source.aclose())
    return out


def case_asend():
    return drive(by_hand(numbers(3))), drive(by_hand(waiting(3)), 1, 2, 3, 4, 5, 6)


def single_steps(generator, *awaitables):
    """Drives every awaitable by itself."""
    out = make_list()
    for make in awaitables:
        out.append(drive(make(generator)))
    return out


async def tolerant():
    while True:
        try:
            got = receive((yield "yielded"))
            LOG.append(got)
            if got == "stop":
                return
        except ValueError as error:
            LOG.append(repr(error))
            yield "caught"
        except GeneratorExit:
            LOG.append("exit")
            raise
        finally:
            LOG.append("finally")


def case_athrow():
    return [
        single_steps(
            tolerant(),
            lambda g: g.asend(None),
            lambda g: g.asend([ValueError("v")]),
            lambda g: g.asend("on"),
            lambda g: g.asend([OSError("o")]),
        ),
        single_steps(tolerant(), lambda g: g.asend(None), lambda g: g.asend([GeneratorExit]), lambda g: g.asend(None)),
        single_steps(
            tolerant(),
            lambda g: g.asend(None),
            lambda g: g.athrow(ValueError("v")),
            lambda g: g.asend("on"),
            lambda g: g.asend("stop"),
            lambda g: g.asend(None),
            lambda g: g.athrow(ValueError("after the end")),
        ),
        single_steps(tolerant(), lambda g: g.athrow(KeyError("at start")), lambda g: g.asend(None)),
        single_steps(tolerant(), lambda g: g.asend("not none"), lambda g: g.asend(None), lambda g: g.aclose()),
        single_steps(tolerant(), lambda g: g.asend(None), lambda g: g.athrow(OSError("o")), lambda g: g.asend(None)),
        single_steps(tolerant(), lambda g: g.aclose(), lambda g: g.asend(None), lambda g: g.aclose()),
    ]


async def ignoring():
    while True:
        try:
            receive((yield 1))
        except GeneratorExit:
            LOG.append("ignored")


async def awaits_while_closing():
    try:
        receive((yield 1))
    finally:
        LOG.append(await Suspend("closing"))


def case_aclose():
    out = make_list()
    out.append(
        single_steps(awaits_while_closing(), lambda g: g.asend(None), lambda g: g.aclose(), lambda g: g.aclose())
    )
    out.append(single_steps(awaits_while_closing(), lambda g: g.asend(None), lambda g: g.asend([OSError("o")])))
    out.append(single_steps(ignoring(), *[lambda g: g.asend(None), lambda g: g.asend([GeneratorExit])] * 2))
    g = ignoring()
    out.append(single_steps(g, lambda g: g.asend(None), lambda g: g.aclose()))
    g = awaits_while_closing()
    out.append(step(g.asend(None), None))
    closing = g.aclose()
    out.append(step(closing, None, "sent", None))
    return out


def case_reuse():
    out = make_list()
    g = numbers(3)
    a = g.asend(None)
    out.append(step(a, None, None))
    out.append(step(a, None))
    b = g.asend("x")
    out.append(step(b, ValueError("thrown into asend"), None))
    g = waiting(3)
    a, b = g.asend(None), g.asend(None)
    out.append(step(a, None))
    out.append(step(b, None))
    out.append(step(a, "waited"))
    out.append(step(g.__anext__(), None, "after", "waited", None))
    out.append(step(g.asend(None), ...))
    out.append(step(g.aclose(), None, None))
    return out


async def leaks(error):
    yield 1
    raise error


def case_leaks():
    out = make_list()
    for error in (StopIteration("s"), StopAsyncIteration("a"), ValueError("v")):
        out.append(drive(collect(leaks(error))))
    return out


async def in_blocks(context):
    async with each(context) as value:
        yield value
        try:
            got = receive((yield "inside"))
            LOG.append(got)
        except ValueError:
            yield "in handler"
        else:
            yield "in else"
        async for x in numbers(2):
            yield x
            if x:
                yield [y async for y in numbers(x)]
    yield f"{(await Suspend('format'))}{context}"


class Context:
    def __init__(self, swallow=False):
        self.swallow = swallow

    async def __aenter__(self):
        return await Suspend("enter")

    async def __aexit__(self, *args):
        LOG.append(repr(args[1]))
        await Suspend("exit")
        return self.swallow

    def __repr__(self):
        return "<context>"


def case_blocks():
    return [
        drive(collect(in_blocks(Context())), "entered", None, "formatted"),
        single_steps(
            in_blocks(Context()),
            lambda g: g.asend(None),
            lambda g: g.asend(None),
            lambda g: g.athrow(ValueError("v")),
            lambda g: g.asend(None),
            lambda g: g.aclose(),
        ),
        single_steps(in_blocks(Context()), lambda g: g.asend(None), lambda g: g.athrow(KeyError("k"))),
        single_steps(in_blocks(Context(True)), *[lambda g: g.asend(None)] * 2, lambda g: g.asend([KeyError("k")])),
        single_steps(
            in_blocks(Context()),
            lambda g: g.asend(None),
            lambda g: g.asend(None),
            lambda g: g.asend([ValueError("v")]),
            lambda g: g.asend(None),
        ),
    ]


async def delegating(source):
    async for x in source:
        yield x
    yield await anext(numbers(1), "unused")
    yield await anext(numbers(0), "default")
    try:
        await anext(numbers(0))
    except StopAsyncIteration:
        yield "stopped"


def case_delegating():
    return drive(collect(delegating(delegating(numbers(2))))), drive(collect(delegating(waiting(1))), "w", "a")


def case_states():
    out = make_list()
    g = waiting(1)

    def look():
        out.append((g.ag_running, g.ag_await is None, g.ag_frame is None, g.__name__, g.ag_code.co_name))

    look()
    a = g.asend(None)
    look()
    a.send(None)
    look()
    out.append(step(a, "waited"))
    look()
    out.append(step(g.aclose(), None, None))
    look()
    return out


def case_hooks():
    out = make_list()
    set_hooks, old = sys.set_asyncgen_hooks, sys.get_asyncgen_hooks()

    def first(g):
        out.append(("first", g.__name__))

    def last(g):
        out.append(("last", g.__name__))
        drive(g.aclose())

    set_hooks(first, last)
    try:
        out.append(drive(collect(numbers(1))))
        g = awaits_while_closing()
        out.append(step(g.asend(None), None))
        del g
        g = numbers(2)
        out.append(step(g.asend(None), None))
        del g
    finally:
        set_hooks(*old)
    last(numbers(1))
    return out


async def never(out):
    try:
        receive((yield 1))
    finally:
        out.append("finalised")


def case_abandoned():
    out = make_list()
    g = never(out)
    out.append(step(g.asend(None), None))
    del g
    never(out)
    out.append(single_steps(never(out), lambda g: g.asend(None), lambda g: g.asend(None)))
    out.append(single_steps(never(out), lambda g: g.asend(None), lambda g: g.asend([OSError("o")])))
    return out


async def handled():
    try:
        raise ValueError("first")
    except ValueError:
        yield repr(sys.exc_info()[1])
        await Suspend("in handler")
        try:
            yield "before raise"
            raise
        except ValueError as error:
            yield repr(error)
    yield repr(sys.exc_info()[1])


def case_exc_info():
    out = drive(collect(handled()))
    try:
        raise KeyError("caller")
    except KeyError:
        out.append(drive(collect(handled())))
    return out

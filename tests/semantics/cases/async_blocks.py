"""async with, async for and asynchronous comprehensions, driven by hand."""


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


async def constant(value):
    return value


class Context:
    def __init__(self, name, swallow=False, result=None):
        self.name = name
        self.swallow = swallow

    async def __aenter__(self):
        LOG.append(("aenter", self.name))
        return await Suspend(("entering", self.name))

    async def __aexit__(self, kind, value, tb):
        LOG.append(("aexit", self.name, repr(value), tb is None))
        await Suspend(("leaving", self.name))
        return self.swallow


async def with_one(context):
    async with context as value:
        LOG.append(("body", value))
        got = await Suspend("body")
        LOG.append(got)
        if got == "return":
            return "returned in body"
        if got == "raise":
            raise ValueError("raised in body")
    return "after"


async def with_two(swallow):
    async with Context("a", swallow) as a, Context("b") as b:
        LOG.append((a, b))
        for n in range(3):
            if n == 2:
                break
            async with Context(n):
                if await Suspend(n):
                    continue
                LOG.append("not continued")
    return "end"


def case_async_with():
    return [
        drive(with_one(Context("c")), "value", None),
        drive(with_one(Context("c")), "value", "return"),
        drive(with_one(Context("c")), "value", "raise"),
        drive(with_one(Context("c", swallow=True)), "value", "raise"),
        drive(with_one(Context("c")), "value", KeyError("thrown")),
        drive(with_one(Context("c")), OSError("while entering")),
        drive(with_one(Context("c", swallow=True)), None, "raise", OSError("while leaving")),
        drive(with_two(False), "a", "b", 0, 1, None, 0),
        drive(with_two(True), "a", "b", 0, ValueError("v")),
        drive(with_one(Context("c")), "value", [KeyError("raised")]),
        drive(with_one(Context("c", swallow=True)), "value", [KeyError("raised")]),
        drive(with_one(Context("c", swallow=True)), "value", [KeyError("raised")], [OSError("while leaving")]),
        drive(with_one(Context("c")), [OSError("while entering")]),
        drive(with_two(True), "a", "b", 0, [ValueError("v")]),
        drive(with_two(False), "a", "b", 0, [ValueError("v")]),
    ]


def case_raising_in_with():
    out = make_list()
    for swallow in (False, True):
        for n in range(9):
            out.append(drive(with_two(swallow), *[0] * n, [ValueError(n)]))
            out.append(drive(with_two(swallow), *[1] * n, [ValueError(n)]))
        out.append(drive(with_it(Context("plain", swallow)), "in", "out"))
        out.append(drive(with_it(Context("plain", swallow), KeyError("body")), "in", "out"))
        out.append(drive(with_it(Context("plain", swallow), KeyError("body")), "in", [OSError("out")]))
    return out


class NoAexit:
    __aenter__ = constant


class NotAwaited:
    def __aenter__(self):
        return 5

    def __aexit__(self, *args):
        return 6


class ExitNotAwaited(NotAwaited):
    def __aenter__(self):
        return constant("entered")


class EnterRaises(NotAwaited):
    def __aenter__(self):
        raise LookupError("__aenter__ raises")


async def with_it(manager, error=None):
    async with manager:
        if error:
            raise error
        LOG.append("inside")


def case_bad_contexts():
    out = make_list()
    for manager in (5, NoAexit(), NotAwaited(), ExitNotAwaited(), EnterRaises()):
        out.append(drive(with_it(manager)))
    out.append(drive(with_it(ExitNotAwaited(), KeyError("body"))))
    return out


class Source:
    def __init__(self, *items, error=None):
        self.items = list(items)
        self.error = error

    def __aiter__(self):
        LOG.append("aiter")
        return self

    async def __anext__(self):
        if self.items:
            return await Suspend(self.items.pop(0))
        if self.error:
            raise self.error
        raise StopAsyncIteration


async def loop(source):
    out = make_list()
    async for x in source:
        if x == "break":
            break
        if x == "continue":
            continue
        if x == "return":
            return out
        out.append(x)
        out.append(await Suspend("body"))
    else:
        out.append("else")
    return out


async def nested_loops(n):
    out = make_list()
    async for a in Source(*range(n)):
        try:
            async for b, c in Source("xy"):
                out.append((a, b, c))
        except ValueError as error:
            out.append(str(error))
    return out


def case_async_for():
    return [
        drive(loop(Source(1, 2)), "x", "b1", "y", "b2"),
        drive(loop(Source(1, 2, 3)), "continue", "x", "b", "break"),
        drive(loop(Source(1)), "return"),
        drive(loop(Source())),
        drive(loop(Source(error=ValueError("from anext")))),
        drive(loop(Source(1, error=StopIteration("leaks"))), 1),
        drive(loop(Source(1)), KeyError("thrown")),
        drive(nested_loops(2), 0, "pq", 1, "rs"),
        drive(nested_loops(2), 0, "pqr", 1, ValueError("thrown")),
        drive(nested_loops(2), 0, [ValueError("raised")], 1, [KeyError("raised")]),
    ]


class AwaitRaises:
    def __await__(self):
        raise LookupError("__await__ raises")


class Iterator:
    def __init__(self, n):
        self.n = n

    def __await__(self):
        return iter(range(self.n))


class NoAnext:
    def __aiter__(self):
        return self


class AiterRaises:
    def __aiter__(self):
        raise LookupError("aiter raises")


class BadAnext:
    def __init__(self, value):
        self.value = value

    def __aiter__(self):
        return self

    def __anext__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def case_bad_iterators():
    out = make_list()
    sources = (5, [1], NoAnext(), AiterRaises(), BadAnext(5), BadAnext(AwaitRaises()), BadAnext(KeyError("k")))
    for source in (*sources, BadAnext(StopAsyncIteration()), BadAnext(Iterator(1))):
        out.append(drive(loop(source), "break"))
    return out


async def comprehensions(source):
    a = [x async for x in source(1, 2)]
    b = {x: y async for x, y in source("ab")}
    c = [x for x in [await Suspend("item"), 2] if await Suspend("condition")]
    d = {await Suspend(x) for x in "p"}
    e = [x + y for x in "p" async for y in source("q", "r") if y]
    f = sum([x async for x in (y async for y in source(1) if await Suspend("inner"))])
    return a, b, c, d, e, f


def case_comprehensions():
    sends = [1, 2, ("k", "v"), 5, 1, 0, "set", "q", "", 4, True]
    out = drive(comprehensions(Source), *sends)
    out.append(drive(comprehensions(Source), ValueError("v")))
    for n in range(12):
        out.append(drive(comprehensions(Source), *sends[:n], [ValueError(n)]))
    return out


def case_closing():
    out = make_list()
    for sends in ((), ("value",), ("value", None)):
        c = with_one(Context("closed"))
        out.append(c.send(None))
        for value in sends:
            out.append(c.send(value))
        try:
            out.append(c.close())
        except RuntimeError as error:
            out.append(str(error))
        out.append(step(c, None, None))
    return out

"""What random suspending programs (fuzz_suspension.py) begin with: what they await, delegate to and are driven by."""

HEAD = '''
import sys
import types


class Odd(BaseException):
    """No handler but the bare ones catches it."""


class Token:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(("gone", self.name))

    def __repr__(self):
        return f"Token({self.name})"


class Pair:
    def __init__(self, first, second):
        self.first = first
        self.second = second

    def both(self, mark):
        return mark, self.first, self.second


class Manager:
    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        LOG.append(("enter", self.kind))
        return self.kind

    def __exit__(self, kind, value, tb):
        LOG.append(("exit", self.kind, kind and kind.__name__))
        if self.kind == 2:
            raise LookupError("from exit")
        return self.kind == 1


class Pause:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield ("pause", self.value)
        LOG.append(("got", repr(got)))
        return got


class AsyncManager(Manager):
    async def __aenter__(self):
        await Pause("aenter")
        return self.__enter__()

    async def __aexit__(self, *error):
        try:
            await Pause("aexit")
        finally:
            return self.__exit__(*error)


class Items:
    """Iterates by hand."""

    def __init__(self, count):
        self.count = count

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.count -= 1
        if self.count < 0:
            raise StopAsyncIteration
        return await Pause(self.count) if self.count % 2 else self.count


class Receiver:
    """Delegated to, and no generator."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return self

    __await__ = __iter__

    def __next__(self):
        return self.send("next")

    def send(self, value):
        LOG.append(("received", repr(value)))
        self.count -= 1
        if self.count < 0:
            raise StopIteration(Token("returned"))
        return ("receiver", self.count)

    def throw(self, *error):
        LOG.append(("thrown", len(error), repr(error[0])))
        if self.count % 2:
            raise KeyError("from receiver")
        return self.send("thrown")

    def close(self):
        LOG.append("closed")
        if self.count % 3 == 1:
            raise ValueError("from close")


@types.coroutine
def pause(value):
    return (yield ("decorated", value))


def show(*args, **kwargs):
    LOG.append((repr(args), repr(kwargs)))
    return args[0] if args else None


def each(value):
    return value if isinstance(value, (tuple, list)) else (value,)


def do_next(thing):
    return next(thing)


def do_send(thing, value):
    return thing.send(value)


def do_throw(thing, *error):
    return thing.throw(*error)


def do_close(thing):
    return thing.close()


def do_for(thing):
    out = []
    for item in thing:
        out.append(item)
        if len(out) > 6:
            break
    else:
        out.append("else")
    return out


def do_delegate(thing):
    result = yield from thing
    LOG.append(("delegated", repr(result)))
    return result


async def do_await(thing):
    try:
        return [await thing]
    finally:
        LOG.append("awaited")


async def do_async_for(thing):
    return [(item, await Pause(item)) async for item in thing]


do_list = list
do_take = lambda thing: [item for _, item in zip(range(3), thing)]
do_sum = lambda thing: sum(1 for item in thing)


def do_unpack(thing):
    first, *rest = thing
    return rest, first
'''

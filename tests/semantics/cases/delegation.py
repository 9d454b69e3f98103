"""`yield from` in every form: what is sent, thrown and returned through it."""

import types


def inner(n, result="inner result"):
    for i in range(n):
        got = receive((yield i))
        if got is not None:
            LOG.append(("inner got", got))
    return result


def outer(*parts):
    out = make_list()
    for part in parts:
        out.append((yield from part))
    return out


def case_generators():
    return [
        drive(outer(inner(2), inner(1, "second"), inner(0))),
        drive(outer(inner(3)), "a", None, "c"),
        drive(outer()),
        list(outer(inner(2))),
    ]


def case_iterables():
    return [
        drive(outer([1, 2], (3,), "ab", {"k": 1}, range(2), map(str, [1]))),
        drive(outer(iter([1, 2])), "sent to a list iterator"),
        drive(outer(5)),
        drive(outer(None)),
        drive(outer([], ())),
    ]


class Plain:
    """An iterator that knows nothing of send, throw and close."""

    def __init__(self, n, error=StopIteration("plain result")):
        self.n = n
        self.error = error

    def __iter__(self):
        LOG.append("iter")
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise self.error
        return self.n


class Full(Plain):
    """An iterator with all the methods."""

    def send(self, value):
        LOG.append(("send", value))
        if value == "stop":
            raise StopIteration("sent result")
        if value == "fail":
            raise ValueError("send fails")
        return ("sent", value)

    def throw(self, *args):
        error = args[0]
        LOG.append(("throw", repr(error)))
        if isinstance(error, KeyError):
            raise StopIteration("thrown result")
        if isinstance(error, IndexError):
            raise OSError("throw fails")
        return ("thrown", str(error))

    def close(self):
        LOG.append("close")


class Indexed:
    def __getitem__(self, index):
        if index > 2:
            raise IndexError
        return index * index


def case_iterators():
    return [
        drive(outer(Plain(2))),
        drive(outer(Plain(1, ValueError("next fails")))),
        drive(outer(Plain(2)), "no send method"),
        drive(outer(Full(2)), None, "a", "b", "stop"),
        drive(outer(Full(2)), "fail"),
        drive(outer(Full(2)), ValueError("x"), KeyError("y")),
        drive(outer(Full(2)), IndexError("z")),
        drive(outer(Plain(2)), ValueError("no throw method")),
        drive(outer(Indexed())),
        drive(outer(iter(int, 1)), 1),
    ]


class BadIter:
    def __iter__(self):
        return 1


class RaisingIter:
    def __iter__(self):
        raise LookupError("iter raises")


def case_bad_iterables():
    return drive(outer(BadIter())), drive(outer(RaisingIter())), drive(outer(object))


def handling(part):
    try:
        result = yield from part
    except ValueError as error:
        LOG.append(("handled", str(error)))
        result = receive((yield "from handler"))
    except GeneratorExit:
        LOG.append("exit")
        raise
    else:
        LOG.append("else")
    finally:
        LOG.append("finally")
        receive((yield "from finally"))
    return result


def guarded(n):
    try:
        return (yield from inner(n))
    except KeyError as error:
        return ("guarded", str(error))
    finally:
        LOG.append("guarded done")


def case_throw_through():
    return [
        both_ways(lambda: handling(inner(3)), (), None, None, ValueError("v"), "sent to handler", None),
        both_ways(lambda: handling(inner(3)), (), None, ValueError("v"), KeyError("in handler"), OSError("in finally")),
        both_ways(lambda: handling(inner(3)), (), None, None, ..., None),
        both_ways(lambda: handling(guarded(3)), (), None, None, KeyError("k"), None),
        both_ways(lambda: handling(guarded(3)), (), None, None, ValueError("v"), None, None),
        both_ways(lambda: handling(guarded(3)), (), None, None, OSError("o"), None),
        drive(handling(guarded(1))),
        drive(handling([1, 2]), ValueError("v")),
        drive(handling(Plain(0, ValueError("raised by next")))),
        drive(outer(guarded(2), guarded(1)), KeyError("first"), "x", KeyError("second")),
        drive(outer(guarded(2), guarded(1)), [KeyError("first")], "x", [KeyError("second")]),
    ]


def closing(part):
    try:
        yield from part
    finally:
        LOG.append("outer closed")


def stubborn():
    while True:
        try:
            receive((yield "stubborn"))
        except GeneratorExit:
            LOG.append("ignored")


def case_close_through():
    out = make_list()
    out.append(step(closing(stubborn()), None, [GeneratorExit], None, [OSError("o")], None))
    for part in (inner(2), guarded(2), Full(3), Plain(3), [1, 2], closing(inner(2))):
        g = closing(part)
        out.append(next(g))
        out.append(g.close())
        out.append(g.close())
    out.append(drive(closing(each([1, 2]))))
    g = closing(stubborn())
    next(g)
    try:
        g.close()
    except RuntimeError as error:
        out.append(str(error))
    return out


def chain(depth, last=(1, 2)):
    if depth:
        result = yield from chain(depth - 1, last)
        return result + 1
    got = receive((yield "bottom"))
    LOG.append(got)
    try:
        yield from last
    except ValueError:
        yield "caught at the bottom"
    return 0


def case_chain():
    return [
        drive(chain(0)),
        drive(chain(1), "hello"),
        drive(chain(12), "deep", None, None),
        drive(chain(5), None, ValueError("at the bottom")),
        drive(chain(3), OSError("through all")),
        drive(chain(3), [OSError("through all")]),
        drive(chain(0, Plain(1, ValueError("raised below")))),
        drive(chain(2, Plain(1, ValueError("raised below")))),
    ]


def states(part):
    import inspect

    def look():
        return inspect.getgeneratorstate(g), g.gi_running, g.gi_yieldfrom is part, g.gi_frame is not None

    def body():
        LOG.append(look())
        yield 1
        LOG.append(look())
        yield from part
        LOG.append(look())

    g = body()
    out = make_list()
    out.append(look())
    for _ in g:
        out.append(look())
    out.append(look())
    return out


def case_states():
    return states(inner(2)), states([1]), states(Plain(1))


def reentrant():
    yield 1
    try:
        yield from pick(ME[0], [1])
    except ValueError as error:
        yield str(error)
    try:
        next(ME[0])
    except ValueError as error:
        yield str(error)
    try:
        ME[0].close()
    except ValueError as error:
        yield str(error)
    try:
        ME[0].throw(KeyError)
    except ValueError as error:
        yield str(error)


ME = []


def collect(consumer):
    ME.clear()
    g = reentrant()
    ME.append(g)
    try:
        return consumer(g)
    finally:
        ME.clear()


def case_reentrance():
    return collect(list)


def case_reentrance_step_by_step():
    # What consumes a generator gets the items of a list from the list itself; a loop suspends every time.
    return collect(lambda g: [item for item in g])


def shared(part):
    yield from part


def case_shared_receiver():
    part = inner(4)
    a, b = shared(part), shared(part)
    out = make_list()
    out.append((next(a), next(b), next(a), next(b), next(a, "end"), next(b, "end")))
    finished = inner(0)
    list(finished)
    out.append(drive(outer(finished, finished)))
    return out


def new_style(values):
    got = yield from each(values)
    return got


old_style = types.coroutine(types.FunctionType(new_style.__code__, globals()))  # with code of its own


async def native(awaitable):
    return await awaitable


def uses_coroutine(coroutine):
    yield from coroutine


def case_coroutines():
    refused = native(old_style([]))
    out = make_list()
    out.append(drive(new_style([1])))
    out.append(drive(uses_coroutine(refused)))
    refused.close()
    out.append(drive(old_style(native(old_style([1, 2])))))
    out.append(drive(native(old_style(inner(2)))))
    out.append(drive(uses_coroutine(old_style([1, 2]))))
    return out


def stop_leaks(how):
    yield 1
    if how == "raise":
        raise StopIteration("leaked")
    if how == "next":
        next(iter([]))
    yield from Plain(1, StopIteration("result"))
    yield from Plain(1, StopIteration("second") if how == "twice" else KeyError("error"))


def case_stop_iteration():
    return drive(stop_leaks("raise")), drive(stop_leaks("next")), drive(stop_leaks("")), drive(stop_leaks("twice"))


def returns(kind):
    result = yield from inner(1, kind)
    return result


def case_return_values():
    out = make_list()
    for value in (None, (1, 2), (), StopIteration(5), ValueError, [1]):
        out.append(drive(returns(value)))
    return out


class Finalised:
    def __init__(self, name):
        self.name = name

    def __iter__(self):
        LOG.append(("iterated", self.name))
        yield self.name

    def __del__(self):
        LOG.append(("finalised", self.name))


def case_finalisers():
    out = drive(outer(Finalised("a"), Finalised("b")))
    g = outer(Finalised("c"))
    next(g)
    del g
    return out

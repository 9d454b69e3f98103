"""Exceptions thrown into generators, closing, and the exception being handled across suspensions."""

import sys


def handled():
    """The exception being handled right now."""
    return repr(sys.exc_info()[1])


def tolerant():
    for n in range(4):
        try:
            got = receive((yield n))
            LOG.append(("got", got))
        except (ValueError, KeyError) as error:
            LOG.append(("caught", repr(error), handled()))
            receive((yield "in handler"))
            LOG.append(handled())
        except OSError:
            raise
        else:
            LOG.append("else")
        finally:
            LOG.append(("finally", handled()))
    return "end"


def case_throw():
    return [
        both_ways(tolerant, (), None, ValueError("v"), None, KeyError("k"), None, 1, 2, 3, 4),
        both_ways(tolerant, (), None, ValueError, ValueError("in handler"), None),
        both_ways(tolerant, (), None, OSError("reraised"), None),
        both_ways(tolerant, (), ValueError("before the start"), None),
        both_ways(tolerant, (), None, TypeError("nobody catches"), ValueError("too late"), None),
        both_ways(tolerant, (), None, 1, 2, 3, 4, ValueError("after the end")),
        both_ways(tolerant, (), 5, None),
    ]


def case_close():
    return [
        both_ways(tolerant, (), ..., None),
        both_ways(tolerant, (), None, ..., None, ...),
        both_ways(tolerant, (), None, ValueError("v"), ..., None),
        both_ways(tolerant, (), None, 1, 2, 3, 4, ...),
    ]


def leaves_by(how):
    try:
        receive((yield "waiting"))
    except GeneratorExit:
        LOG.append(("exit", handled()))
        if how == "yield":
            receive((yield "ignoring"))
        elif how == "return":
            return "value"
        elif how == "stop":
            raise StopIteration("stop")
        elif how == "error":
            raise ValueError("while closing")
        elif how == "reraise":
            raise
        LOG.append("falls out")
    yield "after"


def case_close_kinds():
    out = make_list()
    for how in ("yield", "return", "stop", "error", "reraise"):
        out.append(both_ways(leaves_by, (how,), None, ..., None))
        out.append(both_ways(leaves_by, (how,), None, GeneratorExit, None, ...))
    out.append(both_ways(leaves_by, ("fall",), None, GeneratorExit(), None, ...))
    out.append(both_ways(leaves_by, ("fall",), None, ...))
    return out


def nested_finally():
    try:
        try:
            receive((yield 1))
        finally:
            LOG.append(("inner", handled()))
            got = receive((yield "inner finally"))
            LOG.append(("inner end", got, handled()))
    finally:
        LOG.append(("outer", handled()))
        receive((yield "outer finally"))
        LOG.append("outer end")


def case_finally():
    return [
        both_ways(nested_finally, (), None, None, "got", None),
        both_ways(nested_finally, (), None, ValueError("v"), "got", None),
        both_ways(nested_finally, (), None, ValueError("v"), KeyError("k"), None),
        both_ways(nested_finally, (), None, ValueError("v"), KeyError("k"), OSError("o")),
        both_ways(nested_finally, (), None, None, KeyError("k"), None),
    ]


def returning_finally(how):
    while True:
        try:
            got = receive((yield "try"))
            if got == "break":
                break
            if got == "continue":
                continue
            if got:
                return got
        finally:
            LOG.append("finally")
            if how == "return":
                return "from finally"
            if how == "continue":
                how = ""
                continue
            receive((yield "in finally"))
    return "end"


def case_finally_jumps():
    return [
        both_ways(returning_finally, ("",), None, "break", None),
        both_ways(returning_finally, ("",), None, "continue", None, "value", None),
        both_ways(returning_finally, ("",), None, 0, None, ValueError("v"), None),
        both_ways(returning_finally, ("return",), None, ValueError("swallowed")),
        both_ways(returning_finally, ("continue",), None, ValueError("swallowed"), None, None, ...),
        both_ways(returning_finally, ("continue",), None, "break", ...),
        both_ways(returning_finally, ("continue",), None, "continue", ...),
        both_ways(returning_finally, ("continue",), None, "value", ...),
        both_ways(returning_finally, ("continue",), None, 0, ...),
    ]


def bare_raise():
    try:
        raise ValueError("first")
    except ValueError:
        yield handled()
        try:
            receive((yield "again"))
            raise
        except ValueError as error:
            LOG.append((repr(error), handled()))
        yield handled()
        raise


def no_active():
    yield handled()
    raise


def case_bare_raise():
    out = both_ways(bare_raise, (), None, None, None, None)
    out.append(both_ways(no_active, (), None, None))
    try:
        raise KeyError("of the caller")
    except KeyError:
        out.append(both_ways(bare_raise, (), None, None, None, None))
        out.append(both_ways(no_active, (), None, None))
        out.append(handled())
    g = no_active()
    try:
        raise LookupError("first caller")
    except LookupError:
        out.append(next(g))
    try:
        raise IndexError("second caller")
    except IndexError:
        out.append(step(g, None))
    return out


def contexts():
    try:
        receive((yield handled()))
    except ValueError as error:
        try:
            got = receive((yield handled()))
            raise KeyError(got)
        except KeyError as inner:
            LOG.append((repr(inner), repr(inner.__context__), repr(inner.__cause__)))
            yield handled()
            raise TypeError("last") from error


def raising_later():
    yield handled()
    raise OSError("context is the caller's")


def case_contexts():
    out = make_list()
    out.append(both_ways(contexts, (), None, ValueError("v"), "key", None))
    out.append(both_ways(contexts, (), None, ValueError("v"), IndexError("thrown in handler"), None))
    try:
        raise ArithmeticError("caller")
    except ArithmeticError:
        out.append(both_ways(contexts, (), None, ValueError("v"), "key", None))
        out.append(both_ways(raising_later, (), None, None))
        g = contexts()
        out.append(next(g))
    out.append(step(g, ValueError("outside"), None, None))
    return out


def interleaved(name):
    try:
        raise ValueError(name)
    except ValueError:
        for n in range(2):
            yield handled()
    yield handled()


def case_interleaved():
    out = make_list()
    a, b = interleaved("a"), interleaved("b")
    for x, y in zip(a, b):
        out.append((x, y, handled()))
    try:
        raise KeyError("caller")
    except KeyError:
        for x, y in zip(interleaved("c"), interleaved("d")):
            out.append((x, y, handled()))
    out.append(handled())
    return out


class Manager:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow

    def __enter__(self):
        LOG.append(("enter", self.name))
        return self.name

    def __exit__(self, kind, value, tb):
        LOG.append(("exit", self.name, repr(value), tb is None))
        return self.swallow


def managed():
    with Manager("outer") as a, Manager("inner", swallow=True) as b:
        got = receive((yield a, b))
        LOG.append(got)
        receive((yield "still inside"))
    with Manager("second"):
        return receive((yield "second"))


def case_with():
    return [
        both_ways(managed, (), None, "got", None, "returned"),
        both_ways(managed, (), None, ValueError("swallowed"), OSError("not swallowed")),
        both_ways(managed, (), None, "got", ..., None),
        both_ways(managed, (), None, "got", GeneratorExit, None),
        both_ways(managed, (), ...),
    ]


def raising(depth):
    if depth == 0:
        if (yield "ready") == "stop":
            return
        raise ValueError("deep")
    yield from raising(depth - 1)


def case_raising():
    return drive(raising(0)), drive(raising(1)), drive(raising(0), KeyError("k")), drive(raising(2)), drive(raising(2), "stop")


def case_raised():
    g = raising(3)
    next(g)
    return next(g)


def case_thrown():
    g = raising(3)
    next(g)
    throw = pick(g.throw, print)
    return throw(KeyError("thrown"))


def case_raised_in_loop():
    return list(raising(2))


def throws_types():
    while True:
        try:
            receive((yield))
        except BaseException as error:
            LOG.append((type(error), error.args))
            if error.args == ("stop",):
                return


def case_throw_forms():
    out = make_list()
    out.append(step(throws_types(), None, [ValueError("raised")], [ValueError("stop")], None))
    g = throws_types()
    next(g)
    for args in ((ValueError,), (ValueError("v"),), (KeyboardInterrupt,), (StopIteration,), (SystemExit(3),)):
        out.append(g.throw(*args))
    for bad in (5, "text", int):
        try:
            g.throw(bad)
        except TypeError as error:
            out.append(str(error))
    out.append(step(g, [ValueError("raised")], [SystemExit(1)], ValueError("stop")))
    return out


class Watched:
    def __del__(self):
        LOG.append("released")


def holding():
    watched = Watched()
    try:
        receive((yield))
    except ValueError:
        LOG.append("caught")
    del watched
    LOG.append("deleted")
    yield


def case_releases():
    out = make_list()
    g = holding()
    next(g)
    del g
    LOG.append("first")
    g = holding()
    next(g)
    g.throw(ValueError)
    LOG.append("second")
    g = holding()
    out.append(step(g, None, OSError, None))
    out.append(step(holding(), None, [OSError], None))
    out.append(step(holding(), None, [ValueError], None))
    del g
    LOG.append("third")
    return out

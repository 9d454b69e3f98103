"""What only code that suspends can do, and what the other case files have in functions of one kind or in none."""

import contextlib


def case_delegate():
    def inner(error):
        try:
            got = yield 1
            LOG.append(got)
            yield 2
        except ValueError as e:
            yield repr(e)
        return error

    def outer(error):
        result = yield from inner(error)
        yield result
    thrown = outer("thrown")
    next(thrown)
    return list(outer("end")), thrown.throw(ValueError("in")), list(thrown)


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow

    async def __aenter__(self):
        await Pause()
        return self

    async def __aexit__(self, kind, value, tb):
        await Pause()
        LOG.append((kind, str(value)))
        return self.swallow


async def numbers(n):
    for i in range(n):
        await Pause()
        yield i


async def case_async_coroutine():
    out = []
    async for x in numbers(3):
        out.append(x)
    async with Manager(True) as m:
        out.append(m.swallow)
        raise ValueError("swallowed")
    try:
        async with Manager(False):
            raise KeyError("kept")
    except KeyError as e:
        out.append(str(e))
    out += [x async for x in numbers(2)]
    return out


async def case_async_generator():
    async for x in numbers(3):
        yield x
    async with Manager(True) as m:
        yield m.swallow
        raise ValueError("swallowed")
    try:
        async with Manager(False):
            raise KeyError("kept")
    except KeyError as e:
        yield str(e)
    yield [x async for x in numbers(2)]


class Stubborn:
    def __await__(self):
        try:
            yield "awaiting"
        except ValueError as e:
            return repr(e)


async def awaiting():
    return await Stubborn()


async def yielding():
    yield await Stubborn()


def case_thrown_into_await():
    coroutine = awaiting()
    step = yielding().__anext__()
    out = []
    for each in (coroutine, step):
        each.send(None)
        try:
            each.throw(ValueError("thrown"))
        except StopIteration as e:
            out.append(str(e.value))
    return out


class Vector:
    def __matmul__(self, other):
        return "matmul"

    def __imatmul__(self, other):
        return "imatmul"


def case_operators():
    a, b = 13, 5
    v = Vector()
    out = [+a, -a, ~a, not a, a + b, a - b, a * b, a / b, a // b, a % b, a ** b, a << b, a >> b, a & b, a | b, a ^ b, v @ v]
    for x in (9, 13):
        x += b
        x -= 2
        x *= b
        x //= 2
        x %= 50
        x **= 2
        x <<= 1
        x >>= 1
        x &= 1023
        x |= 64
        x ^= 5
        x /= 2
        v @= x
        out.append((x, v))
        v = Vector()
    return out


def case_displays_and_calls():
    def f(*args, **kw):
        return args, kw
    xs, d = [1, 2], {"k": 1}
    first, *rest = *xs, 3
    table = {"a": first, **d, "b": rest}
    both = {1, *xs, first}
    const = {"x": first, "y": xs}
    made = [f(), f(1), f(*xs), f(*xs, k=2), f(**d), f(1, **d, z=3), f(a=1), "x".join(["1", "2"]), (*xs, *rest)]
    made += [xs[0:1], xs[::2], {k: v for k, v in d.items()}, {x for x in xs}, [x for x in xs if x], f"{first!r:>4} {rest}"]
    xs[0:1] = [7, 8]
    xs[0] += 1
    f.attribute = [1]
    f.attribute[0] += 2
    f.attribute += [3]
    n = len(xs)
    large = {"a": n, "b": n, "c": n, "d": n, "e": n, "f": n, "g": n, "h": n, "i": n, "j": n, "k": n, "l": n, "m": n, "n": n,
             "o": n, "p": n, "q": n, "r": n, "s": n}
    made.append(large)
    return table, sorted(both), const, made, xs, f.attribute, first if xs else rest, xs and d, d or xs


def case_deleting():
    global fresh_global
    fresh_global = 1
    value, cell, things = 1, 2, [1, 2]

    def inner():
        return cell

    class Holder:
        pass
    Holder.x = inner()
    del Holder.x, things[0], fresh_global, value, cell
    try:
        value
    except NameError as e:
        LOG.append(str(e))
    try:
        inner()
    except NameError as e:
        LOG.append(str(e))
    return things


def case_closures_and_imports():
    import os.path
    from os import sep, path as p
    count = 0

    def bump(by=1, *, twice: bool = False):
        nonlocal count
        count += by
        return count

    class Local:
        seen = count
        own: int = 5

        def method(self):
            return __class__.__name__, super().__repr__()[:1], super(Local, self).__hash__() != 0
    assert sep
    assert bump() == 1, "message"
    return bump(), Local.seen, Local().method(), os.path is p, (lambda x: x + count)(1)


def case_matching():
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y
    out = []
    for value in (1, "a", [1, 2, 3], ((1, 2), 3, (4, 5, 6)), (4,), {"k": 1, "m": 2}, Point(0, 1), Point(2, 3), None, 2.5):
        match value:
            case 1 | "a" as s:
                out.append(s)
            case [x]:
                out.append(x)
            case [int(x), y, *more]:
                out.append((x, y, more))
            case {"k": k, **others}:
                out.append((k, others))
            case Point(0, y=y):
                out.append(y)
            case Point(x, y) if x > 1:
                out.append((x, y))
            case [[a, b], c, [d, e, f]]:
                out.append((a, b, c, d, e, f))
            case None:
                out.append("none")
            case _:
                out.append("other")
    return out


def case_loops_and_conditions():
    out = []
    x, n, nothing = None, 0, None
    while x is None:
        n += 1
        if n > 2:
            x = n
    while nothing is not None or n < 5:
        n += 1
    while x is not None:
        x = None if n > 6 else x
        n += 1
    while not (n < 5 or n > 9):
        n += 1
        if n == 8:
            continue
        if 1 < n < 9 and n != 3:
            out.append(n)
    while n:
        n -= 1
        if n in (3, 4) or n is nothing:
            break
    else:
        out.append("else")
    for i in range(3):
        if i is None:
            continue
        if i not in out:
            pass
    return out, n


def case_handlers():
    out = []
    for error in (KeyError(1), ValueError(2), OSError(3), None):
        try:
            try:
                with contextlib.suppress(OSError):
                    if error:
                        raise error
                    out.append("fine")
            except KeyError as e:
                out.append(repr(e))
                raise TypeError("from") from e
            except (ValueError, TypeError):
                out.append("other")
                raise
            else:
                out.append("else")
            finally:
                out.append("finally")
        except Exception as e:
            out.append((repr(e), repr(e.__cause__)))
    return out


class Base:
    def name(self):
        return "base"


class Derived(Base):
    def generator(self):
        yield super().name()

    async def coroutine(self):
        return super().name()

    async def both(self):
        yield super().name(), super().name


def case_super():
    d = Derived()
    out = [list(d.generator())]
    for step in (d.coroutine(), d.both().__anext__()):
        try:
            step.send(None)
        except StopIteration as e:
            out.append(shorter(e.value))
    return out


def shorter(value):
    return str(value)[:12]


def case_async_expression():
    doubled = (2 * x async for x in numbers(2))
    step = doubled.__anext__()
    step.send(None)
    try:
        step.send(None)
    except StopIteration as e:
        LOG.append(e.value)
    return type(doubled).__name__


def case_async_closures():
    x = 5

    async def coroutine():
        return x

    async def both():
        yield x
    out = []
    for step in (coroutine(), both().__anext__()):
        try:
            step.send(None)
        except StopIteration as e:
            out.append(e.value)
    return out


def case_delegate_catches():
    def inner():
        try:
            yield 1
        except ValueError as e:
            return repr(e)

    def outer():
        yield (yield from inner())
    g = outer()
    next(g)
    return g.throw(ValueError("thrown"))

"""Generators that yield in every kind of statement and expression."""

import types


def counter(n):
    i = 0
    while i < n:
        got = yield i
        if got:
            LOG.append(got)
            i = got
        i += 1
    return "counted"


def case_counter():
    return drive(counter(3)), drive(counter(9), 2, 5), list(counter(2)), sum(counter(4))


def nothing():
    return "nothing"
    yield  # noqa


def only_yields():
    yield
    yield 1, 2
    yield (yield "inner")


def case_plain_yields():
    return drive(nothing()), drive(only_yields(), "a", "b", "c", "d"), next(nothing(), "default")


def branches(n):
    LOG.append(n)
    if n > 0:
        x = yield "positive"
    elif n == 0:
        x = yield "zero"
    else:
        x = None
    y = (yield "then") if x else "otherwise"
    while n:
        n -= 1
        if (yield n) == "break":
            break
        if n == 2:
            continue
        yield ("odd" if n % 2 else "even")
    else:
        yield "exhausted"
    return x, y


def case_branches():
    return [
        drive(branches(0), "sent"),
        drive(branches(0)),
        drive(branches(2), 0),
        drive(branches(4), 1, 2, 3, "break"),
        drive(branches(-1), 1, 2, "break"),
    ]


def loops(rows):
    LOG.append("loops")
    for row in rows:
        for item in row:
            if item is None:
                continue
            if item == "stop":
                return "stopped"
            yield item
        else:
            yield "row"
    else:
        yield "rows"


def case_loops():
    return drive(loops([[1, None, 2], (), "xy"])), drive(loops([[1], ["stop"], [2]]))


def function(*args, **kwargs):
    return args, sorted(kwargs.items())


def calls(target):
    a = function((yield 1), (yield 2), key=(yield 3))
    b = function(*(yield 4), **(yield 5))
    c = target.format((yield 6), name=(yield 7))
    d = function(0, *(yield 8), 1, key=(yield 9), **(yield 10))
    return a, b, c, d


def case_calls():
    return drive(calls("{} {name}"), "a", "b", "c", [1, 2], {"k": 3}, "x", "y", "pq", "kw", {"z": 1})


def displays():
    a = [(yield 1), (yield 2), *(yield 3)]
    b = ((yield 4), *(yield 5), (yield 6))
    c = {(yield 7), *(yield 8)}
    d = {(yield 9): (yield 10), **(yield 11), "k": (yield 12)}
    e = [(yield 13), (yield 14)]
    return a, b, sorted(c), d, e


def case_displays():
    return drive(displays(), 1, 2, "ab", 4, [5], 6, 7, (8, 9), "x", "y", {"m": 1}, "z", "p", "q")


def operators(box):
    a = (yield 1) + (yield 2)
    b = -(yield 3)
    c = not (yield 4)
    d = (yield 5) < (yield 6) < (yield 7)
    e = (yield 8) in (yield 9)
    f = (yield 10) and (yield 11) or (yield 12)
    g = (yield 13) is None
    box[(yield 14)] = yield 15
    box[(yield 16)] += yield 17
    h = box[(yield 18)]
    i = "abcdef"[(yield 19) : (yield 20) : (yield 21)]
    del box[(yield 22)]
    return a, b, c, d, e, f, g, h, i, box


def case_operators():
    sends = [1, 2, 3, 0, 1, 2, 3, "a", "abc", 0, 9, None, 5, "k", "k", 6, "k", 0, 5, 2, "k"]
    return [
        drive(operators({}), *sends),
        drive(operators({}), 1, 2, 3, 1, 9, 1, "a", "abc", 4, 0, 12, 13, 5, "k", "k", 6, "k", 0, 5, 2, "k"),
        attempt(drive, operators({}), 1, "a"),
    ]


class Thing:
    def method(self, *args):
        return args


def attributes(thing):
    thing.a = yield 1
    thing.a += yield 2
    (yield 3).b = yield 4
    (yield 5).c += yield 6
    x = (yield 7).method((yield 8))
    del (yield 9).b
    return x, sorted(vars(thing).items())


def case_attributes():
    t = Thing()
    t.c = 1
    return drive(attributes(t), 1, 2, 4, t, t, 6, t, 8, t)


def unpacking():
    a, b = yield 1
    (c, *d), e = yield 2
    for f, (g, *h) in (yield 3):
        LOG.append((f, g, h))
        i, *j, k = yield (f, g)
        LOG.append((i, j, k))
    return a, b, c, d, e


def case_unpacking():
    return [
        drive(unpacking(), (1, 2), ("abc", 3), [(1, "xy"), (2, "z")], range(4), "ab"),
        attempt(drive, unpacking(), (1, 2, 3)),
        attempt(drive, unpacking(), (1, 2), (5, 6)),
    ]


def strings():
    LOG.append("strings")
    a = f"<{(yield 1)}|{(yield 2)!r:>{(yield 3)}}|{(yield 4):{(yield 5)}}>"
    b = "%s-%s" % ((yield 6), (yield 7))
    return a, b


def case_strings():
    return drive(strings(), "a", "b", 6, 3.5, "8.2f", "x", "y")


def matching():
    while True:
        match (yield "subject"):
            case None:
                return "end"
            case int(n) if (yield ("guard", n)):
                yield ("int", n)
            case [first, *rest]:
                yield ("sequence", first, (yield "rest"), rest)
            case {"key": value, **others}:
                yield (value, others)
            case Thing(a=a):
                yield a
            case _:
                yield "other"


def case_matching():
    t = Thing()
    t.a = "attribute"
    return drive(matching(), 5, True, 0, 6, False, 0, [1, 2], "r", 0, {"key": 1, "k": 2}, 0, t, 0, None)


def closures(n):
    total = n

    def add(x):
        nonlocal total
        total += x
        return total

    look = lambda: total  # noqa: E731
    while total < 10:
        LOG.append(add((yield total)))
        LOG.append(look())
    del total
    try:
        look()
    except NameError as error:
        yield str(error)


def case_closures():
    return [drive(closures(1), 3, 4, 5), attempt(drive, closures("a"), 1)]


def case_comprehensions():
    return drive(expand([1, 2, 0]), *[range(4)] * 9)


def expand(data):
    # No yield in a comprehension: that is a syntax error. In a lambda it makes a generator.
    yield [pick(x, 5) * 2 for x in data if x]
    yield {x: pick(-x, 5) for x in data} == {pick(-x, 5): x for x in data}
    squares = (pick(x, 1) * x for x in (yield "data"))
    yield next(squares)
    yield list(squares)
    yield list(pick(x, 1) + y for x in data for y in data if x != y)
    lam = lambda: (yield from each(data))  # noqa: E731
    yield list(lam())
    twice = lambda v: ((yield pick(v, 1)), (yield v))  # noqa: E731
    yield list(twice("v"))
    yield any(pick(x, 1) for x in (0, 1)), [pick(a, 1) for b in ((1, 2), (3,)) for a in b]


def recursive(tree):
    if isinstance(tree, list):
        for branch in tree:
            for leaf in recursive(branch):
                yield leaf
    else:
        yield tree


def case_recursive():
    return list(recursive([1, [2, [3, [], 4]], [[[5]]]]))


def many_locals(a, b=2, *args, c, d=4, **kwargs):
    LOG.append(args)
    yield a, b, args, c, d, kwargs
    if c == 3:
        del a
    try:
        yield a
    except UnboundLocalError as error:
        yield type(error).__name__
    a = yield b
    yield a


def case_arguments():
    return [
        drive(many_locals(1, c=3)),
        drive(many_locals(1, 2, 3, c=4, e=5), 0, 0, "a"),
        attempt(many_locals, 1),
    ]


def assertions(x):
    assert (yield 1), (yield 2)
    global GLOBAL
    GLOBAL = yield 3
    LOG.append(GLOBAL)
    del GLOBAL
    import math as m

    yield m.floor(x)
    raise (yield 4)


def case_statements():
    return [
        attempt(drive, assertions(2.5), 1, "global", 0, ValueError("sent")),
        attempt(drive, assertions(2.5), 0, "message"),
        attempt(drive, assertions(2.5), 1, 2, 3, 4),
    ]


def classes():
    class Made:
        a = 1

        def items(self):
            yield self.a
            yield self.__class__.__name__
            yield super().__repr__ is not None

    made = Made()
    got = yield list(made.items())
    made.a = got
    return list(made.items())


def case_classes():
    return drive(classes(), "sent")


def case_sources():
    import itertools

    out = make_list()
    for value in counter(2):
        out.append(value)
    out.append(list(zip(counter(3), counter(2))))
    out.append(dict(enumerate(counter(2))))
    out.append(max(counter(5)))
    out.append([*counter(2), *counter(1)])
    first, *rest = counter(4)
    out.append((first, rest))
    out.append(list(itertools.islice(counter(10**9), 2, 5)))
    out.append("".join(str(x) for x in counter(3)))
    out.append(2 in counter(5))
    out.append(isinstance(counter(1), types.GeneratorType))
    return out


def wide():
    v0 = v1 = v2 = yield 0
    while v0 < 3:
        v0 += 1
        for v1 in range(v0):
            if (yield v0, v1):
                break
        else:
            v2 = yield "else"
    return v0, v1, v2


def case_wide():
    return drive(wide(), 1, 0, 1), drive(wide(), 0)


def case_abandoned():
    out = make_list()
    for n in range(3):
        g = counter(pick(5, 1))
        out.append(next(g))
        for i in g:
            if i > n:
                break
    del g
    return out

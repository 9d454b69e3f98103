"""Calls of every form, argument binding, closures, imports, namespaces of exec."""

def plain(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, sorted(kw.items())


def positional_only(a, b=5, /, c=6, *, d=7):
    return a, b, c, d


def case_call_forms():
    t = (1, 2)
    d = {"c": 3}
    return [plain(1, c=3), plain(1, 5, 6, 7, c=8, e=9), plain(*t, **d), plain(1, *t, 9, c=1, **{"z": 1}),
            plain(a=1, c=2), positional_only(1), positional_only(1, 2, 3, d=4), positional_only(1, c=9),
            plain(*[1], *(2, 3), **d, **{"y": 2})]


def try_call(f, *args, **kw):
    try:
        return f(*args, **kw)
    except TypeError as e:
        return str(e)


def two(a, b):
    return a - b


def one():
    return 1


def case_call_errors():
    return [try_call(two), try_call(two, 1), try_call(two, 1, 2, 3), try_call(two, 1, b=2), try_call(two, 1, a=2),
            try_call(two, 1, 2, z=3), try_call(plain), try_call(plain, 1), try_call(positional_only),
            try_call(positional_only, a=1), try_call(positional_only, 1, b=2), try_call(two, b=1, a=5),
            try_call(one, 1), one(), try_call(5), try_call(two, **{"a": 1, "b": 3})]


def case_star_errors():
    out = make_list()
    for call in (lambda: two(*pick(5, (5, 6))), lambda: two(**pick(5, {"a": 1, "b": 2})),
                 lambda: two(1, **{"b": 2}, **pick({"b": 3}, {})), lambda: two(1, 2, **pick({1: 2}, {}))):
        try:
            out.append(call())
        except TypeError as e:
            out.append(str(e))
    return out


def case_defaults_rebound():
    def f(a, b=1, *, c=2):
        return a, b, c
    out = make_list([f(0)])
    f.__defaults__ = (10, 11)
    out.append(f())
    f.__kwdefaults__ = {"c": 20}
    out.append(f())
    f.__defaults__ = None
    out.append(try_call(f))
    f.__kwdefaults__ = None
    out.append(try_call(f, 1, 2))
    return out


def case_code_rebound():
    def f(a):
        return a + 1

    def g(a):
        return a * 100
    out = make_list([f(2)])
    f.__code__ = g.__code__
    out += [f(2), f(3)]
    return out


def case_closures():
    def counter(start):
        n = start

        def step(by=1):
            nonlocal n
            n += by
            return n

        def peek():
            return n
        return step, peek
    a, pa = counter(0)
    b, pb = counter(100)
    return a(), a(5), b(), pa(), pb(), a.__closure__[0].cell_contents


def case_closure_in_loop():
    fs = []
    for i in range(3):
        def f(x, i=i):
            return x * i
        fs.append(f)
        fs.append(lambda: i)
    return [f(10) if n % 2 == 0 else f() for n, f in enumerate(fs)]


def case_cell_argument():
    def f(a, b):
        def g():
            return a
        a += b
        return g()
    return f(1, 2), f("x", "y")


def case_unbound_cell():
    def outer():
        def inner():
            return later
        if pick(0, 1):
            later = 0
        try:
            inner()
        except NameError as e:
            LOG.append(str(e))
        later = 1
        r = inner()
        del later
        if pick(0, 1):
            later = 2
        try:
            inner()
        except NameError as e:
            LOG.append(str(e))
        if pick(0, 1):
            later = 3
        try:
            later
        except NameError as e:
            LOG.append((type(e).__name__, str(e)))
        if pick(0, 1):
            later = 4
        try:
            del later
        except NameError as e:
            LOG.append((type(e).__name__, str(e)))
        return r
    return outer()


def case_recursion():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    def even(n):
        return True if n == 0 else odd(n - 1)

    def odd(n):
        return False if n == 0 else even(n - 1)
    return fib(12), even(20), odd(7), even(7), odd(4)


def case_imports():
    import os.path
    import json.decoder as jd
    from os import path as p, sep
    from collections import OrderedDict
    import xml.etree.ElementTree as ET
    out = make_list([os.path is p, sep, jd.__name__, OrderedDict.__name__, ET.__name__])
    import sys
    sys.modules.pop("no_such_module_here", None)
    vars(os).pop("no_such_name", None)
    if pick(0, 1):
        sys.modules["no_such_module_here"] = os
        os.no_such_name = 1
    try:
        import no_such_module_here
    except ImportError as e:
        out.append((type(e).__name__, str(e), e.name))
    try:
        from os import no_such_name
    except ImportError as e:
        out.append(str(e).split("(")[0])
    sys.modules.pop("no_such_module_here", None)
    vars(os).pop("no_such_name", None)
    return out


exec("from math import *")


def case_import_star():
    ns = {}
    exec("from math import *\nr = floor(2.5)", ns)
    return ns["r"], floor(3.7)


def case_exec_namespaces():
    class NS(dict):
        def __missing__(self, key):
            LOG.append(key)
            raise KeyError(key)
    ns = NS(a=5)
    exec("b = a + 1\nc = len('xyz')\ndel a", {}, ns)
    return sorted(ns.items()), eval("x * 2", {"x": 21}), eval("[i for i in y]", {}, {"y": (1, 2)})


def case_lambda_defaults():
    fs = [lambda x, y=i: x + y for i in each(range(3))]
    return [f(10) for f in each(fs)], (lambda *a, **k: (a, k))(1, b=2)


def case_builtin_calls():
    return [len("abc"), max(1, 5, 3), sorted([3, 1, 2], key=lambda v: -v), isinstance(5, int), abs(-3), divmod(7, 2),
            "a,b".split(","), [1, 2, 3].index(2), {"a": 1}.get("b", "none"), "x".join(["1", "2"]), int("12"), str(5),
            type(5).__name__, tuple([1]), "abc".upper(), "%s-%d" % ("x", 3), list(map(lambda v: v + 1, [1, 2])),
            getattr(5, "real"), sum([1, 2]), dict(a=1), set([1]), bytes([65]), repr("q"), hash(5), round(2.567, 2),
            "{} {k}".format(1, k=2), int("ff", base=16), [3, 1].sort(reverse=True)]


def case_many_arguments():
    def f(a, b, c, d, e, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u):
        return a, u, sum((b, c, d, e, g, h, i, j, k, l, m, n, o, p, q, r, s, t))
    return f(*range(20)), f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)


def case_varargs_kept():
    def f(*args, **kw):
        args += (1,)
        kw["z"] = 1
        return args, kw
    d = {"a": 1}
    return f(*(0,), **d), d


def case_global_in_nested():
    def set_it():
        global NESTED
        NESTED = 42
    set_it()
    return NESTED


def case_print():
    print("a", 1, sep="-", end="!\n")
    print(*[1, 2], file=None)


def case_generators_mixed():
    def gen(n):
        for i in range(n):
            got = yield i
            if got:
                LOG.append(got)
        return "done"

    def outer():
        r = yield from gen(2)
        LOG.append(r)
    g = gen(5)
    return [next(g), g.send("hello"), list(outer()), sum(x for x in gen(4)), max(gen(3))]


def case_mutual_name_errors():
    def f():
        return undefined_one

    def g():
        try:
            return f()
        except NameError as e:
            raise LookupError("wrapped") from e
    if pick(0, 1):
        globals()["undefined_one"] = 1
    return g()

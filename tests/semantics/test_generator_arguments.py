"""Calls of suspending functions by native code, with every kind of parameter and argument, right and wrong."""

from __future__ import annotations

from .programs import same_output
from .test_suspension import KINDS


def test_arguments():
    same_output(
        KINDS
        + """
import itertools
SIGNATURES = ["a", "a, b=1", "a, /, b=2, *, c=3", "*, c", "a=1, *rest", "**named", "a, *rest, k, d=4, **named", "a, /, **named"]
BODIES = {
    "def": "    yield sorted(locals().items())\\n",
    "cells": "    yield sorted((k, v) for k, v in locals().items() if k != 'inner')\\n    def inner(): return NAMES\\n    yield inner()\\n",
    "async def": "    return sorted(locals().items())\\n",
    "agen": "    yield sorted(locals().items())\\n",
}
def made(signature, kind):
    names = [p.strip("* ").split("=")[0] for p in signature.split(",") if p.strip(" */")]
    head = {"cells": "def", "agen": "async def"}.get(kind, kind)
    body = BODIES[kind].replace("NAMES", "(" + ", ".join(names) + ",)")
    namespace = {}
    exec(f"{head} f({signature}):\\n{body}", namespace)
    return jit(namespace["f"])
def shown(made):
    if inspect.isasyncgen(made):
        made = made.__anext__()
    if hasattr(made, "send") and not inspect.isgenerator(made):
        try: made.send(None)
        except StopIteration as e: return repr(e.value)
    return repr(list(made))
CALLS = ["f()", "f(1)", "f(1, 2)", "f(1, 2, 3)", "f(a=1)", "f(1, b=5)", "f(b=1, a=2)", "f(1, a=2)", "f(c=7)", "f(1, c=8)",
         "f(1, 2, 3, k=4)", "f(1, k=5, other=6)", "f(other=1)", "f(*x)", "f(*x, **y)", "f(**y)", "f(1, *x, k=2, **z)", "f(*iter(x))",
         "f(**{'a b': 1})", "f(1, **{'a': 2})", "f(**{1: 2})"]
namespace = {"x": (10, 11), "y": {"c": 12}, "z": {"d": 13, "more": [14]}}
exec("".join(f"def call{i}(f): return {call}\\n" for i, call in enumerate(CALLS)), namespace)
callers = [jit(namespace[f"call{i}"]) for i in range(len(CALLS))]
for kind, signature in itertools.product(BODIES, SIGNATURES):
    f = made(signature, kind)
    for i, call in enumerate(callers):
        try:
            got = call(f)
            before = repr(inspect.getgeneratorstate(got)) if inspect.isgenerator(got) else ""
            print(kind, signature, CALLS[i], before, shown(got))
        except TypeError as e:
            print(kind, signature, CALLS[i], e)
"""
    )


def test_references():
    """What is bound is released once, whether the object runs, is dropped, or never came to be."""
    same_output(
        KINDS
        + """
@jit
def g(a, *rest, k, d=None, **named):
    yield a
@jit
def cells(a, *, k):
    def inner(): return a, k
    yield inner
@jit
def use(n, x):
    for i in range(n):
        next(g(x, x, x, k=x, other=x))
        list(g(x, k=x, **{"m": x}))
        g(*[x, x], k=x)
        next(cells(x, k=x))()
        cells(k=x, a=x)
        for wrong in (g, cells):
            try: wrong(x, x, b=x)
            except TypeError: pass
            try: wrong(x, a=x, k=x)
            except TypeError: pass
x = object()
use(5, x)
gc.collect()
before = sys.getrefcount(x)
use(200, x)
gc.collect()
print(sys.getrefcount(x) - before)
"""
    )

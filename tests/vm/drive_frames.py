"""Leaving and unwinding under a hand-driven body, and its frames, compared with the interpreter."""

import gc
import sys
import traceback

import vmtest
from driving import Boom, V, call_index, finish, outcome, raiser, same


def quiet():
    return 7


def plain(g):
    return g()


def caught(g):
    try:
        g()
    except Boom as e:
        return "caught", str(e), sys.exc_info()[0], e.__traceback__.tb_lineno


def finally_(g):
    try:
        g()
    finally:
        x = sys.exc_info()[0]


def reraised(g):
    try:
        g()
    except Boom:
        raise


def nested(g):
    try:
        try:
            g()
        except ValueError:
            return 1
        finally:
            y = 3
    except Boom as e:
        try:
            raise KeyError(1)
        except KeyError as k:
            return y, k.__context__ is e, sys.exc_info()[0]


def wrong(g):
    try:
        g()
    except ValueError:
        return 1


def newexc(g):
    try:
        g()
    except Boom:
        raise KeyError("k")


def asexc(g):
    try:
        g()
    except Boom as e:
        raise KeyError("k")


def rethrown(g):
    try:
        g()
    except Boom as e:
        x = 1
        raise e


def inloop(g, n):
    for i in n:
        try:
            g()
        except Boom:
            return "loop", i


def unbound(g):
    try:
        g()
    except Boom:
        pass
    return zzz
    zzz = 1


def closure(g, a):
    def inner():
        return a, g

    try:
        return g() if a else inner()
    except Boom:
        return inner()[0], [a for _ in range(2)]


class CM:
    def __enter__(self):
        return self

    def __exit__(self, *a):
        return a[0] is Boom and not isinstance(a[2], type(None))


def cellfree():
    v = 5

    def f(g):
        try:
            return g() + v
        except Boom:
            return v

    return f


for f in (plain, caught, finally_, reraised, nested, wrong, newexc, asexc, rethrown, unbound, cellfree()):
    for g in (raiser, quiet):
        same((f.__name__, g.__name__, "leave"), outcome(lambda: f(g)), outcome(lambda: vmtest.run(f, (g,), -1, 0, ())))
    for labels in (0, 1):
        got, want = outcome(lambda: vmtest.run(f, (raiser,), call_index(f), labels, ())), outcome(lambda: f(raiser))
        same((f.__name__, "raise", labels), want, got)
same("closure", closure(raiser, 3), vmtest.run(closure, (raiser, 3), -1, 0, ()))

i = call_index(finally_)
for g in (raiser,):
    same("native finally", outcome(lambda: finally_(g)), outcome(lambda: vmtest.run(finally_, (g,), i, 2, ())))
try:
    raise ValueError("outer")
except ValueError:
    same(
        "native finally, handling",
        outcome(lambda: finally_(raiser)),
        outcome(lambda: vmtest.run(finally_, (raiser,), i, 2, ())),
    )
    same("outer", sys.exc_info()[0], ValueError)
rc = sys.getrefcount(Boom)
for _ in range(50):
    try:
        vmtest.run(finally_, (raiser,), i, 2, ())
    except Boom:
        pass
gc.collect()
same("refs", sys.getrefcount(Boom), rc)

# tracing switched on by a callee that raises: the interpreter takes over at the failing instruction
log = []


def logger(fr, ev, arg):
    log.append((fr.f_code.co_name, ev, fr.f_lineno))
    return logger


def traced_raiser():
    fr = sys._getframe(1)
    fr.f_trace = logger
    sys.settrace(logger)
    raise Boom("t")


def profiled_raiser():
    sys.setprofile(logger)
    raise Boom("p")


def traced(run):
    log.clear()
    try:
        return outcome(run)
    finally:
        sys.settrace(None)
        sys.setprofile(None)


def relevant(f):
    return [e for e in log if e[0] == f.__name__]


for f in (plain, caught, finally_, reraised, nested, wrong, newexc, asexc, rethrown, unbound):
    for g in (traced_raiser, profiled_raiser):
        want = traced(lambda: f(g)), relevant(f)
        for labels in (0, 1):
            got = traced(lambda: vmtest.run(f, (g,), call_index(f), labels, ())), relevant(f)
            same((f.__name__, g.__name__), want, got)

# frames that outlive their call
kept = []


def keep():
    kept.append(sys._getframe(1))
    return 4


def holder(g, a, b):
    return g()


assert vmtest.run(holder, (keep, "A", "B"), call_index(holder), 0, ()) == 4
assert holder(keep, "A", "B") == 4
fa, fb = kept
same(
    "escaped",
    (fb.f_lineno, dict(fb.f_locals), fb.f_code, fb.f_back is fa.f_back or fb.f_back.f_code),
    (
        fa.f_lineno,
        dict(fa.f_locals),
        fa.f_code,
        fa.f_back is fa.f_back and (fb.f_back is fa.f_back or fa.f_back.f_code),
    ),
)
assert fa.f_back is sys._getframe(), fa.f_back
fa.clear()
same("cleared", dict(fa.f_locals), {})


def transient():
    sys._getframe(1).f_locals
    return 1


class Del:
    def __del__(self):
        dels.append([f.name for f in traceback.extract_stack()][-2:])


dels = []
vmtest.run(holder, (transient, Del(), 1), call_index(holder), 0, ())
gc.collect()
assert len(dels) == 1


# leaks and counters
def rss():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1])


def storm(n):
    i = call_index(holder)
    j = call_index(caught)
    k = call_index(nested)
    for _ in range(n):
        vmtest.run(holder, (keep, "A", "B"), i, 0, ())
        kept.clear()
        vmtest.run(caught, (raiser,), j, 0, ())
        vmtest.run(nested, (raiser,), k, 1, ())
        try:
            vmtest.run(holder, (raiser, 1, 2), i, 0, ())
        except Boom:
            pass


obj = object()
before = sys.getrefcount(Boom), sys.getrefcount(raiser), sys.getrefcount(holder), sys.getrefcount(holder.__code__)
storm(5000)
r0 = vmtest.recursion()
m0 = rss()
storm(5000)
m1 = rss()
gc.collect()
same("recursion", r0, vmtest.recursion())
after = sys.getrefcount(Boom), sys.getrefcount(raiser), sys.getrefcount(holder), sys.getrefcount(holder.__code__)
same("refcounts", before, after)
assert m1 - m0 < 200, m1 - m0


# deep: chunks of the data stack
def deep(g):
    return g()


def dive(n):
    if n == 0:
        return 0
    i = call_index(deep)
    return vmtest.run(deep, (lambda: 1 + dive(n - 1),), i, 0, ())


sys.setrecursionlimit(3000)
if V != 12:
    same("deep", dive(600), 600)
else:
    same("deep", dive(150), 150)
finish()

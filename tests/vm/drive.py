"""Runs the hand-driven bodies of vmtest and compares with the interpreter."""

import dis
import gc
import sys
import traceback
import weakref

import vmtest

V = sys.version_info[1]
assert vmtest.probe() is None, vmtest.probe()


def call_index(f, nth=0):
    """Code unit of the nth call in f."""
    found = [i.offset // 2 for i in dis.get_instructions(f) if i.opname in ("CALL", "CALL_FUNCTION", "PRECALL")]
    if V == 11:
        found = [i.offset // 2 for i in dis.get_instructions(f) if i.opname == "CALL"]
    return found[nth]


def outcome(run):
    try:
        return "value", run()
    except BaseException as e:
        tb = [(t.name, t.name != "<lambda>" and t.lineno) for t in traceback.extract_tb(e.__traceback__)]
        return "raised", type(e), str(e), tb[1:], type(e.__context__), sys.exc_info()[1] is e


class Boom(Exception):
    pass


def raiser():
    raise Boom("x")


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


bad = 0


def same(name, a, b):
    global bad
    if a != b:
        bad += 1
        print("DIFFER", V, name, "\n   ", a, "\n   ", b)


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
    return int(open("/proc/self/statm").read().split()[1])


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
storm(500)
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


# entry
def target(a, b=2):
    return a + b


class K:
    def __init__(self, x):
        self.x = x


for _ in range(300):
    K(1)
    target(1)
vmtest.install(target)
vmtest.install(K.__init__)
s = vmtest.seen()
for _ in range(1000):
    assert target(1) == 3
    assert K(1).x == 1
same("calls", vmtest.seen() - s, 2000)
assert target.__doc__ is None and target.__class__ is type(deep)
vmtest.uninstall(target)
vmtest.uninstall(K.__init__)
for _ in range(100):
    target(1)
    K(2)
same("calls", vmtest.seen() - s, 2000)
assert type(target) is type(deep)
assert not vmtest.low()
import threading

threading.stack_size(256 * 1024)
res = []
th = threading.Thread(target=lambda: res.append(vmtest.low()))
th.start()
th.join()
same("low", res, [False])
# polling
import signal, time, ctypes


class G:
    stop = False
    n = 0


def spin(g):
    while True:
        if g.stop:
            break
        g.n += 1
    return "done"


jump = [i.offset // 2 for i in dis.get_instructions(spin) if i.opname in ("JUMP_ABSOLUTE", "JUMP_BACKWARD")][-1]


def go(g, ms=300):
    return vmtest.spin(spin, (g,), jump, ms)


r = go(G())
assert r[0] == "time" and r[1] < 5, r
hits = []


def handler(*a):
    hits.append(a[1].f_code.co_name)


signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.05)
r = go(G())
same("signal", (r[0], hits), ("time", ["spin"]))
assert r[1] < 9, r


def angry(*a):
    raise Boom("sig")


signal.signal(signal.SIGALRM, angry)


def expect(run):
    try:
        return run()
    except BaseException as e:
        return (
            type(e),
            [t.name for t in traceback.extract_tb(e.__traceback__)][1:],
            [t.lineno for t in traceback.extract_tb(e.__traceback__)][1:],
        )


signal.setitimer(signal.ITIMER_REAL, 0.05)
got = expect(lambda: go(G()))
signal.setitimer(signal.ITIMER_REAL, 0.05)
want = expect(lambda: spin(G()))
got[1].remove("go")
same("signal raises", got[:2], want[:2])
# another thread gets the GIL
ticks = []
stop = False


def other():
    while not stop:
        ticks.append(1)
        time.sleep(0.001)


th = threading.Thread(target=other)
th.start()
n0 = len(ticks)
r = go(G())
n1 = len(ticks)
stop = True
th.join()
assert r[0] == "time" and n1 - n0 > 5, (r, n1 - n0)


# asynchronous exception
def kill(ident):
    time.sleep(0.05)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Boom))


th = threading.Thread(target=kill, args=(threading.get_ident(),))
th.start()
got = expect(lambda: go(G(), 1000))
th.join()
same("async", got[:2], (Boom, ["<lambda>", "go", "spin"][: len(got[1])]))
# tracing set from a signal handler, with f_trace on the native frame
events = []


def tracer(fr, ev, arg):
    events.append((fr.f_code.co_name, ev))
    if fr.f_code.co_name == "spin" and len(events) > 6:
        fr.f_locals["g"].stop = True
    return tracer


def start(sig, fr):
    sys.settrace(tracer)
    fr.f_trace = tracer


signal.signal(signal.SIGALRM, start)
signal.setitimer(signal.ITIMER_REAL, 0.05)
r = go(G(), 1000)
sys.settrace(None)
same("trace result", r, ("left", "done"))
got = events[:]
events.clear()
signal.setitimer(signal.ITIMER_REAL, 0.05)
r = spin(G())
sys.settrace(None)
same(
    "trace events",
    [e for e in got if e[0] == "spin" and e[1] != "line"],
    [e for e in events if e[0] == "spin" and e[1] != "line"],
)
r = go(G())
assert r[0] == "time", r


# a collection that becomes due meanwhile
class Cyc:
    pass


died = []


def make(*a):
    for _ in range(3000):
        c = Cyc()
        c.c = c
    weakref.finalize(c, died.append, 1)
    del c
    for _ in range(3000):
        c = Cyc()
        c.c = c


signal.signal(signal.SIGALRM, make)
signal.setitimer(signal.ITIMER_REAL, 0.05)
r = go(G())
assert r[0] == "time" and died, (r, died)
assert V >= 12 or r[1] < 50, r
if V >= 12:
    m = sys.monitoring
    m.use_tool_id(3, "x")
    lines = []

    def on(*a):
        lines.append(a)
        G.stop = len(lines) > 3

    m.register_callback(3, m.events.LINE, on)
    signal.signal(signal.SIGALRM, lambda *a: m.set_local_events(3, spin.__code__, m.events.LINE))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    r = go(G(), 1000)
    same("local events", r, ("left", "done"))
    same("not allowed", go(G()), "not allowed")
    m.set_local_events(3, spin.__code__, 0)
    G.stop = False
    r = go(G())
    same("off", r[0], "time")
print("3.%d" % V, "ok" if not bad else f"{bad} differences", flush=True)
sys.exit(bad != 0)

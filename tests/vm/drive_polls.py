"""Entry and polling under a hand-driven body: signals, threads, tracing and collections that become due in a loop."""

import ctypes
import dis
import signal
import sys
import threading
import time
import traceback
import types
import weakref

import vmtest
from driving import Boom, V, finish, same


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
assert target.__doc__ is None and target.__class__ is types.FunctionType
vmtest.uninstall(target)
vmtest.uninstall(K.__init__)
for _ in range(100):
    target(1)
    K(2)
same("calls", vmtest.seen() - s, 2000)
assert type(target) is types.FunctionType
assert not vmtest.low()

threading.stack_size(256 * 1024)
res = []
th = threading.Thread(target=lambda: res.append(vmtest.low()))
th.start()
th.join()
same("low", res, [False])
# polling


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
finish()

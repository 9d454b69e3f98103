"""sys._current_frames, many threads, faulthandler, os.fork and signals."""
import os, sys, threading, time, signal, gc, traceback, faulthandler, subprocess
def leaf(x): return x + 1
def gen(n):
    for i in range(n):
        yield leaf(i)
def work(n):
    total = 0
    for v in gen(n): total += v
    return total
# _current_frames
go, ready = threading.Event(), threading.Event()
def waits(n):
    marker = n * 2
    for x in inner(marker):
        pass
def inner(m):
    yield 1
    ready.set()
    while not go.is_set(): m = leaf(m) - 1
    yield m
t = threading.Thread(target=waits, args=(21,), name="waits"); t.start(); ready.wait()
f = sys._current_frames()[t.ident]
names = []
while f:
    if f.f_code.co_filename == __file__:
        loc = f.f_locals
        if f.f_code.co_name in ("waits", "inner"): names.append((f.f_code.co_name, loc.get("marker"), loc.get("m") in (42, 43)))
    f = f.f_back
print(names[-2:] )
print([e.f_code.co_name for e in [sys._current_frames()[threading.get_ident()]]])
print([k for k, v in sys._current_exceptions().items() if v and v != (None, None, None)])
def excs():
    try: raise KeyError(3)
    except KeyError:
        return sys._current_exceptions()[threading.get_ident()]
print(repr(excs()) if sys.version_info >= (3, 12) else excs()[1])
go.set(); t.join()
# many threads
sys.setswitchinterval(1e-5)
shared, lock = {}, threading.Lock()
class Acc:
    def __init__(self): self.total = 0; self.items = []
    def add(self, k):
        with lock: self.total += k
        self.items.append(k)
acc = Acc()
local = threading.local()
def many(k):
    local.k = k
    for v in gen(400):
        acc.add(v)
        shared.setdefault(v % 7, []).append(local.k == k)
        try:
            if v % 50 == k: raise ValueError(v)
        except ValueError as e:
            acc.add(e.args[0] * 0)
    import asyncio
    async def one(i):
        await asyncio.sleep(0); return i
    async def all_(): return sum(await asyncio.gather(*(one(i) for i in range(20))))
    acc.add(asyncio.run(all_()))
ts = [threading.Thread(target=many, args=(k,)) for k in range(8)]
for t in ts: t.start()
for t in ts: t.join()
print(acc.total, len(acc.items), sorted((k, len(v), all(v)) for k, v in shared.items()))
sys.setswitchinterval(0.005)
# faulthandler
def dumping(n):
    for v in gen(n):
        if v == 3:
            with open("/tmp/fh%d" % os.getpid(), "w+") as f:
                faulthandler.dump_traceback(f)
                f.seek(0); print(f.read().replace(str(threading.get_ident()), "ID").replace(hex(threading.get_ident())[2:], "ID"))
            os.unlink("/tmp/fh%d" % os.getpid())
dumping(6)
def gdump():
    for i in range(3):
        yield faulthandler.dump_traceback_later(0.05, file=sys.stderr, exit=False)
        t = time.time()
        while time.time() < t + 0.2: pass
        faulthandler.cancel_dump_traceback_later()
r, w = os.pipe()
faulthandler.register(signal.SIGUSR1, file=w, all_threads=False)
def selfsig(n):
    total = 0
    for v in gen(n):
        total += v
        if v == 2: os.kill(os.getpid(), signal.SIGUSR1)
    return total
print(selfsig(5)); os.close(w)
print(os.read(r, 10000).decode())
for code in ("faulthandler._sigsegv()", "faulthandler._sigabrt()", "faulthandler._sigfpe()"):
    prog = f"""
import faulthandler, sys
faulthandler.enable()
def leaf(x):
    if x == 3:
        {code}
    return x
def gen(n):
    for i in range(n): yield leaf(i)
def work(n):
    return [x for x in gen(n)]
async def co(): return work(5)
co().send(None)
"""
    p = subprocess.run([sys.executable, "-c", prog], capture_output=True, text=True)
    err = [l for l in p.stderr.splitlines() if "Extension modules" not in l and "0x" not in l]
    print(p.returncode, *err, sep="\n")
# fork
def forks(n):
    total = 0
    for v in gen(n):
        total += v
        if v == 5:
            pid = os.fork()
    return pid, total
sys.stdout.flush()
pid, total = forks(20)
if pid == 0:
    ok = total == sum(range(1, 21)) and work(50) == sum(range(1, 51))
    def new(a): return [leaf(i) for i in range(a)]
    ok = ok and new(3) == [1, 2, 3]
    th = threading.Thread(target=work, args=(5,)); th.start(); th.join()
    os._exit(0 if ok else 1)
print("child", os.waitpid(pid, 0)[1], total)
# signals with generators, handler raising in many places
class Boom(Exception): pass
count = 0
def handler(s, f):
    global count
    count += 1
    if count % 3 == 0:
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise Boom(count)
signal.signal(signal.SIGALRM, handler)
def hit():
    n = 0
    for v in gen(10**9):
        n += v
caught = 0
for _ in range(30):
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try: hit()
    except Boom: caught += 1
print(caught, count >= 90)

"""What runs at exit while generators, coroutines, other threads' generators and daemon threads are alive."""
import sys, threading, time, atexit, weakref, asyncio
class Say:
    def __init__(self, t): self.t = t
    def __del__(self): print("del", self.t)
def gen(n):
    s = Say(f"gen local {n}")
    try:
        for i in range(n): yield i
    finally:
        print("finally", n)
async def co(n):
    s = Say(f"co local {n}")
    try: await P()
    finally: print("co finally", n)
class P:
    def __await__(self):
        try: yield 1
        except GeneratorExit: print("exit"); raise
async def agen(n):
    try:
        yield n
        yield n
    finally: print("agen finally")
def outer(n):
    yield from gen(n)
a = gen(3); next(a)
b = outer(4); next(b)
c = co(5); c.send(None)
d = agen(1); 
try: d.__anext__().send(None)
except StopIteration as e: print(e.value)
class Holder:
    def __init__(self): self.g = gen(9); next(self.g); self.me = self
h = Holder()
cycle = [gen(11)]; next(cycle[0]); cycle.append(cycle)
def never(): yield 1
e = never()
def at():
    print("atexit", next(a), list(x for x in range(3)))
    def late(x): return x + 1
    print(late(2))
atexit.register(at)
tl = threading.local()
def thread_gen():
    tl.g = gen(20); next(tl.g)
t = threading.Thread(target=thread_gen); t.start(); t.join()
sys.kept = gen(30); next(sys.kept)
import builtins
builtins.kept2 = gen(31); next(builtins.kept2)
def daemon():
    n = 0
    while True:
        for v in spin(50): n += v
        if n % 7 == 0: time.sleep(0)
def spin(n):
    for i in range(n): yield leaf(i)
def leaf(x): return x + 1
def blocked():
    g = spin(3); next(g)
    threading.Event().wait()
for f in (daemon, daemon, blocked): threading.Thread(target=f, daemon=True).start()
time.sleep(0.1)
print("end")

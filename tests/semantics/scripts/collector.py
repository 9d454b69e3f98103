"""The collector runs all the time, and sees what native frames hold."""
import gc, sys, weakref
gc.set_threshold(5, 2, 2)
log = []
class Node:
    def __init__(self, v): self.v = v; self.me = self; self.extra = [self]
    def __del__(self): log.append(self.v)
def gen(n):
    me = sys._getframe()
    for i in range(n):
        x = Node(i)
        yield x.v
        del x
def work(n):
    total = 0
    for v in gen(n):
        nodes = [Node(v + 100) for _ in range(2)]
        total += len(nodes)
        nodes.append(nodes)
        f = lambda: nodes
        total += len(f())
        try: raise ValueError(nodes)
        except ValueError as e: keep = e
        keep.me = keep
    return total
print(work(200)); gc.collect()
print(len(log), sorted(log) == sorted([*range(200), *(v + 100 for v in range(200) for _ in range(2))]))
# objects reachable from native frames are seen by the collector
def frames_seen():
    a = object(); b = [a]
    seen = [r for r in gc.get_referrers(b)]
    return sorted(type(s).__name__ for s in seen), gc.is_tracked(b), sys.getrefcount(a), sys.getrefcount(b)
print(frames_seen())
def g2():
    big = [1, 2]
    yield
    yield big
it = g2(); next(it)
print(sorted(type(s).__name__ for s in gc.get_referents(it)), len(gc.get_objects()) > 100)
def callback(phase, info): cb.append((phase, sys._getframe(1).f_code.co_name))
cb = []
gc.callbacks.append(callback)
def allocs(n):
    return [[] for _ in range(n)] and [dict(a=i) for i in range(n)]
allocs(300); gc.callbacks.clear()
print(len(cb) > 10, set(n for p, n in cb) <= {"allocs", "<listcomp>"})
# cycles through generators and coroutines
class R: pass
def cyc():
    def g(box):
        try: yield 1
        finally: log2.append(box.n)
    for n in range(50):
        box = R(); box.n = n; box.g = g(box); next(box.g)
        box.ref = weakref.ref(box, lambda r: None)
log2 = []
cyc(); gc.collect(); print(sorted(log2) == list(range(50)))
gc.freeze(); print(gc.get_freeze_count() > 0); gc.unfreeze()

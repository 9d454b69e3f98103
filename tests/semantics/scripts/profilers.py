"""cProfile, profile and tracemalloc count and place the same."""
import cProfile, profile, pstats, io, sys, tracemalloc, gc
def leaf(x): return len(str(x))
def gen(n):
    for i in range(n): yield leaf(i)
class C:
    def __init__(self, v): self.v = v
    def m(self): return sorted([self.v, leaf(self.v)], key=lambda q: -q)
def fails(x):
    try: return [][x]
    except IndexError: raise KeyError(x) from None
def fact(n): return 1 if n < 2 else n * fact(n - 1)
async def co(n): return n
async def main(n):
    return [await co(i) for i in range(n)]
def drive(c):
    try: c.send(None)
    except StopIteration as e: return e.value
def work(n):
    total = 0
    for v in gen(n): total += v
    for i in range(n): total += sum(C(i).m())
    try: fails(3)
    except KeyError: pass
    drive(main(3))
    return total + fact(8)
def shape(stats):
    rows = []
    for (file, line, name), (cc, nc, tt, ct, callers) in stats.items():
        if "importlib" in file: continue
        import re; fix = lambda t: re.sub(" at 0x[0-9a-f]+", "", t); rows.append((file[-12:], line, fix(name), cc, nc, sorted((fix(c[2]), v if isinstance(v, int) else v[:2]) for c, v in callers.items())))
    return sorted(rows)
for _ in range(2): work(5)
for module in (cProfile, profile):
    p = module.Profile()
    print(p.runcall(work, 10))
    p.create_stats()
    for r in shape(p.stats): print(*r)
# switched on and off in the middle
p = cProfile.Profile()
def middle(n):
    total = 0
    for i in range(n):
        if i == 2: p.enable()
        total += leaf(i) + C(i).m()[0]
        if i == 5: p.disable()
    return total
print(middle(9)); p.create_stats()
for r in shape(p.stats): print(*r)
p = cProfile.Profile(subcalls=False, builtins=False)
p.runcall(work, 4); p.create_stats()
for r in shape(p.stats): print(*r)
# tracemalloc: allocations are ascribed to the same lines
def alloc(n):
    a = [None] * n
    b = [object() for _ in range(n)]
    c = {i: str(i) * 20 for i in range(n)}
    d = []
    for i in range(n):
        d.append(
            bytearray(i + 100)
        )
    e = [C(i) for i in range(n)]
    f = tuple([i] for i in range(n))
    return a, b, c, d, e, f
alloc(10)
import linecache
tracemalloc.start(4)
lines = []
keep = alloc(200)
snap = tracemalloc.take_snapshot()
tracemalloc.stop()
for s in snap.filter_traces([tracemalloc.Filter(True, __file__)]).statistics("lineno"):
    t = s.traceback[0]
    if s.count > 10: lines.append((t.lineno, *((s.count, s.size) if s.size > 30000 else ())))
print(sorted(lines))  # sizes only of what no free list has
tracemalloc.start(10)
def deep(n): return bytearray(5000) if not n else deep(n - 1)
x = deep(5)
print([f.lineno for f in tracemalloc.get_object_traceback(x)])
g = (bytearray(3000) for _ in range(2))
def consume(g): return next(g)
x = consume(g)
print([f.lineno for f in tracemalloc.get_object_traceback(x)])

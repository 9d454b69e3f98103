"""multiprocessing with every start method."""
import multiprocessing as mp, os, sys
from concurrent.futures import ProcessPoolExecutor
def leaf(x): return x * x
def gen(n):
    for i in range(n): yield leaf(i)
def work(n):
    try:
        if n == 7: raise KeyError(n)
        return sum(gen(n)), "justjit" in sys.modules or None
    finally:
        pass
def put(q, n):
    for v in gen(n): q.put(v)
    q.put(None)
class P(mp.Process):
    def run(self): sys.exit(sum(gen(4)))
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        ctx = mp.get_context(method)
        with ctx.Pool(1) as pool:
            print(method, [r[0] for r in pool.map(work, range(6))], [r[0] for r in pool.imap_unordered(work, [3])])
            try: pool.apply(work, (7,))
            except KeyError as e: print(repr(e))
        q = ctx.Queue(); p = ctx.Process(target=put, args=(q, 5)); p.start()
        print(list(iter(q.get, None))); p.join(); print(p.exitcode)
    with ProcessPoolExecutor(2, mp_context=mp.get_context("fork")) as ex:
        print([r[0] for r in ex.map(work, range(4))])
    p = P(); p.start(); p.join(); print(p.exitcode)
    v = mp.Value("i", 0)
    def add(n):
        for i in gen(n):
            with v.get_lock(): v.value += i
    ps = [mp.Process(target=add, args=(10,)) for _ in range(3)]
    if mp.get_start_method() == "fork":
        [p.start() for p in ps]; [p.join() for p in ps]; print(v.value)

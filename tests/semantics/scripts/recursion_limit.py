"""sys.setrecursionlimit and how deep functions, generators and coroutines get."""
import sys
def f(n): return n if n == 0 else f(n - 1)
def depth():
    def d(n):
        try: return d(n + 1)
        except RecursionError: return n
    return d(0)
def gen(n):
    if n: yield from gen(n - 1)
    yield n
def loop(n):
    if n:
        for x in loop(n - 1): yield x
    yield n
async def co(n): return n if n == 0 else await co(n - 1)
class A:
    def __getattr__(self, name): return getattr(self, name + "x")
    def __eq__(self, o): return A() == o
    def __repr__(self): return repr([self])
    def __call__(self, n): return self(n - 1) if n else 0
    def __len__(self): return len(self)
    def __add__(self, other): return self + other
    def __iter__(self): return iter(list(self))
    def __hash__(self): return hash((self,))
def attempt(f, *a):
    try: r = f(*a); return r if isinstance(r, (int, str)) else type(r).__name__
    except BaseException as e:
        n = 0; tb = e.__traceback__
        while tb: n += 1; tb = tb.tb_next
        return type(e).__name__, str(e)[:32], n  # 3.10 and 3.11 say where, which depends on what is specialised
for limit in (1000, 60, 300, 5000, 1000):
    def top():
        sys.setrecursionlimit(limit)
        out = []
        out.append(depth())
        for n in (10, 30, 50, 200, 290, 900, 980, 1100, 4900, 5100):
            out.append((n, attempt(f, n), attempt(lambda n: sum(gen(n)), n), attempt(lambda n: co(n).send(None), n)))
        return out
    for o in top(): print(limit, o)
    if limit == 1000:
        for op in ("a.zz", "a == a", "repr(a)", "len(a)", "a + a", "list(a)", "hash(a)", "a(2000)"):
            print(op, attempt(eval, op, {"a": A()})[:2])
def nested(n):
    if n == 0:
        try: sys.setrecursionlimit(20)
        except RecursionError as e: return str(e)
    return nested(n - 1)
print(nested(50))
print(attempt(sys.setrecursionlimit, 0), attempt(sys.setrecursionlimit, -1), sys.getrecursionlimit())

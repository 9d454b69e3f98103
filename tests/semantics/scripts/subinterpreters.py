"""Subinterpreters run the same code while the main one is jitted."""
import sys, threading
try: import _xxsubinterpreters as si
except ImportError:
    import _interpreters as si
def leaf(x): return x + 1
def gen(n):
    for i in range(n): yield leaf(i)
def main(n): return sum(gen(n))
print(main(5))
CODE = """
import sys
def leaf(x): return x * 2
def gen(n):
    for i in range(n): yield leaf(i)
async def co(n): return [v for v in gen(n)]
class A:
    def __init__(self, v): self.v = v
    def m(self): return self.v + leaf(1)
total = 0
for i in range(300):
    total += sum(gen(4)) + A(i).m()
try: co(3).send(None)
except StopIteration as e: print(e.value)
try: leaf()
except TypeError as e: print(e)
print(total, [leaf(i) for i in range(3)])
import json, collections, re, dataclasses, textwrap
print(json.dumps({"a": [1, 2.5, None]}), json.loads('{"x": [1, 2]}'), re.sub("a+", "b", "caat"))
sys.stdout.flush()
"""
def make():
    if sys.version_info >= (3, 13): return si.create("legacy")
    if sys.version_info >= (3, 12): return si.create(isolated=False)
    return si.create(isolated=False)
def run(i, code):
    r = si.run_string(i, code)
    if r is not None: print("failed", r.type.__name__, r.msg)
for _ in range(2):
    i = make(); sys.stdout.flush()
    run(i, CODE); run(i, "print(sum(gen(6)))\nleft = gen(3); next(left)\nsys.stdout.flush()")
    si.destroy(i)
    print(main(7))
if sys.version_info >= (3, 12):
    i = si.create("isolated") if sys.version_info >= (3, 13) else si.create(isolated=True); sys.stdout.flush()
    run(i, CODE); si.destroy(i)
print(main(8), [leaf(q) for q in range(3)])
# interleaved from threads
def threaded():
    i = make(); run(i, CODE); si.destroy(i)
t = threading.Thread(target=threaded); sys.stdout.flush(); t.start(); t.join()
print(main(9))

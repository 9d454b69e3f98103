"""What dead generators and coroutines leave behind: references of theirs, and memory that the next ones are made of."""

from __future__ import annotations

from .programs import same_output
from .test_suspension import KINDS

MAKERS = (
    KINDS
    + """
def pair(source):
    namespace = {}
    exec(source, namespace)
    return jit(namespace["g"])
def makers():
    return pair("def g(n):\\n yield n"), pair("async def g(n):\\n return n")
def use(f, n=3):
    made = f(n)
    try:
        if f.__code__.co_flags & inspect.CO_COROUTINE: made.send(None)
        else: next(made), made.close()
    except StopIteration as e:
        assert e.value == n
@jit
def use_natively(generators, coroutines, n):
    for i in range(n):
        for _ in generators(i): pass
        use(coroutines, i)
"""
)


def test_code_objects_are_not_kept():
    """Dead generators hold no reference to their code, whoever made and freed them."""
    same_output(
        MAKERS
        + """
generators, coroutines = makers()
use_natively(generators, coroutines, 10)
codes = [f.__code__ for f in (generators, coroutines)]
before = [sys.getrefcount(code) for code in codes]
use_natively(generators, coroutines, 500)
for f in (generators, coroutines):
    for _ in range(500): use(f)
print([sys.getrefcount(code) - count for code, count in zip(codes, before)])
gone = [weakref.ref(code) for code in codes]
del generators, coroutines, codes, f
gc.collect()
print([code() for code in gone])
"""
    )


def test_memory_is_used_again():
    """Kept memory does not grow, and the collector counts what is made of it."""
    same_output(
        MAKERS
        + """
generators, coroutines = makers()
wide = pair("def g(n):\\n " + "; ".join(f"a{i} = n" for i in range(80)) + "\\n yield a7")
sizes = [pair("def g(n):\\n " + "; ".join(f"a{i} = n" for i in range(k)) + "\\n yield n") for k in range(1, 40)]
class Node: pass
@jit
def mixed(n):
    kept = []
    for i in range(n):
        for f in sizes: kept += f(i)
        kept += wide(i)
        use_natively(generators, coroutines, 1)
        kept += map(next, [generators(k) for k in range(i)])
    return sum(kept)
print(mixed(20))
gc.collect()
before = sys.getallocatedblocks()
for _ in range(20): mixed(20)
gc.collect()
print(sys.getallocatedblocks() - before < 200)

@jit
def alive(n): return [generators(i) for i in range(n)]
alive(3000)
gc.collect()
gc.set_threshold(100, 5, 5)
def collections(): return [s["collections"] for s in gc.get_stats()][0]
before = collections()
held = alive(3000)
print(collections() - before > 20)
held = None
gc.disable()
count, before = gc.get_count()[0], collections()
held = alive(3000)
print(gc.get_count()[0] - count >= 3000, collections() - before)
gc.enable()
"""
    )


def test_what_lives_on():
    """Weak references, resurrection and exchanged kinds: memory is used again only when nobody has the object."""
    same_output(
        MAKERS
        + """
generators, coroutines = makers()
saved = []
@jit
def resurrected(n):
    try:
        yield n
    finally:
        saved.append(frame_of())
def frame_of(): return sys._getframe(1)
@jit
def work(n):
    total = 0
    for i in range(n):
        g = resurrected(i)
        total += next(g)
        seen = weakref.ref(g)
        del g
        assert seen() is None
        g, c = generators(i), coroutines(i)
        assert type(g) is types.GeneratorType and type(c) is types.CoroutineType
        assert g.gi_frame.f_locals == {"n": i} == c.cr_frame.f_locals and g.gi_code is generators.__code__
        assert not gc.is_finalized(g) and gc.is_tracked(g) and c.cr_origin is None
        total += sum(g)
        use(coroutines)
        c.close()
    return total
print(work(60), [frame.f_locals for frame in saved[-3:]], saved[5].f_lineno)
cycle = []
@jit
def cyclic(n):
    yield n
for i in range(200):
    g = cyclic(cycle)
    next(g)
    cycle.append(g)
del g
died = weakref.ref(cycle[0])
cycle = None
gc.collect()
print(died() is None, [next(cyclic(i)) for i in range(100)][-1])
"""
    )

"""Code of every kind for the coverage scripts; runs on import."""
import asyncio, contextlib
def branches(n):
    out = []
    for i in range(n):
        if i % 3 == 0:
            out.append("fizz")
        elif i % 5 == 0:
            out.append("buzz")
        else:
            continue
        while i > 4:
            i -= 3
            if i == 5:
                break
        else:
            out.append("done")
    return out
def handlers(k):
    try:
        if k == 1:
            raise KeyError(k)
        elif k == 2:
            raise ValueError(k)
        with contextlib.suppress(IndexError):
            [][k]
        return "none"
    except KeyError as e:
        return repr(e)
    except (TypeError,
            ValueError):
        pass
    else:
        return "never"
    finally:
        k += 10
    return k
def gen(n):
    try:
        for i in range(n):
            x = yield i
            if x:
                yield from sub(x)
    finally:
        n = 0
def sub(x):
    yield x
    return x
class Thing:
    def __init__(self, v):
        self.v = v
        if v > 100:
            self.big = True
    def __eq__(self, other):
        return self.v == other.v
    @property
    def p(self):
        return lambda q: (
            q + self.v
        )
async def agen(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def main():
    total = 0
    async for v in agen(3):
        total += v
    async with contextlib.AsyncExitStack() as st:
        total += 1
    return [x async for x in agen(2)], total
def match(v):
    match v:
        case {"a": x} if x > 1:
            return x
        case [a, *rest]:
            return rest
        case Thing(v=3):
            return "thing"
        case _:
            pass
def unused():
    x = 1
    return x
def comps(n):
    a = [i for i in range(n) if i % 2]
    b = {i: j for i in a
         for j in range(2)}
    c = (z for z in a if z > 1)
    return a, b, list(c)
def recur(n):
    return n and recur(
        n - 1)
for k in range(3):
    print(branches(12), handlers(k))
print(list(gen(3)))
g = gen(3); next(g); g.send(5); g.close()
t = Thing(3)
print(t == Thing(4), t.p(1))
print(asyncio.run(main()))
print(match({"a": 3}), match([1, 2]), match(t), match(0))
print(comps(5), recur(5))
import threading
th = threading.Thread(target=branches, args=(7,)); th.start(); th.join()

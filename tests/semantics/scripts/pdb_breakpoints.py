"""pdb: post mortem, breakpoints with conditions and commands, display, locals changed in functions and coroutines."""
import pdb, sys
def crash(a):
    b = [a, a + 1]
    c = {"k": b}
    return c["k"][5]
def outer(a):
    local = a * 3
    return crash(local)
def changed(n):
    s = 0
    t = "x"
    while s < n:
        s += 1
        t += "y"
    return s, t
class C:
    def __init__(self, v):
        self.v = v
    @property
    def twice(self):
        return self.v * 2
async def co(c):
    w = c.twice
    return w + 1
def run():
    c = C(4)
    print(changed(6))
    x = co(c)
    try:
        x.send(None)
    except StopIteration as e:
        print(e.value)
    return [q * c.v for q in range(3)]
try:
    outer(2)
except IndexError:
    p = pdb.Pdb()
    p.reset()
    p.interaction(None, sys.exc_info()[2])
p = pdb.Pdb()
run()
print(p.runcall(run))
p = pdb.Pdb()
p.run("print(run())", globals())

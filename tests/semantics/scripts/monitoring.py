"""Several monitoring tools with global and local events, switched on and off from callees, DISABLE and restarts."""

import sys

M = sys.monitoring
E = M.events
log = []
EVENTS = [name for name in dir(E) if name.isupper() and name not in ("NO_EVENTS", "C_RAISE", "C_RETURN")]
WATCHED = {"work", "leaf", "gen", "co", "agen", "<genexpr>", "method", "<lambda>"}


def shown(x):
    if isinstance(x, (int, str)):
        return x
    return getattr(x, "__name__", None) or ("MISSING" if x is M.MISSING else type(x).__name__)


def listen(tool, name, answer=None):
    def callback(code, *args):
        if code.co_name in WATCHED:
            log.append((tool, name, code.co_name, *map(shown, args)))
            return answer

    M.register_callback(tool, getattr(E, name), callback)


def leaf(x):
    return x * 2 if x % 2 else -x


class C:
    def method(self, v):
        return self.__class__.__name__ + str(v)


def gen(n):
    got = None
    for i in range(n):
        got = yield leaf(i)
        if got == "raise":
            raise KeyError(i)
    return "end"


async def agen(n):
    for i in range(n):
        yield i


async def co(n):
    return [x async for x in agen(n)]


def work(n, switch):
    total = 0
    g = gen(n)
    for v in g:
        if v == switch[0]:
            switch[1]()
        total += v
        try:
            if v == 6:
                raise ValueError(v)
            total += len(C().method(v))
        except ValueError as e:
            total -= e.args[0]
        finally:
            total += 1
        with open("/dev/null") as f:
            f.read()
    try:
        g = gen(3)
        next(g)
        g.send("raise")
    except KeyError:
        total += 1
    try:
        co(n).send(None)
    except StopIteration as e:
        total += sum(e.value)
    total += sum(x for x in range(3)) + (lambda q: q + 1)(n)
    while total > 100:
        total -= 50
    return total


def show(title):
    print(title, len(log))
    for row in log:
        print(*row)
    log.clear()


def nothing():
    pass


def on():
    M.set_events(1, sum(getattr(E, name) for name in EVENTS))


def off():
    M.set_events(1, 0)


for tool in (1, 2, 3):
    M.use_tool_id(tool, f"tool {tool}")
for name in EVENTS:
    listen(1, name)
for _ in range(3):
    print(work(6, (99, nothing)))
on()
print(work(6, (99, nothing)))
off()
show("before")
print(work(6, (6, on)))
off()
show("in the middle")
on()
print(work(6, (6, off)))
show("off in the middle")
# local events
LOCAL = [(work, E.LINE | E.CALL), (leaf, E.PY_START | E.PY_RETURN | E.BRANCH), (gen, E.PY_YIELD | E.PY_RESUME | E.INSTRUCTION)]


def local_on():
    for f, events in LOCAL:
        M.set_local_events(2, f.__code__, events)


def local_off():
    for f, _ in LOCAL:
        M.set_local_events(2, f.__code__, 0)


for name in EVENTS:
    listen(2, name)
print(work(6, (6, local_on)))
show("local")
print(work(6, (6, local_off)))
show("local off")
print(work(4, (99, nothing)))
show("nothing")
# callbacks that disable themselves where they were called
for name in EVENTS:
    if name not in ("RAISE", "PY_UNWIND", "PY_THROW", "EXCEPTION_HANDLED", "RERAISE"):
        listen(3, name, M.DISABLE)
M.set_events(3, E.LINE | E.PY_START | E.CALL | E.BRANCH | E.JUMP)
print(work(5, (99, nothing)))
show("disabled")
print(work(5, (99, nothing)))
show("still")
M.restart_events()
print(work(5, (6, M.restart_events)))
show("again")
M.set_events(3, 0)


# a callback that raises
def angry(code, line):
    if code.co_name == "work" and line > code.co_firstlineno + 5:
        M.set_events(1, 0)
        raise LookupError(line - code.co_firstlineno)


M.register_callback(1, E.LINE, angry)
for start in (nothing, lambda: M.set_events(1, E.LINE)):
    if start is nothing:
        M.set_events(1, E.LINE)
    try:
        print(work(5, (6, start)))
    except LookupError as e:
        print("raised", e)
for tool in (1, 2, 3):
    M.free_tool_id(tool)
print(work(5, (99, nothing)))

"""A tracer assigns f_lineno from and to every line of a function, a generator and a coroutine."""
import sys
log = []
def work(n):
    total = 0
    for i in range(n):
        total += i
        total += 100
        total += 1000
    else:
        total += 5
    with open("/dev/null") as f:
        total += 7
    try:
        total += 10000
        total += 20000
    finally:
        total += 40000
    return total
FIRST = work.__code__.co_firstlineno
def gen(n):
    for i in range(n):
        got = yield i
        got = (yield i * 10) or got
    return "end"
async def co(n):
    total = 1
    total += 2
    total += 4
    return total
def jumper(src, dst, name, when=0):
    seen = []
    def trace(frame, event, arg):
        if frame.f_code.co_name != name: return None
        if event == "line" and frame.f_lineno - frame.f_code.co_firstlineno == src:
            seen.append(1)
            if len(seen) - 1 == when:
                try:
                    frame.f_lineno = frame.f_code.co_firstlineno + dst
                    log.append(("jumped", frame.f_lineno - frame.f_code.co_firstlineno, frame.f_lasti))
                except ValueError as e:
                    log.append(str(e))
        return trace
    return trace
def attempt(f, *a):
    try: return f(*a)
    except BaseException as e: return type(e).__name__, str(e)
work(3); list(gen(3))
for src in range(1, 16):
    for dst in range(0, 16):
        sys.settrace(jumper(src, dst, "work"))
        r = attempt(work, 3)
        sys.settrace(None)
        print(src, dst, r, log)
        log.clear()
for src in range(2, 5):
    for dst in range(2, 6):
        sys.settrace(jumper(src, dst, "gen", 1))
        g = gen(3)
        r = attempt(list, g)
        sys.settrace(None)
        print("gen", src, dst, r, log)
        log.clear()
        c = co(3)
        sys.settrace(jumper(src, dst, "co"))
        r = attempt(c.send, None)
        sys.settrace(None)
        print("co", src, dst, r, log)
        log.clear()
# outside of a trace function
def here():
    f = sys._getframe()
    try: f.f_lineno = f.f_lineno + 1
    except ValueError as e: print(e)
    try: del f.f_lineno
    except Exception as e: print(type(e), e)
    try: f.f_lineno = "x"
    except Exception as e: print(type(e), e)
here()

"""f_trace_opcodes and f_trace_lines, set for some frames and switched in the middle."""
import sys
ev = []
def leaf(x):
    if x > 1:
        return x
    return -x
def gen(n):
    for i in range(n):
        yield leaf(i)
def work(n):
    total = 0
    for v in gen(n):
        total += v
        try:
            if v == 2: raise KeyError(v)
        except KeyError as e:
            total -= 1
    return [q for q in range(total)]
def trace(frame, event, arg):
    if frame.f_code.co_name in ("leaf", "gen", "work", "<listcomp>"):
        if frame.f_code.co_name != "leaf":
            frame.f_trace_opcodes = True
            frame.f_trace_lines = frame.f_code.co_name != "gen"
        ev.append((frame.f_code.co_name, event, frame.f_lineno, frame.f_lasti if event == "opcode" else 0))
        if len(ev) in (40, 41, 42): frame.f_trace_opcodes = False
        return trace
work(4)
sys.settrace(trace); work(4); sys.settrace(None)
for e in ev: print(*e)
ev.clear()
def work2(n):
    total = 0
    for i in range(n):
        if i == 3: switch(1)
        total += leaf(i)
        if i == 6: switch(0)
        total *= 2
    return total
def switch(on):
    f = sys._getframe(1)
    if on:
        f.f_trace = t2; f.f_trace_opcodes = True; sys.settrace(t2)
    else:
        f.f_trace_opcodes = False; sys.settrace(None)
def t2(frame, event, arg):
    if frame.f_code.co_name in ("leaf", "work2"):
        ev.append((frame.f_code.co_name, event, frame.f_lineno, frame.f_lasti))
        return t2
for _ in range(3):
    print(work2(9))
    for e in ev: print(*e)
    ev.clear()

"""pdb: next, step, until, return, up, down, jump, temporary breakpoints, and locals that it changes."""
import pdb, sys
def leaf(x):
    y = x * 2
    return y + 1
def gen(n):
    for i in range(n):
        yield leaf(i)
def work(n):
    total = 0
    for i in range(n):
        total += leaf(i)
        if i == 1:
            pdb.Pdb(nosigint=True, readrc=False).set_trace()
            total += 0
        label = "even" if i % 2 == 0 else "odd"
        try:
            total += len(label)
        except TypeError:
            total = -1
        finally:
            total += 1
    extra = sum(gen(3))
    return total, extra, n
for _ in range(3):
    work(1)
print("first", work(5))
print("second", work(5))
print("third", work(5))
sys.settrace(None)

"""Numeric code for the optimising tier: kernels as source text, and the values at every boundary to run them on."""

from __future__ import annotations

import itertools
import math
from typing import Any, Iterator

from . import numeric_calls


class MyInt(int):
    """An int that is not an exact int."""

    def __add__(self, other: Any) -> Any:
        return MyInt(int(self) + int(other) + 1) if isinstance(other, int) else NotImplemented


class MyFloat(float):
    """A float that is not an exact float."""


POWERS = [2**15, 2**30, 2**31, 2**53, 2**60, 2**62, 2**63, 2**64]
INTS = [0, 1, -1, 2, -3, 7, 63, 64, 256, -5, -6]
INTS += [s * (p + d) for p in POWERS for d in (-1, 0, 1) for s in (1, -1)]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 2.0**53, 2.0**53 + 2, 1e308, -1e308, math.inf, -math.inf, math.nan]
FLOATS += [5e-324, -5e-324, 2.2250738585072014e-308, 9.007199254740993e15]
OTHERS = [True, False, MyInt(5), MyFloat(2.5), None, "s", [1], 2 + 1j]
SMALL_INTS = [0, 1, -1, 2, 3, -7, 62, 63, 64, 2**31, 2**62, -(2**63), 2**63 - 1, 2**63]
SMALL_FLOATS = [0.0, -0.0, 2.5, -3.0, 1e308, math.inf, math.nan, 5e-324]

OPERATORS = ["+", "-", "*", "//", "%", "/", "&", "|", "^", "<<", ">>"]
COMPARISONS = ["<", "<=", "==", "!=", ">", ">="]

# Operators in loops that carry their results; `n` counts, so that the loop head is reached with typed values.
_OPERATOR = """
def op_{name}(a, b, n):
    x = a
    for i in range(n):
        y = x
        x = x {op} b
    return x, y

def swapped_{name}(a, b, n):
    x = a
    i = 0
    while i < n:
        x = b {op} x
        i += 1
    return x, i

def inplace_{name}(a, b, n):
    last = None
    for i in range(n):
        last = a
        a {op}= b
    return a, last, i
"""
_COMPARISON = """
def cmp_{name}(a, b, n):
    count = 0
    for i in range(n):
        if a {op} b:
            count += 1
        if i {op} a:
            count += 10
        if b {op} i:
            count += 100
    return count, a {op} b
"""
_OTHERS = """
def unary(a, b, n):
    x = a
    for i in range(n):
        x = -x
        y = +x
        z = not y
    return x, y, z

def invert(a, b, n):
    for i in range(n):
        a = ~a
    return a

def sum_of(a, b, n):
    s = 0
    for v in [a, b] * n:
        s += v
    return s

def float_sum(a, b, n):
    s = 0.0
    for v in (a, b) * n:
        s = s + v * 2
    return s

def changes_type(a, b, n):
    x = a
    for i in range(n):
        if i == n - 2:
            x = b
        else:
            x = x + 1
    return x

def items(a, b, n):
    values = [a, b] * n
    s = 0
    for i in range(len(values)):
        s = s + values[i]
        values[i] = s
    return s, values

def ranges(a, b, n):
    s = 0
    for i in range(a, b):
        s += i
        if s > 10 ** 6 or i > a + n:
            break
    return s, i

def stepped(a, b, n):
    s = []
    for i in range(b, a, -1 if b > a else 1):
        s.append(i)
        if len(s) > n:
            break
    return s

def nested(a, b, n):
    s = a
    for i in range(n):
        for j in range(i, n):
            s = s + i * j - b
    return s, i, j

def unbound(a, b, n):
    for i in range(n):
        if i == b:
            late = i
        if i == n - 1:
            return late + a
    return late

def deletes(a, b, n):
    x = a
    for i in range(n):
        y = x
        if i == 2:
            del x
        x = y + b
    return x

def swaps(a, b, n):
    for i in range(n):
        a, b = b, a
        a = a + 1
    return a, b

def raises(a, b, n):
    done = 0
    try:
        for i in range(n):
            done += 1
            a = a // (b - i)
    except ZeroDivisionError as error:
        return "zero", str(error), done, i, a
    except TypeError as error:
        return "type", str(error), done, i
    return a, done

def identity(a, b, n):
    x = a
    y = x
    same = 0
    for i in range(n):
        if x is y:
            same += 1
        y = x
        if i == 2:
            x = a + 0 if a is not None else None
    return same, x is a

def mixed(a, b, n):
    f = 1.0
    k = 0
    for i in range(n):
        f = f * 2 + k
        k = k + (a if i % 2 else b)
    return f, k

def bools(a, b, n):
    flag = True
    total = 0
    for i in range(n):
        flag = flag and i < n
        total = total + flag
        flag = not flag
        total = total * 2 + (flag is True)
    return flag, total, a == flag, flag + a if isinstance(a, int) else None

def conditional(a, b, n):
    best = a
    for i in range(n):
        candidate = i * 3 - n
        best = candidate if candidate > best else best
        best = max(best, i)
    return best, abs(best), min(best, b)

def powers(a, b, n):
    x = 1
    for i in range(n):
        x = x * a
        y = a ** i
    return x, y
"""
_NAMES = dict(zip(OPERATORS, ["add", "sub", "mul", "floordiv", "mod", "div", "and", "or", "xor", "lshift", "rshift"]))
_NAMES |= dict(zip(COMPARISONS, ["lt", "le", "eq", "ne", "gt", "ge"]))
SOURCE = "".join(_OPERATOR.format(name=_NAMES[op], op=op) for op in OPERATORS)
SOURCE += "".join(_COMPARISON.format(name=_NAMES[op], op=op) for op in COMPARISONS)
SOURCE += _OTHERS + numeric_calls.SOURCE
KERNELS = [line.split()[1].split("(")[0] for line in SOURCE.splitlines() if line.startswith("def ")]


def reasonable(kernel: str, a: Any, b: Any) -> bool:
    """Whether this run neither takes for ever nor needs gigabytes."""
    sizes = [abs(v) for v in (a, b) if isinstance(v, int)]
    if "lshift" in kernel or kernel in ("powers", "small_powers", "exponents"):
        return all(size <= (1 if kernel == "swapped_lshift" else 2**16) for size in sizes)
    if kernel in ("stepped", "span"):
        return isinstance(a, int) and isinstance(b, int)
    return True


def monomorphic() -> Iterator[tuple[Any, Any]]:
    """First many calls with one type, then one that breaks it."""
    yield from itertools.product(INTS[:12], INTS)
    yield from itertools.product(INTS[12:], INTS[:6])
    yield from itertools.product(FLOATS, FLOATS)


def polymorphic() -> Iterator[tuple[Any, Any]]:
    """Types that change from call to call."""
    yield from itertools.product(SMALL_INTS, SMALL_FLOATS)
    yield from itertools.product(SMALL_FLOATS, SMALL_INTS)
    yield from itertools.product(OTHERS, SMALL_INTS[:5] + SMALL_FLOATS[:3] + OTHERS)
    yield from itertools.product(SMALL_INTS[:5] + SMALL_FLOATS[:3], OTHERS)

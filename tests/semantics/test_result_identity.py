"""Which object a recursive function's result is: an argument's own, or a new one, as the interpreter has it, whether the
calls between have frames or not."""

from __future__ import annotations

import textwrap
from typing import Any, Callable

import justjit
import pytest

from . import test_direct_calls

tier = test_direct_calls.tier

BIG = 10**6  # no small int, of which there is one object only

FUNCTIONS = {
    "tak": """
        def f(x, y, z):
            if y >= x:
                return z
            return f(f(x - 1, y, z), f(y - 1, z, x), f(z - 1, x, y))
    """,
    "ackermann": """
        def f(m, n, rest):
            if m == 0:
                return n + 1
            if n == 0:
                return f(m - 1, 1, rest)
            return f(m - 1, f(m, n - 1, rest), rest)
    """,
    "accumulated": """
        def f(n, total, unused):
            if n == 0:
                return total
            return f(n - 1, total + n, unused)
    """,
    "passed on": """
        def f(n, a, b):
            if n <= 0:
                return a
            return f(n - 1, b, a)
    """,
    "euclid": """
        def f(a, b, c):
            return a if b == 0 else f(b, a % b, c)
    """,
    "constant": """
        def f(n, a, b):
            if n == 0:
                return 1234567
            return f(n - 1, a, b)
    """,
    "mutual": """
        def g(n, a, b):
            if n <= 0:
                return b
            return f(n - 1, b, a)
        def f(n, a, b):
            if n <= 0:
                return a
            return g(n - 1, b, a)
    """,
    "through a local": """
        def f(n, a, b):
            if n <= 0:
                r = a
            else:
                r = f(n - 1, b, a)
            return r
    """,
    "larger": """
        def f(n, a, b):
            if n <= 0:
                return max(a, b)
            return f(n - 1, b, a)
    """,
    "loop": """
        def f(n, a, b):
            while n > 1:
                a, b = b, a
                n = n - 1
            if n == 1:
                return f(n - 1, b, a)
            return a
    """,
    "from a list": """
        ITEMS = [10**7, 10**8]
        def f(n, a, b):
            if n <= 0:
                return ITEMS[0]
            return f(n - 1, b, a)
    """,
}

CALLERS = """
    def objects(x, y, z):
        r = f(x, y, z)
        return r, r is x, r is y, r is z
    def numbers(x, y, z):
        a = y * 3
        b = z + 5
        r = f(x, a, b)
        s = f(x, a, b)
        return r, r is a, r is b, s is r
    def kept(x, y, z):
        a = y * 3
        values = [f(x, a, z), a, z]
        return values, values[0] is a, values[0] is z, values[0] is values[1]
    def sums(x, y, z):
        total = 0
        for k in range(5):
            total += f(x, y, z + k)
        return total
"""

ARGUMENTS = {
    "tak": [(8, 4, 1), (12, 8, 4), (BIG + 8, BIG + 4, BIG)],
    "ackermann": [(2, 3, 0), (1, BIG, 0), (0, BIG, 5)],
    "euclid": [(BIG * 6, BIG * 4, 0), (BIG, 0, 0), (12, 18, 0)],
}
USUAL = [(3, BIG, BIG + 1), (4, BIG, BIG + 1), (0, BIG, 2), (5, 7, BIG), (2, 1.5, 2.5), (3, BIG, 2.5), (3, "a", "b"), (2, 2**70, 5)]


def made(source: str, jitted: bool) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(textwrap.dedent(source) + textwrap.dedent(CALLERS), names)
    if jitted:
        for name, value in list(names.items()):
            if callable(value) and hasattr(value, "__code__"):
                assert justjit.compile(value)
    return names


def result(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return function(*arguments)
    except (TypeError, RecursionError) as error:
        return type(error)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_are_the_same_objects(name: str, tier: None) -> None:
    plain, jitted = (made(FUNCTIONS[name], jit) for jit in (False, True))
    different = []
    for caller in ("objects", "numbers", "kept", "sums"):
        for arguments in ARGUMENTS.get(name, USUAL):
            limited = name in ("ackermann", "accumulated") and caller == "numbers"  # too deep
            for _ in range(1 if limited else 8):
                given = (1, *arguments[1:]) if limited else arguments
                expected, got = result(plain[caller], given), result(jitted[caller], given)
                if repr(expected) != repr(got):
                    different.append(f"{caller}{given}: {expected} {got}")
    assert not different, "\n".join(different[:8])

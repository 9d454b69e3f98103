"""Deep recursion: the interpreter's own limit with its error, and depths far beyond the C stack where it allows them."""

from __future__ import annotations

import sys

import pytest

from .programs import run_program, same_output

FUNCTIONS = """
import sys
@jit
def down(n):
    if n == 0:
        return 0
    return down(n - 1) + 1
@jit
def even(n):
    if n == 0:
        return True
    return odd(n - 1)
@jit
def odd(n):
    if n == 0:
        return False
    return even(n - 1)
class Tree:
    @jit
    def depth(self, n):
        return 1 + self.depth(n - 1) if n else 0
@jit
def swallow(n):
    try:
        return swallow(n + 1)
    except RecursionError:
        return n
@jit
def measure():
    depth = 0
    def deeper():
        nonlocal depth
        depth += 1
        deeper()
    try:
        deeper()
    except RecursionError as e:
        return depth, str(e)[:32]
"""


@pytest.mark.parametrize("limit", [0, 200, 5000])
def test_recursion_error_at_the_same_depth(limit: int) -> None:
    source = (
        FUNCTIONS
        + f"if {limit}: sys.setrecursionlimit({limit})\n"
        + """
def reach(f):
    low, high = 1, 100_000
    while low < high:
        middle = (low + high + 1) // 2
        try:
            f(middle)
            low = middle
        except RecursionError:
            high = middle - 1
    return low
print(reach(down), reach(even), reach(Tree().depth), swallow(0), measure()[0])
print(measure()[1], down(50))
"""
    )
    plain, jitted = run_program(source, jitted=False), run_program(source, jitted=True)
    assert (plain[0], jitted[0]) == (0, 0), jitted[2]
    depths, text = plain[1].splitlines()
    native_depths, native_text = jitted[1].splitlines()
    assert native_text == text
    # An operation that the interpreter has not specialised takes one unit more while it runs.
    assert all(abs(int(a) - int(b)) <= 1 for a, b in zip(depths.split(), native_depths.split())), (
        depths,
        native_depths,
    )


def test_traceback_of_a_recursion_error() -> None:
    # In which line, and so with which ending, the last call fails depends on what the interpreter had specialised.
    same_output(
        FUNCTIONS
        + """
import traceback
try:
    down(100000)
except RecursionError as e:
    print(str(e)[:32], [entry.name for entry in traceback.extract_tb(e.__traceback__)])
"""
    )


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 recurses on the C stack")
@pytest.mark.parametrize("call", ["down(200_000)", "even(200_000)", "Tree().depth(200_000)"])
def test_very_deep_recursion(call: str) -> None:
    source = (
        FUNCTIONS
        + f"""
sys.setrecursionlimit(10**6)
print({call})
print(down(100), even(101))
print({call})
"""
    )
    status, out, err = run_program(source, jitted=True)
    expected = run_program(source, jitted=False)
    assert (status, out) == expected[:2], err[-2000:]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 recurses on the C stack")
def test_very_deep_recursion_in_a_thread() -> None:
    same_output(
        FUNCTIONS
        + """
import threading
sys.setrecursionlimit(10**6)
results = []
t = threading.Thread(target=lambda: results.append((down(100_000), even(100_001))))
t.start()
t.join()
print(results)
"""
    )


def test_deep_recursion_through_c_code() -> None:
    same_output(
        FUNCTIONS
        + """
@jit
def sort_key(n):
    return n if n == 0 else sorted([n - 1], key=sort_key)[0]
class Loop:
    @jit
    def __repr__(self):
        return repr(self)
print(sort_key(20))
try:
    repr(Loop())
except RecursionError as e:
    print(type(e).__name__)
print(down(100))
"""
    )

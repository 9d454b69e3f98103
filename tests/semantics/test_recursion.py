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


# Each recurses in another way, by C code, by classes or by what the interpreter runs inline, and counts how deep.
WAYS = """
import sys
depth = 0
def deeper():
    global depth
    depth += 1
class Special:
    @jit
    def __len__(self):
        deeper()
        return len(self)
    @jit
    def __getattr__(self, name):
        deeper()
        return self.missing
    @jit
    def __eq__(self, other):
        deeper()
        return self == other
    @jit
    def __add__(self, other):
        deeper()
        return self + other
    @jit
    def __str__(self):
        deeper()
        return str(self)
    @jit
    def __call__(self):
        deeper()
        return self()
    @jit
    def __getitem__(self, key):
        deeper()
        return self[key]
    @property
    @jit
    def prop(self):
        deeper()
        return self.prop
    @jit
    def __enter__(self):
        deeper()
        with self:
            pass
    def __exit__(self, *exc):
        pass
    @jit
    def __hash__(self):
        deeper()
        return hash(self)
    @jit
    def method(self, *args, **keywords):
        deeper()
        return self.method(*args, **keywords)
class Positional:
    @jit
    def __init__(self, n):
        deeper()
        self.next = Positional(n + 1)
class OfMetaclass(metaclass=type("Meta", (type,), {})):
    @jit
    def __init__(self, n):
        deeper()
        self.next = OfMetaclass(n + 1)
class Starred:
    @jit
    def __init__(self, *args, **keywords):
        deeper()
        Starred(*args, **keywords)
class New:
    @jit
    def __new__(cls):
        deeper()
        return cls()
@jit
def keyed(x):
    deeper()
    return sorted([1], key=keyed)
@jit
def mapped(x):
    deeper()
    return list(map(mapped, [1]))
@jit
def by_class(x):
    deeper()
    return list(map(Through, [1]))
class Through:
    @jit
    def __init__(self, x):
        by_class(x)
@jit
def interpreted_between(x):
    deeper()
    return between(x)
def between(x):
    return interpreted_between(*[x])
class Unpacked:
    @jit
    def __init__(self, x):
        deeper()
        unpack(x)
def unpack(x):
    return Unpacked(*[x])
class Sized:
    @jit
    def __len__(self):
        deeper()
        return measure(self)
def measure(x):
    return len(*[x])
s = Special()
ways = {
    "len": lambda: len(s), "getattr": lambda: s.anything, "eq": lambda: s == 1, "add": lambda: s + 1,
    "str": lambda: str(s), "call": lambda: s(), "getitem": lambda: s[0], "property": lambda: s.prop,
    "enter": lambda: s.__enter__(), "hash": lambda: hash(s), "method": lambda: s.method(1, a=2),
    "positional": lambda: Positional(0), "metaclass": lambda: OfMetaclass(0), "starred": lambda: Starred(1, a=2), "new": New,
    "keyed": lambda: keyed(1), "mapped": lambda: mapped(1), "by_class": lambda: by_class(1),
    "between": lambda: interpreted_between(1), "unpacked": lambda: Unpacked(1), "sized": lambda: len(Sized()),
}
"""


@pytest.mark.parametrize("limit", [1000, 8000])
def test_depth_of_every_way_to_recurse(limit: int) -> None:
    source = (
        WAYS
        + f"sys.setrecursionlimit({limit})\n"
        + """
if sys.getrecursionlimit() > 1000:
    del ways["keyed"]  # the interpreter itself runs out of C stack
for name, way in ways.items():
    for repetition in range(3):
        depth = 0
        try:
            way()
        except RecursionError:
            print(name, depth)
"""
    )
    plain, jitted = run_program(source, jitted=False), run_program(source, jitted=True)
    assert (plain[0], jitted[0]) == (0, 0), plain[2] + jitted[2]
    depths: list[dict[str, list[int]]] = [{}, {}]
    for found, output in zip(depths, (plain[1], jitted[1])):
        for line in output.splitlines():
            name, depth = line.split()
            found.setdefault(name, []).append(int(depth))
    assert depths[0].keys() == depths[1].keys() and all(len(d) == 3 for d in depths[1].values())
    # How deep the interpreter gets depends by some levels on what it had specialised.
    wrong = {
        name: (depths[0][name], native)
        for name, native in depths[1].items()
        if min(native) < min(depths[0][name]) - 2 or max(native) > max(depths[0][name]) + 2
    }
    assert not wrong, "interpreted and native depths differ"

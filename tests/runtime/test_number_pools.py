"""Dead ints serve native code again, also those that the interpreter has given up; who counts allocations sees them all."""

from __future__ import annotations

import subprocess
import sys
import textwrap


ADD = """
import justjit
@justjit.jit
def add(a, b):
    return a + b
"""


def run(script: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, *options, "-c", ADD + textwrap.dedent(script)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ints_of_the_interpreter_serve_native_code() -> None:
    out = run("""
        import sys
        def fill(n):
            for i in range(n):
                kept[i] = add(i, 10**6)
        kept = [None] * 80
        assert justjit.compile(add)
        numbers = list(range(10**6, 10**6 + 300))
        del numbers
        blocks = sys.getallocatedblocks()
        fill(80)
        print(sys.getallocatedblocks() - blocks)
    """)
    assert int(out) < 20, "native code has made its ints of new memory"


def test_subclasses_and_wide_ints() -> None:
    out = run("""
        class Number(int):
            pass
        class Bare(int):
            __slots__ = ()
        @justjit.jit
        def wide(a, b):
            return a * b
        for k in range(3000):
            kept = [wide(k + 10**30, 10**30), Number(k * 1000), Bare(k * 1000), Bare(10**40), wide(k, 12345), True]
            assert kept[4] == k * 12345 and kept[0] == (k + 10**30) * 10**30 and kept[1] == kept[2]
        print("ok")
    """)
    assert out == "ok\n"


def test_tracemalloc_sees_every_int() -> None:
    out = run("""
        import tracemalloc
        def fill(n):
            return [add(i, 10**6) for i in range(n)]
        for _ in range(5):
            fill(2000)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        kept = fill(1000)
        grown = tracemalloc.get_traced_memory()[0] - before
        del kept
        left = tracemalloc.get_traced_memory()[0] - before
        print(grown >= 28 * 1000, left < 2000)
    """)
    assert out == "True True\n"


def test_other_allocators_keep_their_blocks() -> None:
    out = run(
        """
        total = 0
        for i in range(20000):
            total = add(total, i * 1000)
        print(total)
        """,
        "-X",
        "dev",
    )
    assert out == f"{sum(i * 1000 for i in range(20000))}\n"

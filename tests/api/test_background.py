"""The compile thread: programs go on while it works, and end, fork and drop functions in the middle of it."""

import dis
import textwrap
import types

import pytest

import justjit
from justjit import _core

MANY = """
import justjit

def make(n):
    lines = "\\n".join(f"    x = (x * {k} + y) % 1000003 if x != {k} else y - {k}" for k in range(40))
    namespace = {}
    exec(f"def f{n}(x, y):\\n{lines}\\n    return x", namespace)
    return namespace[f"f{n}"]

functions = [make(n) for n in range(60)]
expected = [f(3, 4) for f in functions]
"""


@pytest.fixture
def background():
    _core.set_compile_options(background=True)
    try:
        yield
    finally:
        _core.set_compile_options(background=False)


def finish(python, program, **environment):
    finished = python("-c", MANY + textwrap.dedent(program), JUSTJIT_BACKGROUND="1", **environment)
    assert finished.status == 0, finished.err
    return finished.out


def test_the_first_call_waits(background):
    @justjit.jit
    def f(n):
        return [k * n for k in range(n)]

    assert f(3) == [0, 3, 6]
    assert justjit.stats(f)["native_calls"] == 1


def with_unknown_instruction():
    """A function that ends in an opcode that no version has, behind its return."""

    def f(x):
        if x:
            return x
        return None

    for number in range(255, 0, -1):
        if dis.opname[number] == f"<{number}>":
            code = bytearray(f.__code__.co_code)
            code[-2] = number
            changed = types.FunctionType(f.__code__.replace(co_code=bytes(code)), {})
            if not justjit.compile(changed):
                return types.FunctionType(changed.__code__.replace(), {})
    raise AssertionError("every opcode compiles")


@pytest.mark.parametrize("lazy", [True, False])
def test_what_cannot_be_compiled_warns_once(background, lazy):
    with pytest.warns(justjit.JustJITWarning, match="stays in the interpreter") as seen:
        f = justjit.jit(lazy=lazy)(with_unknown_instruction())
        for _ in range(3):
            assert f(1) == 1
            assert not justjit.is_compiled(f)
    assert len(seen) == 1


def test_options_given_while_it_is_compiled_count(background):
    code = "def f(x):\n" + "".join(f"    x = x * {k} - {k}\n" for k in range(60)) + "    return x"
    size = {}
    for level in (0, 1):
        namespace = {}
        exec(code, namespace)
        f = namespace["f"]
        justjit.jit(opt_level=1 - level)(f)
        justjit.jit(opt_level=level)(f)
        size[level] = justjit.stats(f)["code_bytes"]
    assert size[0] > size[1] > 0, size


def test_compile_waits(background):
    def f():
        yield 1

    assert justjit.compile(f)
    assert list(f()) == [1]


def test_whole_process(python):
    assert "same native" in finish(
        python,
        """
        justjit.enable(threshold=2)
        for _ in range(4):
            assert [f(3, 4) for f in functions] == expected
        native = all(justjit.is_compiled(f) for f in functions)
        assert [f(3, 4) for f in functions] == expected
        print("same", "native" if native and justjit.stats()["native_calls"] >= 60 else justjit.stats())
        """,
    )


def test_a_loop_goes_on_in_better_code(python):
    assert "optimised" in finish(
        python,
        """
        @justjit.jit
        def loop(n, done):
            total = 0
            for i in range(n):
                total += i & 7
                if not i & 0xFFFF and done():
                    return i, total
            return n, total

        justjit.compile(loop)
        tier = lambda: justjit.stats(loop)["tier"] == "optimised"
        n, total = loop(10**9, tier)
        assert total == sum(i & 7 for i in range(n + (n < 10**9)))
        print(justjit.stats(loop)["tier"])
        """,
        JUSTJIT_TIER="2",
    )


def test_fork_in_the_middle(python):
    assert finish(
        python,
        """
        import os, sys
        for k, f in enumerate(functions):
            justjit.jit(f)
            if k % 6 == 0:
                child = os.fork()
                if child == 0:
                    right = [g(3, 4) for g in functions] == expected
                    native = all(map(justjit.is_compiled, functions[: k + 1]))
                    os._exit(0 if right and native else 1)
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert all(map(justjit.is_compiled, functions)) and [g(3, 4) for g in functions] == expected
        print("forked")
        """,
    )


@pytest.mark.parametrize("leave", ["pass", "raise SystemExit(0)", "import os; os._exit(0)"])
def test_the_process_ends_in_the_middle(python, leave):
    finish(python, f"list(map(justjit.jit, functions))\n{leave}\n")


def test_the_process_ends_while_calls_are_sampled(python):
    """The end waits for a compile that takes several of the sampler's periods, with the interpreter already gone."""
    finish(
        python,
        """
        import atexit
        justjit.enable(threshold=2)
        big = {}
        exec("def f(x):\\n" + "    x = (x * 3 + 1) % 1000003\\n" * 3000 + "    return x", big)
        atexit.register(justjit.jit, big["f"])
        """,
    )


def test_functions_that_go_away_meanwhile(python):
    assert "gone" in finish(
        python,
        """
        for _ in range(3):
            dropped = [justjit.jit(make(n)) for n in range(60)]
            assert [f(3, 4) for f in dropped] == expected
            del dropped, _
        kept = justjit.jit(make(1))
        assert justjit.is_compiled(kept) and kept(3, 4) == expected[1]
        print("gone")
        """,
    )


def test_many_threads(python):
    assert "same" in finish(
        python,
        """
        import threading
        wrong = []
        def work():
            for f, value in zip(functions, expected):
                if justjit.jit(f)(3, 4) != value or not justjit.is_compiled(f):
                    wrong.append(f)
        threads = [threading.Thread(target=work) for _ in range(6)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(wrong or "same")
        """,
    )


def test_signals_are_for_other_threads(python):
    assert "blocked" in finish(
        python,
        """
        import glob
        justjit.jit(functions[0]), justjit.is_compiled(functions[0])
        for status in glob.glob("/proc/self/task/*/status"):
            fields = dict(line.split(":", 1) for line in open(status).read().splitlines() if ":" in line)
            if fields["Name"].strip() == "justjit":
                mask = int(fields["SigBlk"], 16)
                print("blocked" if all(mask >> (s - 1) & 1 for s in (1, 2, 10, 14, 15)) else hex(mask))
        """,
    )


def test_code_that_dies_while_it_is_compiled(python):
    """The compile thread has all it needs in storage of its own: it reads no code object, which may be gone."""
    finished = python(
        "-c",
        textwrap.dedent(
            """
            import justjit
            from justjit import _core

            SOURCE = '''
            def make(k):
                def add(x): return x + k
                return add
            def run(f, values):
                s = 0
                square = lambda v: v * v
                for i in range(len(values)):
                    v = values[i]
                    s += f(v) + f(i) + square(v)
                return s
            '''
            _core.set_compile_options(max_tier=2, tier_threshold=1)
            for k in range(6):
                n = {}
                exec(__import__("textwrap").dedent(SOURCE), n)
                for f in ("make", "run"):
                    assert justjit.compile(n[f])
                n["f"] = n["make"](3)
                assert justjit.compile(n["f"])
                for _ in range(3):
                    assert n["run"](n["f"], list(range(12))) == 710
            """
        ),
        JUSTJIT_BACKGROUND="1",
    )
    assert finished.status == 0, finished.err

"""python -m justjit and the environment variables: a program runs as plain python runs it."""

import sys

import pytest

PROGRAM = """\
import sys

def work(n):
    return sum(i * i for i in range(n)) + len(sys.argv)

def fail(depth):
    if depth:
        return fail(depth - 1)
    raise ValueError("at the bottom")

if __name__ == "__main__":
    print(__name__, sys.argv, __file__, sys.path[0], work(10), __spec__ is None, globals().get("__package__"))
    print([name for name in sorted(vars()) if not name.startswith("__")])
    if sys.argv[1:] == ["fail"]:
        fail(3)
    if sys.argv[1:] == ["frames"]:
        import traceback
        traceback.print_stack()
    if sys.argv[1:] == ["exit"]:
        sys.exit(7)
    if sys.argv[1:] == ["text"]:
        sys.exit("a message")
"""

COUNT = """\
import justjit
def f(x):
    return x + 1
for i in range(20):
    f(i)
print(justjit.is_compiled(f), justjit.stats(f)["native_calls"])
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def same(python, arguments, threshold="0"):
    plain = python(*arguments)
    jitted = python("-m", "justjit", "--threshold", threshold, *arguments)
    assert (jitted.status, jitted.out, jitted.err) == (plain.status, plain.out, plain.err)
    return jitted


@pytest.mark.parametrize("argument", ["", "fail", "frames", "exit", "text", "--threshold"])
def test_script_is_as_under_python(python, program, argument):
    same(python, [program, argument] if argument else [program])


def test_module_is_as_under_python(python, program):
    assert same(python, ["-m", "program", "fail"]).status == 1
    same(python, ["-m", "program", "a", "b"])


def test_missing_script_and_module(python):
    assert same(python, ["nowhere.py"]).status == 2
    assert same(python, ["-m", "nowhere"]).status == 1


def test_interpreter_options_are_kept(python):
    code = "import sys; print(sys.flags.optimize, sys.warnoptions, sys.flags.dont_write_bytecode, sys.argv)"
    plain = python("-O", "-B", "-W", "error", "-c", code, "x")
    jitted = python("-O", "-B", "-W", "error", "-m", "justjit", "-c", code, "x")
    assert (jitted.status, jitted.out, jitted.err) == (plain.status, plain.out, plain.err)


def test_threshold(python, tmp_path):
    (tmp_path / "count.py").write_text(COUNT)
    compiled, calls = python("-m", "justjit", "--threshold", "0", "count.py").out.split()
    assert compiled == "True" and int(calls) >= 19
    compiled, calls = python("-m", "justjit", "--threshold=1000000", "count.py").out.split()
    assert compiled == "False" and int(calls) == 0


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["--threshold", "x", "program.py"], "--threshold must be a number of calls (0 or more), not 'x'"),
        (["--threshold"], "--threshold needs a number"),
        ([], "no program given"),
        (["--nonsense", "program.py"], "unknown option '--nonsense'"),
        (["-m"], "-m needs an argument"),
    ],
)
def test_wrong_command_lines(python, arguments, text):
    result = python("-m", "justjit", *arguments)
    assert result.status == 2 and text in result.err and "usage:" in result.err


def test_environment_enables_every_process(python, tmp_path):
    (tmp_path / "count.py").write_text(COUNT)
    (tmp_path / "outer.py").write_text(
        "import subprocess, sys\nprint(subprocess.run([sys.executable, 'count.py'], capture_output=True, text=True).stdout)"
    )
    compiled, calls = python("outer.py", JUSTJIT_ENABLE="0").out.split()
    assert compiled == "True" and int(calls) >= 19


def test_command_line_does_not_reach_child_processes(python, tmp_path):
    (tmp_path / "outer.py").write_text(
        "import os, subprocess, sys\n"
        'code = \'import os, sys; print(os.environ.get("JUSTJIT_ENABLE"), "justjit" in sys.modules)\'\n'
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)"
    )
    assert python("-m", "justjit", "outer.py").out.split() == ["None", "False"]
    assert python("-m", "justjit", "outer.py", JUSTJIT_ENABLE="5").out.split() == ["5", "True"]


def test_wrong_environment_value_warns_and_goes_on(python):
    result = python("-c", "print('on')", JUSTJIT_ENABLE="often")
    assert result.out == "on\n" and "JUSTJIT_ENABLE must be a number of calls" in result.err


def test_start_up_is_untouched_without_the_variable(python):
    assert python("-c", "import sys; print('justjit' in sys.modules)").out == "False\n"


def test_disable(python):
    code = (
        "import justjit\n@justjit.jit\ndef f(x): return x + 1\n"
        "justjit.enable(0)\njustjit.dump_ir(f)\n"
        "print(f(1), justjit.is_compiled(f), justjit.compile(f), justjit.stats(f)['compiled'],"
        " justjit.stats()['native_calls'], justjit.stats(f)['fallback_reason'])\njustjit.disable()"
    )
    result = python("-W", "error", "-c", code, JUSTJIT_DISABLE="1")
    assert result.err == ""
    assert result.out.split("\n")[-2] == "2 False False False 0 the JIT is off: JUSTJIT_DISABLE is set"


@pytest.mark.parametrize("stage, text", [("hir", "f"), ("llvm", "define"), ("asm", "ret")])
def test_dump_variable(python, stage, text):
    code = "import justjit\n@justjit.jit\ndef wanted(x): return x + 1\n@justjit.jit\ndef other(x): return x\n"
    result = python("-c", code, JUSTJIT_DUMP=stage, JUSTJIT_FUNC="want*")
    assert result.out == "" and "wanted" in result.err and text in result.err and "other" not in result.err


def test_import_is_quiet_and_small(python):
    code = "import sys; before = set(sys.modules); import justjit; print(sorted(set(sys.modules) - before))"
    result = python("-c", code)
    assert result.err == ""
    loaded = set(eval(result.out))
    assert not loaded & {"typing", "inspect", "dataclasses", "ctypes", "subprocess", "dis"}, sys.version


def test_enable_covers_existing_nested_and_later_functions(python, tmp_path):
    (tmp_path / "later.py").write_text("def late(x):\n    return x - 1\n")
    code = """
import justjit
def outer(x):
    def inner(y):
        return y + x
    return inner
class C:
    def method(self):
        return self
c = C()
outer(1)(2); c.method()
justjit.enable(threshold=0)
import later
def new(x): return x
inner = outer(1)
for _ in range(3):
    inner(2); c.method(); later.late(3); new(1); outer(2)(2)
print([justjit.is_compiled(f) for f in (outer, inner, C.method, later.late, new)])
justjit.disable()
def after(x): return x
for _ in range(3): after(1)
print(justjit.is_compiled(after), inner(2))
"""
    result = python("-c", code)
    assert result.out.split("\n")[:2] == ["[True, True, True, True, True]", "False 3"], result.err


def test_typing_is_imported_natively(python):
    result = python("-c", "import typing; print(typing.List[int])", JUSTJIT_ENABLE="0")
    assert (result.status, result.out, result.err) == (0, "typing.List[int]\n", "")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of 3.12")
def test_generic_class_imports_typing(python):
    code = "def make():\n    class A[T]: pass\n    return A\nprint(make().__name__)"
    result = python("-c", code, JUSTJIT_ENABLE="0")
    assert (result.status, result.out, result.err) == (0, "A\n", "")

"""JIT(): functions given as instructions run like the functions that the instructions came from, or are refused."""

import dis
import sys
import types

import pytest

from justjit import JIT, is_compiled, stats

V310 = sys.version_info < (3, 11)


def arithmetic(a, b):
    return a * 2 + b // 3


def loops(n):
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        total += i if i % 2 else -i
    else:
        total *= 2
    return total


def handles(value):
    try:
        return 10 // value
    except ZeroDivisionError as error:
        return str(error)
    finally:
        len("x")


def cleans(manager):
    with manager as inner:
        return [x * x for x in inner if x]


def named(*values, sep=", ", **more):
    return sep.join(map(str, values)) + repr(sorted(more))


def captures(a):
    b = a + 1

    def inner(c):
        nonlocal b
        b += c
        return a, b, c

    return inner(1), inner(2), b


def big(x):
    return [
        x, "a", "b", "c", "d", x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7, x + 8, x + 9, x + 10, x + 11, x + 12,
        x + 13, x + 14, x + 15, x + 16, x + 17, x + 18, x + 19, x + 20, x + 21, x + 22, x + 23, x + 24, x + 25, x + 26,
    ] if x < 300 else None  # fmt: skip


def numbers(n):
    got = []
    try:
        for i in range(n):
            got.append((yield i))
    finally:
        got.append("end")
    return got


def delegates(n):
    result = yield from numbers(n)
    yield result


async def waits(thing):
    return [await thing, 2]


async def streams(n):
    for i in range(n):
        yield i


def compile_as(method, function, **changes):
    """Hands a function's pieces to one of JIT's methods; the callable."""
    code = function.__code__
    own = [c for c in code.co_cellvars if c not in code.co_varnames]
    arguments = {
        "instructions": dis.get_instructions(function),
        "constants": code.co_consts,
        "names": code.co_names,
        "globals_dict": function.__globals__,
        "builtins_dict": None,
        "closure_cells": function.__closure__,
        "exception_table": None if V310 else dis.Bytecode(function).exception_entries,
        "name": function.__name__,
        "param_count": code.co_argcount,
        "nlocals": code.co_nlocals,
        "total_locals": code.co_nlocals + len(code.co_cellvars if V310 else own) + len(code.co_freevars),
        "varnames": code.co_varnames,
        "cellvars": code.co_cellvars,
        **changes,
    }
    jit = JIT()
    assert getattr(jit, method)(**arguments), jit.reason
    made = jit.get_callable(function.__name__, param_count=arguments["param_count"])
    assert is_compiled(made)
    return made


class Managed:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log.append("in")
        return [1, 0, 3]

    def __exit__(self, *_):
        self.log.append("out")


@pytest.mark.parametrize(
    ("function", "calls"),
    [(arithmetic, [(3, 10), (2.5, 7)]), (loops, [(0,), (20,)]), (handles, [(3,), (0,)]), (big, [(1,), (301,)])]
    + [(captures, [(5,)])],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_plain_function(function, calls):
    made = compile_as("compile_function", function)
    for arguments in calls:
        assert made(*arguments) == function(*arguments)
    assert stats(made)["native_calls"] == len(calls)


def test_manager():
    log = []
    assert compile_as("compile_function", cleans)(Managed(log)) == [1, 9]
    assert log == ["in", "out"]


def test_free_variables_are_the_given_cells():
    def outer():
        shared = [1]

        def inner(x):
            shared.append(x)
            return shared

        return inner, shared

    inner, shared = outer()
    made = compile_as("compile_function", inner)
    assert made(2) is shared and shared == [1, 2]
    other = compile_as("compile_function", inner, closure_cells=[types.CellType([])])
    assert other(3) == [3]


def test_builtins_are_the_given_ones():
    def size(x):
        return len(x)

    scope = {}
    made = compile_as("compile_function", size, globals_dict=scope, builtins_dict={"len": lambda x: "mine"})
    assert made([]) == "mine"
    assert scope == {}
    assert compile_as("compile_function", size, globals_dict=scope)([1]) == 1


def test_generator():
    made = compile_as(
        "compile_generator", delegates, globals_dict={"numbers": compile_as("compile_generator", numbers)}
    )
    assert list(made(3)) == list(delegates(3))
    g = made(5)
    assert [next(g), g.send("x"), g.send("y")] == [0, 1, 2]
    with pytest.raises(KeyError):
        g.throw(KeyError("k"))
    assert isinstance(g, types.GeneratorType)


def test_coroutine_and_asynchronous_generator():
    async def value():
        return 40

    def run(coroutine):
        with pytest.raises(StopIteration) as stop:
            coroutine.send(None)
        return stop.value.value

    assert run(compile_as("compile_coroutine", waits)(value())) == [40, 2]
    made = compile_as("compile_async_generator", streams)

    async def collect():
        return [x async for x in made(4)]

    assert run(collect()) == [0, 1, 2, 3]


def test_instructions_as_mappings_without_offsets():
    listed = [{"opname": i.opname, "arg": i.arg} for i in dis.get_instructions(loops) if i.opname != "EXTENDED_ARG"]
    assert compile_as("compile_function", loops, instructions=listed)(9) == loops(9)
    listed = [{"opcode": i.opcode, "arg": i.arg} for i in dis.get_instructions(handles)]
    table = None if V310 else handles.__code__.co_exceptiontable
    assert compile_as("compile_function", handles, instructions=listed, exception_table=table)(0) == handles(0)


def test_names_and_counts_can_be_left_out():
    code = captures.__code__
    jit = JIT()
    table = () if V310 else [tuple(e) for e in dis.Bytecode(arithmetic).exception_entries]
    code = arithmetic.__code__
    assert jit.compile_function(
        list(dis.get_instructions(arithmetic)), code.co_consts, [], {}, {}, (), table, "f", param_count=2
    )
    assert jit.get_callable("f")(4, 9) == 11


def test_lines_of_the_instructions_are_in_the_traceback():
    made = compile_as("compile_function", arithmetic, filename="given.py")
    with pytest.raises(TypeError) as info:
        made(1, "x")
    last = info.traceback[-1]
    assert str(last.path).endswith("given.py")
    assert last.lineno + 1 == arithmetic.__code__.co_firstlineno + 1


def test_any_number_of_parameters():
    names = [f"p{k}" for k in range(400)]
    scope = {}
    exec(f"def many({', '.join(names)}):\n    return [{', '.join(names)}][-1] + p0", scope)
    made = compile_as("compile_function", scope["many"])
    assert made(*range(400)) == 399


LOAD_BAD = [{"opname": "LOAD_FAST", "arg": 9}, {"opname": "RETURN_VALUE", "arg": None}]
REFUSED = [
    (LOAD_BAD, {"nlocals": 1}, r"instruction 0 \(LOAD_FAST 9\): local 9 of 1 does not exist"),
    ([{"opname": "LOAD_CONST", "arg": 5}, *LOAD_BAD[1:]], {}, r"instruction 0 \(LOAD_CONST 5\): constant 5 of 1"),
    ([*LOAD_BAD[1:]], {}, r"instruction 0 \(RETURN_VALUE 0\): takes more"),
    ([{"opname": "LOAD_CONST", "arg": 0}], {}, r"instruction 0 \(LOAD_CONST 0\): is the last"),
    ([{"opname": "NO_SUCH"}], {}, "emits no 'NO_SUCH'"),
    ([{"opname": "JUMP_FORWARD", "arg": 7}, *LOAD_BAD], {"nlocals": 10}, r"instruction 0 \(JUMP_FORWARD 7\): jumps to"),
    ([], {}, "there are none"),
    ([{"opname": "LOAD_CONST", "arg": -1}], {}, "out of range"),
    ([{"opname": "LOAD_CONST", "arg": 0}, {"opname": "YIELD_VALUE"}, *LOAD_BAD[1:]], {}, "use compile_generator"),
]


@pytest.mark.parametrize(("instructions", "changes", "message"), REFUSED, ids=range(len(REFUSED)))
def test_wrong_instructions_are_refused_by_name(instructions, changes, message):
    with pytest.raises(ValueError, match=message):
        JIT().compile_function(instructions, [None], [], {}, {}, (), None, "f", **changes)


def test_wrong_arguments_are_refused_by_name():
    good = list(dis.get_instructions(arithmetic))
    jit = JIT()
    with pytest.raises(TypeError, match="globals_dict"):
        jit.compile_function(good, [], [], 3)
    with pytest.raises(TypeError, match=r"closure_cells\[0\]"):
        jit.compile_function(good, [None], [], {}, {}, [3])
    with pytest.raises(ValueError, match="total_locals"):
        jit.compile_function(
            good, arithmetic.__code__.co_consts, [], {}, {}, (), None, "f", param_count=2, total_locals=1
        )
    with pytest.raises(TypeError, match="neither 'opcode'"):
        jit.compile_function([3], [], [], {})
    with pytest.raises(TypeError, match="arg must be an int"):
        jit.compile_function([{"opname": "LOAD_CONST", "arg": "x"}], [], [], {})
    with pytest.raises(KeyError, match="nothing was compiled as 'f'"):
        jit.get_callable("f")
    with pytest.raises(ValueError, match="opt_level|level"):
        jit.set_opt_level(4)
    with pytest.raises(TypeError, match="level"):
        jit.set_opt_level("3")


def test_get_callable_checks_the_parameter_count():
    jit = JIT()
    jit.set_opt_level(1)
    code = arithmetic.__code__
    assert jit.compile_function(
        dis.get_instructions(arithmetic), code.co_consts, code.co_names, {}, name="f", param_count=2
    )
    with pytest.raises(ValueError, match="2 parameters, not 3"):
        jit.get_callable("f", param_count=3)

"""Sites that remember what they called or looked up: whatever changes later, the answer is the interpreter's."""

import builtins
import math
import types

import pytest

import justjit

from .harness import DEBUG_BUILD
from .programs import same_output


def both(function, *makers):
    """What `function` returns for arguments made afresh: interpreted, then jitted."""
    plain = types.FunctionType(function.__code__, function.__globals__, closure=function.__closure__)
    expected = plain(*[make() for make in makers])
    code = function.__code__.replace(co_name=function.__name__)
    jitted = types.FunctionType(code, function.__globals__, closure=function.__closure__)
    assert justjit.compile(jitted), justjit.stats(jitted)
    found = jitted(*[make() for make in makers])
    assert justjit.stats(jitted)["native_calls"] >= 1
    assert found == expected
    return found


def outcomes(call, items):
    results = []
    for item in items:
        try:
            results.append(call(item))
        except Exception as error:
            results.append((type(error).__name__, str(error)))
    return results


def test_one_site_calls_everything():
    class Callable:
        def __call__(self, x):
            return ("called", x)

        def method(self, x):
            return ("method", x)

        @classmethod
        def of_class(cls, x):
            return (cls.__name__, x)

    one = Callable()
    callables = [len, one, one.method, one.of_class, abs, [].append, type, str, int, tuple, list, iter, max, math.sqrt]
    callables += [lambda x: x, Callable.of_class, "a-b".split, {}.get, range, object, isinstance, "".join, 5]

    def run():
        results = []
        for _ in range(4):
            for f in callables:
                for x in ((1, 2), 4, "a", None):
                    try:
                        result = f(x)
                    except Exception as error:
                        result = (type(error).__name__, str(error))
                    results.append(repr(type(result)) + (repr(result) if " at 0x" not in repr(result) else ""))
        return results

    assert len(both(run)) == 4 * 4 * len(callables)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_wrong_number_of_arguments(count):
    calls = {0: lambda f: f(), 1: lambda f: f(1), 2: lambda f: f(1, 2), 3: lambda f: f(1, 2, 3)}
    call = calls[count]

    callables = [len, isinstance, abs, [].append, {}.get, "".join, dict, type, str, [].pop, {}.keys] * 5
    plain = types.FunctionType(call.__code__.replace(co_name="plain"), globals())
    expected = [repr(r) for r in outcomes(plain, callables)]
    assert justjit.compile(call)
    assert [repr(r) for r in outcomes(call, callables)] == expected


def make_liars():
    class Plain:
        pass

    class Derived(Plain):
        pass

    class Liar:
        @property
        def __class__(self):
            return Plain

    class ByInstance:
        def __getattribute__(self, name):
            return Plain if name == "__class__" else object.__getattribute__(self, name)

    class Meta(type):
        def __instancecheck__(cls, o):
            return o == 5

    class Strange(metaclass=Meta):
        pass

    class Broken:
        @property
        def __class__(self):
            raise ValueError("no class")

    objects = [Plain(), Derived(), Liar(), ByInstance(), 5, "x", Strange(), Plain, None, Broken(), print, math]
    classes = [
        Plain,
        Derived,
        (Plain, int),
        (int, (str, Derived)),
        Strange,
        (int, Strange),
        type,
        7,
        (),
        object,
        (int, 7),
    ]
    if hasattr(types, "UnionType"):
        classes += [int | str, (Plain, int | str)]
    return [(o, c) for c in classes for o in objects]


def test_isinstance():
    def run(pairs):
        results = []
        for _ in range(3):
            for o, c in pairs:
                try:
                    results.append(isinstance(o, c))
                except Exception as error:
                    results.append((type(error).__name__, str(error)))
        return results

    assert True in both(run, make_liars)


def test_isinstance_sees_a_class_that_begins_to_lie():
    class Plain:
        pass

    class Honest:
        pass

    class Liar:
        @property
        def __class__(self):
            return Plain

    class Other(Honest):
        pass

    def run():
        one, results = Other(), []
        for i in range(6):
            results.append(isinstance(one, Plain))
            if i == 2:
                Other.__bases__ = (Liar,)
            if i == 4:
                Other.__bases__ = (Honest,)
        return results

    assert both(run) == [False, False, False, True, True, False]


def test_len_and_what_takes_its_place():
    class Sized:
        def __len__(self):
            return 7

    class Long(list):
        def __len__(self):
            return 99

    things = ["", "abc", "\u1234", b"ab", [1], (1, 2), {1: 2}, {1}, frozenset("ab"), Sized(), Long(), range(1000), 3]

    def run():
        results = []
        for round in range(3):
            for x in things:
                try:
                    results.append(len(x))
                except TypeError as error:
                    results.append(str(error))
        return results

    assert both(run)[:6] == [0, 3, 1, 2, 1, 2]
    assert justjit.compile(run)
    real = builtins.len
    try:
        for replacement, answer in ((lambda x: "mine", "mine"), (type, int), (id, id(things[12])), (real, 7)):
            builtins.len = replacement
            found = run()[12 if replacement is not real else 9]
            assert found == answer
    finally:
        builtins.len = real


def test_append():
    class Counting(list):
        def append(self, item):
            list.append(self, ("counted", item))

    def run():
        results = []
        for target in ([], Counting(), [], bytearray(), [1] * 100):
            for i in range(20):
                r = target.append(i)
            results.append((r, list(target)))
        unbound = list.append
        for target in ([], Counting(), (), 5):
            try:
                unbound(target, 1)
                results.append(list(target))
            except TypeError as error:
                results.append(str(error))
        return results

    both(run)


def test_bound_methods():
    class C:
        def m(self, x, y=2):
            return (x, y)

    def other(x, y=3):
        return ("other", x, y)

    def run():
        one, results = C(), []
        calls = [
            one.m,
            one.m,
            one.m,
            other,
            one.m,
            types.MethodType(other, "self"),
            types.MethodType(len, "abc"),
            one.m,
        ]
        for f in calls * 3:
            try:
                results.append(f(1))
            except TypeError as error:
                results.append(str(error))
        return results

    justjit.compile(C.m)
    both(run)


def test_type_versions_do_not_come_back(python):
    code = """
import sys, justjit
from justjit import _core
def f(o):
    return o.x, o.m(), o[0], isinstance(o, int)
def make(i):
    return type("C%d" % i, (), {"x": i, "m": lambda self: -i, "__getitem__": lambda self, k: i * 2})
justjit.compile(f)
first = make(0)()
assert f(first) == f(first) == (0, 0, 0, False)
sys._clear_type_cache()
for i in range(1, 1500):
    one = make(i)()
    one.x
    if f(one) != (i, -i, i * 2, False):
        sys.exit("type %d is taken for another: %r" % (i, f(one)))
"""
    finished = python("-W", "ignore", "-c", code)
    assert (finished.status, finished.err) == (0, "")


def test_native_code_that_dies_leaves_no_trace_among_versions(python):
    """3.13 keeps a table of 4096 code objects by version: others that die look at what stands in their place there."""
    code = """
import gc, justjit
names = {}
exec("\\n".join(f"def f{i}(): pass" for i in range(4096)), names)
exec("def large(x):" + " x = -x;" * 100_000, names)  # memory of its own, which is given back to the system
justjit.jit(lazy=True)(names.pop("large"))
gc.collect()
names.clear()
"""
    finished = python("-c", code)
    assert (finished.status, finished.err) == (0, "")


@pytest.mark.skipif(DEBUG_BUILD, reason="the interpreter itself aborts there")
def test_results_that_contradict_the_exception() -> None:
    """Of faulty C functions: SystemError, at the first call and later."""
    pytest.importorskip("_testcapi")
    output = same_output("""
        import _testcapi
        @jit
        def call(f):
            try:
                return f()
            except SystemError as e:
                return str(e).split("> ")[-1], repr(e.__cause__)
        @jit
        def loop(f):
            return [call(f) for _ in range(3)]
        for f in (_testcapi.return_null_without_error, _testcapi.return_result_with_error):
            print(loop(f))
    """)
    assert output.count("without setting an exception") == 3 and "with an exception set" in output

"""Hot native code is tried against the interpreter, once, and given back if it does not win."""

import dis
import os
import sys
import threading

import pytest

import justjit
from justjit import _core, jit

AFTER = 200  # calls before a trial
ENOUGH = 1500  # calls in which a trial comes to its end
FAR = 20_000  # nanoseconds that a call of the losing side takes longer


@pytest.fixture(autouse=True)
def trials():
    _core.set_compile_options(give_back=(AFTER, 0, 0))  # nothing is tried while better code may come
    yield
    _core.set_compile_options(give_back=(0, 0, 0), max_tier=int(os.environ.get("JUSTJIT_TIER", "2")))


def handicap(nanoseconds):
    _core.set_compile_options(give_back=(AFTER, nanoseconds, 0))


def call_often(f, count=ENOUGH):
    for i in range(count):
        assert f(i) == i * 3 + 1, i


def make():
    """A function with code of its own."""

    def f(x):
        return x * 3 + 1

    f.__code__ = f.__code__.replace()
    return f


def test_a_loser_is_given_back(recwarn):
    handicap(FAR)
    before = justjit.stats()["given_back"]
    f = jit(make())
    call_often(f)
    record = justjit.stats(f)
    assert not justjit.is_compiled(f)
    assert record["tier"] == "interpreter"
    assert record["fallback_reason"].startswith("slower than the interpreter: ")
    native, interpreted = [int(word) for word in record["fallback_reason"].split() if word.isdigit()]
    assert native - interpreted > FAR / 2
    assert justjit.stats()["given_back"] == before + 1
    calls = record["native_calls"]
    assert calls >= AFTER
    call_often(f)
    assert justjit.stats(f)["native_calls"] == calls, "no further call is native"
    assert not recwarn.list


def test_a_winner_stays():
    handicap(-FAR)
    before = justjit.stats()
    f = jit(make())
    call_often(f)
    after = justjit.stats()
    assert after["given_back"] == before["given_back"]
    assert after["interpreted_calls"] - before["interpreted_calls"] < 100, "a clear winner is seen soon"
    record = justjit.stats(f)
    assert justjit.is_compiled(f) and record["fallback_reason"] is None
    call_often(f, 100)
    assert justjit.stats(f)["native_calls"] == record["native_calls"] + 100, "all further calls are native"


def test_what_was_given_back_is_not_compiled_again(recwarn):
    handicap(FAR)
    f = jit(make())
    call_often(f)
    assert not justjit.compile(f)
    assert jit(f) is f and not justjit.is_compiled(f)
    assert not recwarn.list

    def caller(n):
        total = 0
        for i in range(n):
            total += f(i)
        return total

    assert justjit.compile(caller)
    assert caller(1000) == sum(i * 3 + 1 for i in range(1000))
    assert not justjit.is_compiled(f)


def test_off():
    _core.set_compile_options(give_back=(0, FAR, 0))
    f = jit(make())
    call_often(f)
    assert justjit.is_compiled(f) and justjit.stats(f)["native_calls"] == ENOUGH


@pytest.mark.parametrize("value, given_back", [("0", False), ("", True), ("1", True)])
def test_environment(python, value, given_back):
    program = """
import sys, justjit
from justjit import _core
def f(x):
    return x
justjit.compile(f)
for i in range(9000):
    f(i)
print(justjit.stats()["interpreted_calls"] > 0)
"""
    finished = python("-c", program, JUSTJIT_GIVE_BACK=value)
    assert (finished.status, finished.out, finished.err) == (0, f"{given_back}\n", "")


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_recursion_exceptions_and_frames_are_the_same_throughout(loser):
    import sys

    handicap(loser)

    def f(n):
        if n == 0:
            raise KeyError(sys._getframe().f_code.co_name, sys._getframe(1).f_lineno)
        if n > 5:
            return sys._getframe(1).f_code.co_name
        try:
            return f(n - 1)
        finally:
            n += 1

    def outcome(n):
        try:
            return f(n)
        except KeyError as error:
            lines, tb = [], error.__traceback__
            while tb:
                lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, dict(tb.tb_frame.f_locals).get("n")))
                tb = tb.tb_next
            return error.args, lines

    f.__code__ = f.__code__.replace()
    justjit.compile(f)
    expected = {n: outcome(n) for n in range(8)}
    for i in range(ENOUGH):
        assert outcome(i % 8) == expected[i % 8]
    assert justjit.is_compiled(f) is (loser < 0)


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_all_functions_of_a_code_object_go_together(loser):
    handicap(loser)
    functions = [make() for _ in range(4)]
    for f in functions:
        f.__code__ = functions[0].__code__
        justjit.compile(f)
    for i in range(ENOUGH):
        for f in functions:
            assert f(i) == i * 3 + 1
    assert {justjit.is_compiled(f) for f in functions} == {loser < 0}
    calls = justjit.stats(functions[0])["native_calls"]
    for f in functions:
        call_often(f, 50)
    assert justjit.stats(functions[0])["native_calls"] - calls == (200 if loser < 0 else 0)


@pytest.mark.parametrize("loser", [FAR, -FAR])
def test_methods_and_every_kind_of_argument(loser):
    handicap(loser)

    class C:
        def m(self, a, b=2, *rest, k=3, **more):
            return (a, b, rest, k, sorted(more))

    C.m.__code__ = C.m.__code__.replace()
    justjit.compile(C.m)
    c = C()
    for i in range(ENOUGH):
        assert c.m(i) == (i, 2, (), 3, [])
        assert c.m(i, 1, 5, k=i, z=0) == (i, 1, (5,), i, ["z"])
        with pytest.raises(TypeError):
            c.m()
    assert justjit.is_compiled(C.m) is (loser < 0)


def test_new_code_during_a_trial():
    handicap(FAR)
    f = jit(make())
    call_often(f, AFTER + 100)

    def other(x):
        return -x

    f.__code__ = other.__code__
    for i in range(ENOUGH):
        assert f(i) == -i


def test_the_function_replaces_its_own_code_while_it_is_timed():
    handicap(FAR)

    def f(x):
        if x % 97 == 96:
            f.__code__ = f.__code__.replace()
            justjit.compile(f)
        return x * 3 + 1

    justjit.compile(f)
    first = f.__code__
    for i in range(2 * ENOUGH):
        assert f(i) == i * 3 + 1
        if i % 50 == 0:
            f.__code__ = first
    assert not justjit.is_compiled(f)


def test_threads():
    handicap(FAR)
    f = jit(make())
    failures = []

    def work():
        try:
            call_often(f, 4 * ENOUGH)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert not justjit.is_compiled(f)


def test_tracing_during_a_trial():
    import sys

    handicap(FAR)
    f = jit(make())
    call_often(f, AFTER + 100)
    seen = []
    sys.setprofile(lambda frame, event, arg: seen.append(event) if frame.f_code is f.__code__ else None)
    try:
        for i in range(50):
            f(i)
    finally:
        sys.setprofile(None)
    assert seen == ["call", "return"] * 50
    call_often(f)
    assert not justjit.is_compiled(f)


INLINES = sys.version_info >= (3, 11)  # calls of Python functions, within the interpreter's loop


def inlining_seems_to_save(nanoseconds):
    """Native code wins any trial, and interpreted code would call it faster all the same."""
    _core.set_compile_options(give_back=(AFTER, -FAR, nanoseconds))


def tried(callee, caller, rounds=ENOUGH):
    callee.__code__ = callee.__code__.replace()
    assert justjit.compile(callee)
    for i in range(rounds):
        assert caller(i) == i
    return justjit.stats(callee)


def test_inlined_callers_get_the_interpreters_entry():
    inlining_seems_to_save(1000 * FAR)

    def f(x):
        return x

    record = tried(f, lambda i: f(i))
    assert record["called_by"] == ("native code" if INLINES else "all")
    assert record["compiled"] and record["fallback_reason"] is None
    calls = record["native_calls"]
    for i in range(100):
        assert f(i) == i
    assert justjit.stats(f)["native_calls"] == calls + (0 if INLINES else 100)

    def caller(n):
        for i in range(n):
            assert f(i) == i and f(x=i) == i

    assert justjit.compile(caller)
    calls = justjit.stats(f)["native_calls"]
    caller(100)
    assert justjit.stats(f)["native_calls"] == calls + 200, "native code calls it natively"
    g = type(f)(f.__code__, globals())
    assert justjit.compile(g)
    for i in range(100):
        assert g(i) == i
    assert justjit.stats(g)["native_calls"] == calls + 200 + (0 if INLINES else 100), (
        "so it is with its other functions"
    )


class Things:
    @property
    def prop(self):
        return self.value

    def __getitem__(self, key):
        return key

    def __eq__(self, other):
        return other


def test_getters_and_subscripts():
    inlining_seems_to_save(1000 * FAR)
    things = Things()

    def read(i):
        things.value = i
        return things.prop

    inlined = "native code" if sys.version_info >= (3, 12) else "all"
    assert tried(Things.prop.fget, read)["called_by"] == inlined
    record = tried(Things.__getitem__, lambda i: things[i])
    assert record["called_by"] == ("native code" if INLINES else "all")
    assert tried(Things.__eq__, lambda i: things == i)["called_by"] == "all", "a slot calls it through C"


def test_starred_calls():
    inlining_seems_to_save(1000 * FAR)

    def f(x, y):
        return x

    inlined = "native code" if sys.version_info >= (3, 12) else "all"
    assert tried(f, lambda i: f(*(i,), **{"y": i}))["called_by"] == inlined


def test_callers_in_c_keep_the_native_entry():
    inlining_seems_to_save(1000 * FAR)

    def f(x):
        return x

    assert tried(f, lambda i: next(map(f, (i,))))["called_by"] == "all"


def test_what_only_native_code_called_is_tried_again():
    inlining_seems_to_save(1000 * FAR)

    def f(x):
        return x

    def caller(n):
        for i in range(n):
            assert f(i) == i

    f.__code__ = f.__code__.replace()
    assert justjit.compile(f) and justjit.compile(caller)
    caller(ENOUGH)
    assert justjit.stats(f)["called_by"] == "all"
    for i in range(40 * ENOUGH):
        f(i)
    assert justjit.stats(f)["called_by"] == ("native code" if INLINES else "all")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the interpreter specialises no getters")
@pytest.mark.parametrize("given_back", [False, True])
def test_call_sites_specialise_again(given_back):
    if given_back:
        handicap(FAR)
    else:
        inlining_seems_to_save(1000 * FAR)
    things = Things()
    things.value = 0

    def read(n):
        for _ in range(n):
            things.prop

    getter = Things.prop.fget
    getter.__code__ = getter.__code__.replace()
    assert justjit.compile(getter)
    read(ENOUGH)
    read(40 * ENOUGH)
    assert justjit.is_compiled(getter) is not given_back
    names = [i.opname for i in dis.get_instructions(read, adaptive=True)]
    assert "LOAD_ATTR_PROPERTY" in names, names

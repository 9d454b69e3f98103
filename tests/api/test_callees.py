"""Functions that native code keeps calling become native as well."""

import abc
import subprocess
import sys

import justjit
import pytest


def test_hot_callee_is_compiled():
    def callee(x):
        return x + 1

    def caller(n):
        total = 0
        for i in range(n):
            total = callee(total)
        return total

    assert justjit.compile(caller)
    assert caller(10) == 10
    assert not justjit.is_compiled(callee), "ten calls are not hot"
    assert caller(500) == 500
    assert justjit.is_compiled(callee)
    assert justjit.stats(callee)["native_calls"] > 200


def test_hot_generator_is_compiled():
    def callee(x):
        yield x

    def caller(n):
        return [next(callee(i)) for i in range(n)]

    assert justjit.compile(caller)
    assert caller(500) == list(range(500))
    assert justjit.is_compiled(callee)
    assert justjit.stats(callee)["native_calls"] > 200


def test_what_native_code_resumes_often_is_compiled():
    """Also where it was called only once, and runs already."""

    def numbers(n):
        for i in range(n):
            yield i
        return "end"

    class Awaited:
        def __await__(self):
            for i in range(n):
                yield i
            return 3

    async def waiting():
        return await Awaited()

    async def items(n):
        for i in range(n):
            yield i

    def total(iterable):
        found = 0
        for x in iterable:
            found += x
        return found

    def delegates(generator):
        return (yield from generator)

    async def outer(coroutine):
        return await coroutine

    async def gathered(iterable):
        return [x async for x in iterable]

    n = 1000
    for function in (total, delegates, outer, gathered):
        assert justjit.compile(function)
    half = numbers(n)
    assert [next(half) for _ in range(300)] == list(range(300)) and not justjit.is_compiled(numbers)
    assert total(half) == sum(range(300, n))
    assert justjit.is_compiled(numbers)
    waits = outer(waiting())
    assert [waits.send(None) for _ in range(n)] == list(range(n))
    with pytest.raises(StopIteration, match="^3$"):
        waits.send(None)
    assert justjit.is_compiled(waiting)
    with pytest.raises(StopIteration) as end:
        gathered(items(n)).send(None)
    assert end.value.value == list(range(n)) and justjit.is_compiled(items)

    def again(n):
        yield from range(n)
        return "end"

    chain = delegates(again(n))
    assert [next(chain) for _ in range(n)] == list(range(n)) and justjit.is_compiled(again)
    with pytest.raises(StopIteration, match="^end$"):
        next(chain)


def test_init_and_property_of_a_hot_class():
    class Point:
        def __init__(self, x):
            self.x = x

        @property
        def double(self):
            return self.x * 2

    def caller(n):
        return sum([Point(i).double for i in range(n)])

    assert justjit.compile(caller)
    assert caller(1000) == 999000
    assert justjit.is_compiled(Point.__init__)
    assert justjit.is_compiled(Point.double.fget)


def test_init_of_a_class_with_a_metaclass():
    class Thing(abc.ABC):
        def __init__(self, x):
            self.x = x

    def caller(n):
        return sum([Thing(i).x for i in range(n)])

    assert justjit.compile(caller)
    assert caller(1000) == 499500
    assert justjit.is_compiled(Thing.__init__)
    assert justjit.stats(Thing.__init__)["native_calls"] > 200


@pytest.mark.parametrize("call", ["Thing(x=i)", "Thing(*args)", "Thing(**{'x': i})", "Thing(*(), x=i)"])
def test_init_of_a_class_called_otherwise(call):
    scope = {}
    exec(
        "class Thing:\n"
        "    def __init__(self, x): self.x = x\n"
        "def caller(n):\n"
        "    args = 3,\n"
        f"    return sum([{call}.x for i in range(n)])\n",
        scope,
    )
    assert justjit.compile(scope["caller"])
    assert scope["caller"](1000) == (3000 if "args" in call else 499500)
    init = scope["Thing"].__init__
    assert justjit.is_compiled(init)
    assert justjit.stats(init)["native_calls"] > 200


def test_managers_of_with_statements():
    class Manager:
        def __enter__(self):
            return 1

        def __exit__(self, *error):
            pass

        async def __aenter__(self):
            return 2

        async def __aexit__(self, *error):
            pass

    def caller(n):
        total = 0
        for _ in range(n):
            with Manager() as x:
                total += x
        return total

    async def waiting(n):
        total = 0
        for _ in range(n):
            async with Manager() as x:
                total += x
        return total

    assert justjit.compile(caller) and justjit.compile(waiting)
    assert caller(1000) == 1000
    with pytest.raises(StopIteration, match="^2000$"):
        waiting(1000).send(None)
    for method in (Manager.__enter__, Manager.__exit__, Manager.__aenter__, Manager.__aexit__):
        assert justjit.is_compiled(method)
        assert justjit.stats(method)["native_calls"] > 200


def test_interpreted_generators_in_a_process_without_native_ones():
    program = """
import justjit

def numbers(n):
    yield from range(n)
    return 1

def total(items):
    found = 0
    for x in items:
        found += x
    return found, [x for x in numbers(3)], next(numbers(2))

assert justjit.compile(total)
print(total(numbers(10)), justjit.is_compiled(numbers))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(45, [0, 1, 2], 0) False\n", "")

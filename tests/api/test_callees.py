"""Functions that native code keeps calling become native as well."""

import justjit


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

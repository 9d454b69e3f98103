"""jit() around methods, descriptors, wrappers and special methods, and what it refuses."""

import abc
import functools

import pytest

import justjit
from justjit import jit


class Shape:
    @jit
    def method(self, n):
        return ("method", n)

    @jit
    @staticmethod
    def static_inside(n):
        return ("static", n)

    @staticmethod
    @jit
    def static_outside(n):
        return ("static", n)

    @jit
    @classmethod
    def class_inside(cls, n):
        return (cls.__name__, n)

    @classmethod
    @jit
    def class_outside(cls, n):
        return (cls.__name__, n)

    @jit
    @property
    def value_inside(self):
        return self._value

    @value_inside.setter
    @jit
    def value_inside(self, new):
        self._value = new

    @property
    @jit
    def value_outside(self):
        return self._value

    @jit
    @functools.cached_property
    def cached(self):
        return [1]


def test_methods_and_descriptors():
    shape = Shape()
    for call in (
        shape.method,
        Shape.static_inside,
        shape.static_outside,
        Shape.class_inside,
        shape.class_outside,
    ):
        call(1)
    assert shape.method(1) == ("method", 1) and Shape.method(shape, 2) == ("method", 2)
    assert shape.static_inside(1) == Shape.static_outside(1) == ("static", 1)
    assert shape.class_inside(1) == Shape.class_outside(1) == ("Shape", 1)
    shape.value_inside = 7
    assert shape.value_inside == shape.value_outside == 7
    assert shape.cached is shape.cached


def test_descriptors_keep_their_kind():
    assert isinstance(Shape.__dict__["static_inside"], staticmethod)
    assert isinstance(Shape.__dict__["class_inside"], classmethod)
    assert isinstance(Shape.__dict__["value_inside"], property)
    for name in (
        "method",
        "static_inside",
        "static_outside",
        "class_inside",
        "class_outside",
        "value_inside",
    ):
        assert justjit.is_compiled(Shape.__dict__[name]), name


def test_bound_method():
    class C:
        def f(self):
            return self

    c = C()
    bound = c.f
    assert jit(bound) is bound
    assert justjit.is_compiled(C.f) and c.f() is c


def test_wrapper_objects_of_functools():
    @jit
    @functools.lru_cache(maxsize=None)
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    assert fib(30) == 832040 and fib.cache_info().misses == 31
    assert justjit.is_compiled(fib)
    part = jit(functools.partial(lambda a, b: a - b, 10))
    assert part(4) == 6


def test_abstract_methods():
    class Base(abc.ABC):
        @jit
        @abc.abstractmethod
        def f(self): ...

    with pytest.raises(TypeError):
        Base()


def test_special_methods_at_sites_that_were_hot_before():
    class Box:
        def __init__(self, n):
            self.n = n

        def __getitem__(self, k):
            return self.n + k

        def __call__(self, k):
            return self.n * k

        def __eq__(self, other):
            return self.n == other.n

        __hash__ = None

        def __add__(self, other):
            return Box(self.n + other.n)

        @property
        def double(self):
            return self.n * 2

    def use(count):
        total = 0
        for i in range(count):
            box = Box(i)
            total += box[1] + box(2) + box.double + (box + box).n + (box == box)
        return total

    expected = use(200)
    for name in ("__init__", "__getitem__", "__call__", "__eq__", "__add__", "double"):
        jit(Box.__dict__[name])
    before = justjit.stats(Box.__init__)["native_calls"]
    assert use(200) == expected
    assert justjit.stats(Box.__init__)["native_calls"] >= before + 200
    Box.__init__ = lambda self, n: setattr(self, "n", 0)
    assert use(3) == 3 * (1 + 0 + 0 + 0 + 1)


def test_methods_that_the_class_wraps_by_itself():
    class Base:
        @jit
        def __new__(cls, x):
            return object.__new__(cls)

        @jit
        def __init__(self, x):
            self.x = x

        @jit
        def __init_subclass__(cls):
            cls.announced = True

        @jit
        def __class_getitem__(cls, key):
            return key

    class Derived(Base):
        pass

    assert Base(1).x == 1 and Derived(2).x == 2
    assert Derived.announced and Base[3] == 3
    assert type(Base.__dict__["__new__"]) is staticmethod
    assert type(Base.__dict__["__class_getitem__"]) is classmethod


def test_lambda_and_closure():
    def maker(k):
        return jit(lambda x: x + k)

    assert [maker(i)(10) for i in range(3)] == [10, 11, 12]


def test_classes_are_refused_with_a_remedy():
    with pytest.raises(TypeError, match=r"not the class .*Shape.*: decorate its methods, or call justjit.enable\(\)"):
        jit(Shape)


@pytest.mark.parametrize("target", [len, str.upper, 3, "f", [], object()])
def test_other_objects_are_refused(target):
    for entry in (jit, justjit.compile, justjit.is_compiled, justjit.stats, justjit.dump_ir):
        if target == 3 or entry is not None:
            with pytest.raises(TypeError, match="takes a Python function"):
                entry(target)


def test_callable_objects_are_refused_with_a_remedy():
    class C:
        def __call__(self):
            pass

    with pytest.raises(TypeError, match="decorate .*C.__call__ instead"):
        jit(C())

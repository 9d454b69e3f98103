"""Sites that remember what they called or looked up: whatever changes later, the answer is the interpreter's."""

import builtins
import math
import types

import pytest

import justjit


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


def test_class_methods():
    def run():
        class Base:
            @classmethod
            def name(cls, *more):
                return (cls.__name__, more)

            wrapped = classmethod(len)
            twice = classmethod(staticmethod(lambda *a: len(a)).__func__)

        class Derived(Base):
            pass

        results = []
        for i in range(12):
            one = Derived()
            results.append((one.name(), Derived.name(), Base.name(1, 2), Base().name()))
            results.append((one.twice(1), Base.twice()))
            bound = Derived.name
            results.append((bound.__self__.__name__, bound(), one.name.__self__.__name__))
            try:
                Base.wrapped()
            except TypeError as error:
                results.append(str(error))
            if i == 4:
                Derived.name = classmethod(lambda cls: ("new", cls.__name__))
            if i == 6:
                one.name = len  # an attribute of the instance
                results.append(one.name("abc"))
            if i == 8:
                del Derived.name
                Base.name = classmethod(lambda cls, *more: ("newer", cls.__name__, more))
        return results

    assert len(both(run)) == 49


def test_class_method_lets_go_of_a_temporary_before_the_call():
    log = []

    class Temporary:
        def __del__(self):
            log.append("gone")

        @classmethod
        def call(cls):
            log.append("called")

    def run():
        del log[:]
        for _ in range(5):
            Temporary().call()
        return list(log)

    assert both(run) == ["gone", "called"] * 5


def test_super_sees_a_replaced_method():
    def run():
        class A:
            def m(self):
                return "A"

        class B(A):
            def m(self):
                return "B" + super().m()

        class C(B):
            def m(self):
                return "C" + super().m()

        class D(A):
            def m(self):
                return "D" + super().m()

        class E(C, D):
            pass

        results = []
        for i in range(12):
            results.append((C().m(), B().m(), E().m(), D().m()))
            if i == 3:
                A.m = lambda self: "a"
            if i == 5:
                D.m = lambda self: "d"
            if i == 7:
                C.__bases__ = (A,)
            if i == 9:
                B.m = lambda self: "b"
        return results

    def compiled():
        for constant in run.__code__.co_consts:
            if isinstance(constant, types.CodeType):
                for method in constant.co_consts:
                    if isinstance(method, types.CodeType) and method.co_freevars:
                        cells = tuple(types.CellType() for _ in method.co_freevars)
                        justjit.compile(types.FunctionType(method, {}, closure=cells))

    expected = run()
    compiled()
    assert both(run) == expected
    assert expected[0] == ("CBA", "BA", "CBDA", "DA")


def test_getitem_that_changes():
    def run():
        class Items:
            def __getitem__(self, key):
                return ("first", key)

        class Derived(Items):
            pass

        items, derived, results = Items(), Derived(), []
        for i in range(12):
            results.append((items[i], derived["k"]))
            if i == 3:
                Items.__getitem__ = lambda self, key: ("second", key)
            if i == 5:
                Derived.__getitem__ = dict.__len__
            if i == 6:
                del Derived.__getitem__
            if i == 8:
                items.__getitem__ = None  # of the instance: not asked
        return results

    def guarded():
        try:
            return run()
        except TypeError as error:
            return str(error)

    expected = guarded()
    justjit.compile(run)
    assert guarded() == expected


def test_property_whose_getter_changes():
    def run():
        log = []

        class P:
            @property
            def value(self):
                log.append("value")
                return self.x

            def __init__(self, x):
                self.x = x

        results = []
        for i in range(12):
            p = P(i)
            results.append(p.value)
            results.append(P(-i).value)
            if i == 4:
                P.value = property(lambda self: ("new", self.x))
            if i == 8:
                P.value = property(None)
                try:
                    p.value
                except AttributeError as error:
                    results.append(str(error))
                P.value = property(abs)
                P.__abs__ = lambda self: "abs"
        return results, log

    both(run)


def test_property_that_raises_has_the_same_traceback():
    class P:
        @property
        def value(self):
            raise KeyError(self)

    def run():
        lines = []
        for _ in range(5):
            try:
                P().value
            except KeyError as error:
                tb = error.__traceback__
                while tb:
                    lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
                    tb = tb.tb_next
        return lines

    justjit.compile(P.value.fget)
    assert len(both(run)) == 10


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

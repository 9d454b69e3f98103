"""Sites that call what an attribute leads to: class methods, super methods, properties, __getitem__; also after a change."""

import types

import justjit

from .test_call_sites import both


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

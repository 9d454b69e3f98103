"""Short ways of calling: what they remember of classes, functions and keywords must not outlive the truth."""

import ctypes
import textwrap
import types

import justjit
import pytest

PRELUDE = """
import abc, functools

class Base:
    def __init__(self, x, y=2):
        self.x, self.y = x, y
    def cost(self, extra=0):
        return self.x + extra
    @classmethod
    def make(cls, x):
        return cls(x)
    @staticmethod
    def twice(x):
        return 2 * x
class Derived(Base):
    def __init__(self, x, y=3):
        super().__init__(x, y)
        self.z = x
    def cost(self, extra=0):
        return super().cost(extra) + 100
    @classmethod
    def make(cls, x):
        return super().make(x + 1)
def outcome(f, *args, **kwargs):
    try:
        value = f(*args, **kwargs)
    except BaseException as e:
        return type(e).__name__, str(e)
    return sorted(vars(value).items()) if isinstance(value, Base) else value
"""

# What is left out of native code: it stands for the interpreted program around.
INTERPRETED = ("outcome", "scenario", "warm")


def is_ours(function):
    return function.__name__ not in INTERPRETED


def run(body, jitted):
    namespace = {"__name__": "paths"}
    exec(compile(PRELUDE + textwrap.dedent(body), "<paths>", "exec"), namespace)
    if jitted:
        for value in list(namespace.values()):
            members = list(vars(value).values()) if isinstance(value, type) else [value]
            for member in members:
                function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
                if isinstance(function, types.FunctionType) and is_ours(function):
                    assert justjit.compile(function)
    return namespace["scenario"]()


def same(body):
    assert run(body, True) == run(body, False)


MUTATIONS = {
    "init replaced": "def other(self, *a): self.other = a\nBase.__init__ = other",
    "init replaced by a builtin": "Base.__init__ = object.__init__",
    "init deleted": "del Base.__init__",
    "init not callable": "Base.__init__ = 3",
    "init defaults": "Base.__init__.__defaults__ = ()",
    "init code": "Base.__init__.__code__ = (lambda self, x: setattr(self, 'lam', x)).__code__",
    "new added": "Base.__new__ = staticmethod(lambda cls, *a: 'made by new')",
    "new added and removed": "Base.__new__ = lambda cls, *a: 5\nBase(1)\ndel Base.__new__",
    "wrong return": "def other(self, x): return x\nBase.__init__ = other",
    "wrong return in code": "Base.__init__.__code__ = (lambda self, x: x).__code__",
    "abstract": "Base.missing = abc.abstractmethod(lambda self: 1)\nabc.update_abstractmethods(Base)",
    "bases": "class Root:\n  def cost(self, extra=0): return -1\n  def make(self): pass\nDerived.__bases__ = (Root,)",
    "bases without init": "class Root: pass\nDerived.__bases__ = (Root,)",
    "method replaced": "Base.cost = lambda self, extra=0: 7\nBase.make = classmethod(lambda cls, x: (cls.__name__, x))",
    "method is no function": "Base.cost = functools.partial(max, 3)\nBase.make = 3",
    "method deleted": "del Base.cost\ndel Base.make",
    "classmethod turned static": "Base.make = staticmethod(lambda x: ('static', x))",
    "classmethod of another callable": "Base.__dict__['make'].__init__(functools.partial(max, 9))",
    "classmethod of a class": "Base.make = classmethod(dict.fromkeys)",
    "instance attribute": "old = Base.__init__\ndef other(self, x, y=1):\n  self.cost = len\nBase.__init__ = other",
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_class_changes_after_its_calls_were_seen(mutation):
    same(
        "def hot(n):\n"
        "    for i in range(n):\n"
        "        Base(i), Derived(i), Base(i, y=4), Derived(x=i), Derived.make(i), Base.make(i)\n"
        "        Derived(i).cost(1), Derived(i).cost(extra=2), Base.twice(i)\n"
        "def ends():\n"
        "    return [outcome(f, *a, **k) for f in (Base, Derived, Base.twice) for a in ((), (1,), (1, 2), (1, 2, 3))\n"
        "            for k in ({}, {'y': 5}, {'x': 5}, {'no': 1})]\n"
        "def methods():\n"
        "    return [outcome(lambda: c.make(3)) for c in (Base, Derived)] + [\n"
        "        outcome(lambda: c(4).cost(1)) for c in (Base, Derived)]\n"
        "def warm(n):\n"
        "    for i in range(n):\n"
        "        Base(i), Derived(i), Base(i, y=4), Derived(x=i), list(map(Base, [i]))\n"
        "def scenario():\n"
        "    hot(300); warm(300)\n"
        "    before = ends() + methods()\n"
        "    exec(" + repr(mutation) + ", globals())\n"
        "    after = ends() + methods()\n"
        "    return before, after, repr(outcome(hot, 70)), ends() + methods()\n"
    )


def test_class_calls_from_interpreted_code():
    same(
        """
        class Meta(type):
            def __call__(cls, *args):
                return cls.__name__, super().__call__(*args).x
        class WithMeta(metaclass=Meta):
            def __init__(self, x):
                self.x = x
        class Slots:
            __slots__ = ('x',)
            def __init__(self, x, *rest, **more):
                self.x = x, rest, more
        class Child(Slots):
            pass
        class Raises:
            def __init__(self, x):
                raise ValueError(x)
        class Deep:
            def __init__(self, n):
                self.inner = Deep(n - 1) if n else None
        class Number(int):
            def __init__(self, x):
                self.own = x
        class Made:
            def __new__(cls, x):
                return object.__new__(Made) if x % 2 else x
            def __init__(self, x):
                self.x = x
        class Wrong:
            def __init__(self, x):
                return x
        def scenario():
            out = []
            for i in range(300):
                out.append(WithMeta(i))
                out.append(Slots(i, 2, a=i).x)
                out.append(list(map(Child, [i], [2], [3]))[0].x)
                out.append(outcome(Raises, i))
                out.append(Number(i).own)
                out.append(type(Made(i)).__name__)
                out.append(outcome(Wrong, i))
                out.append(outcome(lambda: Wrong(None)) is None)
                out.append(outcome(Slots))
                out.append(outcome(lambda: Child(*range(12)).x))
                out.append(functools.partial(Child, 1, k=2)(3).x)
            d, depth = Deep(40), 0
            while d:
                d, depth = d.inner, depth + 1
            return out, depth, outcome(Deep, 10 ** 5)[0]
        """
    )


METACLASS_MUTATIONS = {
    "nothing": "pass",
    "call": "Meta.__call__ = lambda cls, x: (cls.__name__, x)",
    "call and back": "Meta.__call__ = lambda cls, x: cls\ndel Meta.__call__",
    "call of the base": "Root.__call__ = lambda cls, x: ('root', x)",
    "another metaclass": "Thing.__class__ = type('Other', (Meta,), {'__call__': lambda cls, x: 'other'})",
    "abstract": "Thing.missing = abc.abstractmethod(lambda self: 1)\nabc.update_abstractmethods(Thing)",
    "init": "Thing.__init__ = lambda self, x: setattr(self, 'y', x)",
    "init answers": "Thing.__init__ = lambda self, x: x",
    "new": "Thing.__new__ = lambda cls, x: [x]",
}


@pytest.mark.parametrize("mutation", METACLASS_MUTATIONS.values(), ids=METACLASS_MUTATIONS)
def test_classes_of_metaclasses(mutation):
    """What the metaclass inherits from `type` is looked at in every call."""
    same(
        "class Root(abc.ABCMeta): pass\n"
        "class Meta(Root): pass\n"
        "class Thing(metaclass=Meta):\n"
        "    def __init__(self, x): self.x = x\n"
        "class Raises(metaclass=Meta):\n"
        "    def __init__(self, x): raise KeyError(x)\n"
        "def attributes(x): return sorted(vars(x).items()) if isinstance(x, Thing) else x\n"
        "def hot(n): return [attributes(Thing(i)) for i in range(n)][-1]\n"
        "def wrong(): return [outcome(lambda: Thing()), outcome(lambda: Thing(1, 2)), outcome(Raises, 3)]\n"
        "def scenario():\n"
        "    before = hot(300), wrong()\n"
        "    exec(" + repr(mutation) + ", globals())\n"
        "    return before, repr(outcome(hot, 70)), wrong()\n"
    )


def test_managers_die_when_they_are_entered():
    """What is bound before the call need not hold the manager; a function does."""
    same(
        """
        log = []
        class Dies:
            def __del__(self): log.append('gone')
        class Static(Dies):
            __enter__ = staticmethod(lambda: log.append('enter'))
            __exit__ = staticmethod(lambda *error: log.append('exit'))
        class Mixed(Dies):
            def __enter__(self): log.append('enter')
            __exit__ = staticmethod(lambda *error: log.append('exit'))
        class Builtin(Dies, list):
            __enter__ = list.copy
            __exit__ = list.__init__
        class Class(Dies):
            __enter__ = classmethod(lambda cls: log.append(cls.__name__))
            __exit__ = staticmethod(print)
        class Fails(Dies):
            def __enter__(self): raise KeyError('enter')
            def __exit__(self, *error): return True
        class Changes(Dies):
            @property
            def __exit__(self):
                del Changes.__enter__
                return print
            def __enter__(self): log.append('deleted')
        def use(make):
            with make():
                log.append('body')
        def scenario():
            out = [outcome(use, cls) for cls in (Static, Mixed, Builtin, Class, Fails, int, Changes) for _ in range(3)]
            return out, log
        """
    )


def entry_of(cls):
    """The class's tp_vectorcall."""
    return ctypes.c_void_p.from_address(id(cls) + 400).value


def test_class_gets_an_entry_while_its_init_is_native():
    class Plain:
        pass

    class Point:
        def __init__(self, x):
            self.x = x

    assert entry_of(list) and not entry_of(Plain), "PyTypeObject looks as this test thinks"
    justjit.compile(Point.__init__)
    for i in range(200):
        assert Point(i).x == i
    assert entry_of(Point)

    class Child(Point):
        pass

    assert not entry_of(Child)
    for i in range(200):
        assert Child(i).x == i
    assert entry_of(Child)
    assert justjit.stats(Point.__init__)["native_calls"] >= 400
    Point.__init__ = lambda self, x: setattr(self, "y", x)
    assert (Point(3).y, Child(4).y) == (3, 4)
    assert not entry_of(Point) and not entry_of(Child)


def test_super_of_other_selves():
    same(
        """
        class Proxy:
            def __init__(self, target):
                self.target = target
            @property
            def __class__(self):
                return type(self.target)
        class Left(Base):
            def cost(self, extra=0):
                return 'left', super().cost(extra)
        class Right(Base):
            def cost(self, extra=0):
                return 'right', super().cost(extra)
        class Both(Left, Right):
            pass
        class Own(Base):
            def __getattribute__(self, name):
                return 'own' if name == 'other' else super().__getattribute__(name)
        def hot(cls, selves, n):
            out = []
            for i in range(n):
                for s in selves:
                    out.append(outcome(cls.cost, s))
            return out
        def scenario():
            selves = [Left(1), Both(2), Right(3), Derived(4), Proxy(Left(5)), 6, Left]
            result = [hot(c, selves, 70) for c in (Left, Right, Derived)]
            own = Own(7)
            result += [own.x, own.other, own.cost(1)]
            Right.cost = lambda self, extra=0: 'replaced'
            result.append(hot(Left, selves, 3))
            Left.__bases__ = (Right,)
            return result + [hot(Left, selves, 3)]
        """
    )


KEYWORDS = """
class Loose(str):
    def __eq__(self, other):
        log.append(str(other))
        return str.__eq__(self, other)
    __hash__ = str.__hash__
log = []
def plain(a, b=2, *, k=3, m):
    return a, b, k, m
def only(a, b, /, c=1, **more):
    return a, b, c, list(more.items())
def rest(a, *args, b=5, **more):
    return a, args, b, list(more.items())
def no_default(a, b, c):
    return a, b, c
def forward(*args, **kwargs):
    return [outcome(f, *args, **kwargs) for f in (plain, only, rest, no_default)]
def direct():
    return [plain(1, m=2), plain(m=1, a=3, k=4), only(1, 2, a=4), only(1, 2, c=3, b=4), rest(1, 2, 3, b=4, c=5),
            no_default(c=1, a=2, b=3), no_default(1, *(2, 3)), no_default(*[1, 2], c=3)]
def joined(text):
    return ''.join(list(text))
"""
GIVEN = [
    "forward()",
    "forward(1, 2, 3)",
    "forward(1, 2, 3, 4)",
    "forward(1, m=2)",
    "forward(1, b=2, m=3, k=4)",
    "forward(1, 2, a=1)",
    "forward(a=1, b=2, c=3)",
    "forward(1, 2, c=1, d=2, e=3)",
    "forward(**{joined('abc')[:1]: 1, joined('xb')[1:]: 2, joined('c'): 3, joined('long name'): 4})",
    "forward(1, **{Loose('b'): 2, 'm': 3})",
    "forward(1, **{Loose('c'): 2, 'b': 3}), log",
    "forward(1, **{3: 4})",
    "plain(1, **{3: 4})",
    "plain(1, **5)",
    "plain(*5)",
    "plain(1, m=2, **{'m': 3})",
    "direct()",
    "direct(), setattr(plain, '__kwdefaults__', {'k': 8, 'm': 9}), direct(), forward(1)",
    "direct(), setattr(plain, '__kwdefaults__', {Loose('k'): 8, Loose('m'): 9}), forward(1), log",
    "direct(), setattr(plain, '__kwdefaults__', None), forward(1, m=1)",
    "direct(), setattr(no_default, '__defaults__', (8, 9)), forward(1)",
    "[rest(*range(n), **{str(i): i for i in range(n)}) for n in (1, 2, 40)]",
]


@pytest.mark.parametrize("call", GIVEN)
def test_keywords_and_stars(call):
    same(KEYWORDS + f"def scenario():\n    return repr([outcome(lambda: ({call})) for i in range(5)])\n")


def test_getter_and_bound_callables():
    same(
        """
        class Box(Base):
            @property
            def value(self):
                return self.x
            raising = property(lambda self: self.missing)
            builtin = property(len)
            def __len__(self):
                return 4
        def hot(box, n):
            return [(box.value, box.builtin, outcome(lambda: box.raising)) for i in range(n)][-1]
        def scenario():
            box = Box(3)
            first = hot(box, 300)
            Box.value = property(lambda self: 'new')
            return first, hot(box, 3)
        """
    )

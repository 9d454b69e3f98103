"""Attributes of classes with __getattr__, and global names whose dicts change: what caches may keep, and what not."""

import types

import justjit

from .test_call_sites import both


def same_with(run):
    """What `run` returns when it compiles the functions that it makes, which is what it returns otherwise."""

    def compiled(function):
        assert justjit.compile(function)
        return function

    found = run(compiled)
    assert found == run(lambda function: function)
    return found


def test_getattr_behind_the_usual_lookup():
    def run():
        class Proxy:
            shared = "class"

            def __init__(self, n):
                self.own = n

            def method(self):
                return ("method", self.own)

            @property
            def odd(self):
                if self.own % 2 == 0:
                    raise AttributeError("even")
                return "odd"

            @staticmethod
            def plain():
                return "static"

            @classmethod
            def named(cls):
                return cls.__name__

            def __getattr__(self, name):
                return (name, "asked")

        def own_lookup(self, name):
            return "own look-up" if name == "shared" else object.__getattribute__(self, name)

        results = []
        for i in range(24):
            one = Proxy(i)
            results.append((one.own, one.shared, one.method(), one.odd, one.plain(), one.named(), one.missing))
            results.append((one.missing is one.missing, isinstance(one, str), isinstance(one, Proxy), one.__class__))
            if i == 8:
                Proxy.missing = "here now"
            if i == 12:
                del Proxy.missing, Proxy.shared
            if i == 16:
                Proxy.__getattribute__ = own_lookup
            if i == 20:
                del Proxy.__getattribute__, Proxy.__getattr__
                Proxy.missing = Proxy.shared = 1
                Proxy.odd = 2
        return [str(r).replace("<locals>.", "") for r in results]

    assert len(both(run)) == 48


def test_slots_with_getattr():
    def run():
        class Slotted:
            __slots__ = ("a",)

            def __getattr__(self, name):
                return "unset " + name

        results = []
        one = Slotted()
        for i in range(12):
            if i % 3 == 0:
                one.a = i
            results.append(one.a)
            if i % 3 == 1:
                del one.a
        return results

    assert both(run)[:3] == [0, 0, "unset a"]


def test_property_of_a_module_class():
    def run():
        class Lazy(types.ModuleType):
            @property
            def value(self):
                if self.fails:
                    raise AttributeError("not yet")
                return 7

        module = Lazy("m")
        results = []
        for i in range(12):
            module.fails = i % 4 == 3
            if i == 6:
                module.__getattr__ = lambda name: "module's " + name
            try:
                results.append(module.value)
            except AttributeError as error:
                results.append(str(error))
        return results

    both(run)


def test_globals_and_builtins_change():
    def run(prepared):
        space = {"__builtins__": dict(vars(__import__("builtins")))}
        exec("def read(): return here, len\ndef assign(n):\n    global here, other\n    here = n", space)
        read, assign, results = prepared(space["read"]), prepared(space["assign"]), []
        for i in range(30):
            if i == 20:
                del space["here"]
                space["__builtins__"]["here"] = "builtin"
            elif i < 20 or i == 28:
                assign(i // 3)
            if i in (6, 24):
                space["len"] = "hidden"
            if i in (9, 26):
                del space["len"]
            if i == 12:
                space["__builtins__"]["len"] = "replaced"
            if i == 14:
                space.update({f"n{k}": k for k in range(200)})  # the dict grows
            here, length = read()
            results.append((here, length if isinstance(length, str) else length([1, 2])))
        return results

    results = same_with(run)
    assert results[7] == (2, "hidden") and results[13] == (4, "replaced") and results[21][0] == "builtin"


def test_same_globals_with_other_builtins():
    def run(prepared):
        class Names:
            def __getitem__(self, name):
                return "made up " + name

        space = {"__builtins__": {"name": 1}}
        exec("def first(): return name", space)
        code = space["first"].__code__  # one code object, one cache
        functions = [prepared(space["first"])]
        for builtins in ({"name": 2}, Names()):
            space["__builtins__"] = builtins
            try:
                functions.append(prepared(types.FunctionType(code, space)))
            except (TypeError, SystemError):  # versions that want a dict
                continue
        return [f() for _ in range(10) for f in functions]

    assert same_with(run)[:2] == [1, 2]


def test_globals_that_are_the_attributes_of_an_object():
    def run(prepared):
        class Space:
            def __init__(self):
                self.value, self.len = 0, "own"

        spaces = [Space(), Space()]
        del spaces[1].len
        results = []
        for space in spaces:
            names = space.__dict__
            exec("def read(): return value, len", names)
            read = prepared(names.pop("read"))
            for i in range(8):
                space.value = i
                if i == 4:
                    space.len = "hidden"
                if i == 6:
                    del space.len
                results.append(str(read()))
        return results

    results = same_with(run)
    assert results[5] == "(5, 'hidden')" and "built-in" in results[7]


def test_super_of_classes():
    def run(prepared):
        class Meta(type):
            def __call__(cls, *args):
                return ("made", super().__call__(*args))

            def __repr__(cls):
                return "meta " + super().__repr__()[-8:]

        class Base(metaclass=Meta):
            kind = "base"

            def __new__(cls, *args):
                made = super().__new__(cls)
                made.args = args
                return made

            @classmethod
            def name(cls):
                return "Base of " + cls.__name__

            @staticmethod
            def fixed():
                return "fixed"

            def plain(self):
                return "plain"

        class Derived(Base):
            kind = "derived"

            def __new__(cls, *args):
                return super().__new__(cls, *args, super().kind, super().fixed())

            @classmethod
            def name(cls):
                return "Derived: " + super().name()

            @classmethod
            def unbound(cls, one):
                return super().plain(one), super().plain.__name__

            @classmethod
            def missing(cls):
                return super().nothing

            def plain(self):
                return "own"

        for function in (Meta.__call__, Meta.__repr__, Base.__new__, Derived.__new__):
            prepared(function)
        for name in ("name", "unbound", "missing"):
            prepared(vars(Derived)[name].__func__)
        results = []
        for i in range(12):
            made, one = Derived(i)
            kind = str(one.args[1])[:9]  # of a property, not where it is
            results.append((made, kind, one.args[::2], one.name(), Derived.name(), repr(Derived), Derived.unbound(one)))
            try:
                Derived.missing()
            except AttributeError as error:
                results.append(str(error))
            if i == 6:
                Base.name = classmethod(lambda cls: "replaced")
            if i == 8:
                Base.kind = property(lambda self: 1)
                results.append(type(Derived(0)[1].args[1]).__name__)
        return results

    results = same_with(run)
    assert results[0][1:4] == ("base", (0, "fixed"), "Derived: Base of Derived")

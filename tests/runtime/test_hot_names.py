"""Attribute and global-name helpers against getattr and setattr. hotcheck.cpp calls them."""

import gc
import math
import sys

import pytest

from tests.extensions import load

hot = load("hotcheck")


def outcome(f, *args):
    try:
        r = f(*args)
    except Exception as e:
        return (type(e), str(e))
    return (type(r), hex(r) if type(r) is int else repr(r))


class Plain:
    cls = "class value"
    default = 5

    def __init__(self):
        self.x = 1
        self.y = 2

    def method(self):
        return ("method", self.x)

    @property
    def prop(self):
        return ("prop", self.x)

    @staticmethod
    def static():
        return "static"

    @classmethod
    def clsm(cls):
        return cls


class Slotted:
    __slots__ = ("a", "b")
    k = 1

    def m(self):
        return 1


class Meta(type):
    def mm(cls):
        return "mm"


class WithMeta(metaclass=Meta):
    v = 3


class GetAttr:
    def __getattr__(self, name):
        return ("getattr", name)


NAMES = [
    "cls",
    "default",
    "x",
    "y",
    "z",
    "method",
    "prop",
    "static",
    "clsm",
    "__class__",
    "__dict__",
    "__doc__",
    "a",
    "b",
    "k",
    "m",
    "mm",
    "v",
    "real",
    "append",
    "__name__",
    "pi",
    "sqrt",
    "upper",
    "args",
]


def things():
    p, q, s = Plain(), Plain(), Slotted()
    q.__dict__["late"] = 1
    q.z = 9
    q.method = "shadowed"
    s.a = 10
    return [
        p,
        q,
        s,
        Plain,
        Slotted,
        WithMeta,
        WithMeta(),
        GetAttr(),
        math,
        5,
        [],
        "s",
        ValueError(1),
        Plain.method,
        p.method,
        len,
        type,
        None,
        1.5,
    ]


def check_site(site, o, name):
    want = outcome(getattr, o, name)
    for flags in (0, 1):
        assert outcome(site.load, o, flags) == want, (o, name)
        for null_first in (0, 1):

            def call_form():
                method, self = site.method(o, flags, null_first)
                return method if self is None else method.__get__(self)

            assert outcome(call_form) == want, (o, name, null_first)


def test_load_attr():
    objects = things()
    for name in NAMES:
        shared = hot.Site(name)
        for o in objects:
            own = hot.Site(name)
            for _ in range(3):
                check_site(own, o, name)
                check_site(shared, o, name)


def test_attribute_caches_fill():
    for o, name in (
        (Plain(), "x"),
        (Plain(), "method"),
        (Plain(), "cls"),
        (Plain(), "prop"),
        (Plain(), "static"),
        (math, "pi"),
        (Plain, "cls"),
        (Slotted(), "m"),
        ([], "append"),
    ):
        site = hot.Site(name)
        for _ in range(5):
            site.load(o, 0)
        assert site.filled()[0] != 0 and site.filled()[2] == 1, (o, name, site.filled())


def test_caches_know_six_classes():
    """From the second round on nothing is looked up any more: no class takes another one's place."""
    classes = [type(f"C{k}", (Plain,), {"__slots__": ["a"]} if k % 2 else {"a": None}) for k in range(6)]
    load, store, method = hot.Site("a"), hot.Site("a"), hot.Site("method")
    for n in range(5):
        for cls in classes:
            o = cls()
            o.a = 0
            store.store(o, n, 0)
            assert load.load(o, 0) == n and method.method(o, 0, 1) == (Plain.method, o)
    assert [site.filled()[2] for site in (load, store, method)] == [6, 6, 6]
    for cls in classes:
        cls.method = lambda self: "other"
        check_site(method, cls(), "method")


def test_caches_see_changes():
    class C:
        attr = 1

        def m(self):
            return "first"

    o = C()
    attr, meth = hot.Site("attr"), hot.Site("m")

    def check():
        check_site(attr, o, "attr")
        check_site(meth, o, "m")

    check()
    C.attr = 2
    check()
    o.attr = 3
    check()
    o.m = "own"
    check()
    del o.m, o.attr
    check()
    o.__dict__["".join(["at", "tr"])] = 5  # a key that is not interned
    check()
    o.__dict__ = {"attr": 6}
    check()
    C.attr = property(lambda self: "prop")
    check()
    del C.attr
    check()
    C.m = staticmethod(lambda: 1)
    check()

    class D(C):
        pass

    o.__class__ = D
    check()
    D.m = lambda self: 2
    check()
    C.__getattribute__ = lambda self, name: name
    check()


def test_uninterned_instance_key():
    class C:
        def m(self):
            return 1

    a, b = C(), C()
    site = hot.Site("m")
    a.__dict__["".join("m")] = "mine"
    key = "".join(["lo", "ng"])
    b.__dict__[key] = 1
    for _ in range(3):
        check_site(site, b, "m")
        check_site(site, a, "m")
    C.long = lambda self: 0
    site = hot.Site("long")
    for _ in range(3):
        check_site(site, b, "long")
        check_site(site, a, "long")


def test_descriptor_class_changes():
    class Desc:
        pass

    class C:
        d = Desc()

    o = C()
    site = hot.Site("d")
    check_site(site, o, "d")
    Desc.__get__ = lambda self, obj, cls: "got"
    check_site(site, o, "d")
    o.__dict__["d"] = 1
    check_site(site, o, "d")
    Desc.__set__ = lambda self, obj, v: None
    check_site(site, o, "d")


def test_store_attr():
    class C:
        default = 0

    site_x, site_d = hot.Site("x"), hot.Site("default")
    for i in range(20):
        o = C()
        for flags in (0, 5, 1, 4):
            for _ in range(2):
                site_x.store(o, ("v", i), flags)
                site_d.store(o, i + 1000, flags)
                assert o.x == ("v", i) and o.default == i + 1000
        assert list(o.__dict__) == ["x", "default"]
        site_x.store(o, 5, 0)
        assert o.__dict__ == {"x": 5, "default": i + 1000}
        o.__dict__["more"] = 1
        site_x.store(o, 6, 0)
        assert o.x == 6 and vars(o)["x"] == 6
    s = hot.Site("a")
    for _ in range(3):
        o = Slotted()
        s.store(o, 1, 0)
        s.store(o, 2, 0)
        assert o.a == 2
        with pytest.raises(AttributeError):
            hot.Site("k").store(o, 1, 0)
    C.x = property(lambda self: 1)
    assert outcome(site_x.store, o, 1, 0)[0] is AttributeError or True
    assert outcome(site_x.store, C(), 1, 0) == outcome(setattr, C(), "x", 1)
    with pytest.raises(AttributeError):
        hot.Site("q").store(5, 1, 0)


def test_store_drops_the_old_value_after_storing():
    seen = []

    class Dying:
        def __del__(self):
            seen.append(type(o.x))

    class C:
        pass

    o = C()
    site = hot.Site("x")
    for _ in range(3):
        site.store(o, Dying(), 5)
    site.store(o, "end", 0)
    assert seen == [Dying, Dying, str]


def test_globals():
    space = {"hot": hot, "site": hot.Site("name"), "len_site": hot.Site("len")}
    exec("def f(): return site.load_global()\ndef g(): return len_site.load_global()", space)
    f, g = space["f"], space["g"]
    for _ in range(2):
        with pytest.raises(NameError, match="^name 'name' is not defined$") as info:
            f()
        assert info.value.name == "name"
    space["name"] = 1
    assert f() == 1 and f() == 1
    space["name"] = 2
    assert f() == 2
    assert g() is len and g() is len
    space["other"] = 1
    assert g() is len
    space["len"] = "mine"
    assert g() == "mine" and g() == "mine"
    del space["len"]
    assert g() is len
    del space["name"]
    space["x1"] = 5
    with pytest.raises(NameError):
        f()


def test_references_balance():
    o, v = Plain(), object()
    l, d = [v, v], {"k": v}
    sites = {n: hot.Site(n) for n in ("x", "method", "prop", "cls", "static")}

    def work():
        for flags in range(4):
            hot.subscr(l, 1, flags), hot.subscr(d, "k", flags), hot.contains(v, l, flags), hot.cond("eq", v, l, flags)
            hot.store_subscr(v, l, 0, flags), hot.store_subscr(v, d, "k", flags | 4)
            (
                hot.binary("add", l, l, flags, None),
                outcome(hot.binary, "add", l, v, flags, None),
                outcome(hot.binary, "mul", v, v, flags, 5),
            )
            hot.truth(l, flags & 1), hot.loop(l, 1, 0, 100)
            for s in sites.values():
                s.load(o, flags & 1), s.method(o, flags & 1, 0), s.method(o, flags & 1, 1)
            sites["x"].store(o, v, flags & 5)

    objects = (o, v, l, d, Plain, Plain.method, None, Plain.__dict__["static"].__func__)
    work()
    gc.collect()
    before = [sys.getrefcount(x) for x in objects]
    for _ in range(50):
        work()
    gc.collect()
    after = [sys.getrefcount(x) for x in objects]
    assert all(abs(b - a) < 5 for a, b in zip(before, after)), (before, after)

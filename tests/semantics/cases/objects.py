"""Classes, attributes, descriptors, construction, finalisation."""
import functools


def case_methods():
    class A:
        kind = "A"

        def __init__(self, v):
            self.v = v

        def get(self):
            return self.v

        def chain(self):
            self.v += 1
            return self

        @classmethod
        def make(cls, v):
            return cls(v * 2)

        @staticmethod
        def stat(x):
            return ("stat", x)

        @property
        def prop(self):
            return self.v * 10

        @prop.setter
        def prop(self, value):
            self.v = value

        @prop.deleter
        def prop(self):
            self.v = None

    class B(A):
        kind = "B"

        def get(self):
            return ("B", super().get(), super(B, self).kind)

        @classmethod
        def make(cls, v):
            return super().make(v + 1)
    a, b = A(1), B.make(4)
    a.prop = 7
    bound = a.get
    out = make_list([a.get(), bound(), b.get(), a.chain().chain().v, A.stat(3), b.stat(4), b.prop, type(b).__name__, A.get(a), a.kind])
    del a.prop
    out.append(a.v)
    return out


def case_attribute_shadowing():
    class C:
        x = 1

        def m(self):
            return "class"
    out = make_list()
    c = C()
    for n in range(6):
        out.append((c.x, c.m()))
        if n == 1:
            c.x = 2
        if n == 2:
            c.m = lambda: "instance"
        if n == 3:
            C.x = 10
            del c.x
        if n == 4:
            del c.m
            C.m = lambda self: "patched"
    return out


def case_class_default():
    class C:
        x = None

        def __init__(self, set_it):
            if set_it:
                self.x = 1

        def describe(self):
            return self.x

    made = make_list([])
    for set_it in (True, False, False, True):
        c = C(set_it)
        made.append(c.describe())
        c.x = "own"
        made.append((c.describe(), c.x))
        del c.x
        made.append(c.describe())
        vars(c)["x"] = "dict"
        made.append((c.describe(), c.x))
    return made


def case_getattr_hooks():
    class G:
        def __getattr__(self, name):
            LOG.append(name)
            if name.startswith(pick("no", "never")):
                raise AttributeError(name)
            return name.upper()

    class H:
        def __getattribute__(self, name):
            LOG.append(name)
            return object.__getattribute__(self, name)

        def __setattr__(self, name, value):
            LOG.append((name, value))
            object.__setattr__(self, name, value)

        def __delattr__(self, name):
            LOG.append(("del", name))
            object.__delattr__(self, name)
    g, h = G(), H()
    h.z = 1
    out = make_list([g.abc, h.z, h.__class__.__name__])
    del h.z
    try:
        g.nothing
    except AttributeError as e:
        out.append(str(e))
    return out


def case_slots():
    class S:
        __slots__ = ("a", "b")

        def __init__(self):
            self.a = 1
    s = S()
    s.b = s.a + 1
    out = make_list([s.a, s.b])
    del s.b
    if pick(0, 1):
        s.b = 5
    try:
        s.b
    except AttributeError as e:
        out.append(str(e))
    try:
        pick(s, type("T", (), {})()).c = 1
    except AttributeError as e:
        out.append(type(e).__name__)
    return out


def case_polymorphic():
    class A:
        def __init__(self):
            self.x = 1

    class B:
        def __init__(self):
            self.y = 0
            self.x = 2

    class C:
        x = 3

    class D:
        __slots__ = ("x",)

        def __init__(self):
            self.x = 4

    class E:
        x = property(lambda self: 5)
    out = make_list()
    for o in [A(), B(), C(), D(), A(), B(), C(), D(), E()] * 3:
        out.append(o.x)
        try:
            o.x = o.x + 10
        except AttributeError as e:
            out.append(str(e))
    return out


def case_many_attributes():
    class Big:
        pass
    b = Big()
    for i in range(60):
        setattr(b, f"a{i}", i)
    out = make_list()
    for _ in range(3):
        out.append(b.a0 + b.a59)
        b.a30 = b.a30 + 1
    b.__dict__ = {"a0": "new", "a59": "dict", "a30": 5}
    out.append(b.a0 + b.a59)
    b.a30 = 6
    out.append(b.__dict__["a30"])
    return out


def case_class_statement():
    class Meta(type):
        def __new__(mcls, name, bases, ns, **kw):
            LOG.append((name, sorted(k for k in ns if not k.startswith("__")), kw))
            return super().__new__(mcls, name, bases, ns)

        def __init__(cls, name, bases, ns, **kw):
            super().__init__(name, bases, ns)

    source = each(range(3))

    class A(metaclass=Meta, flag=1):
        x = 1
        y = x + 1
        z = [i for i in source]

        def f(self):
            return __class__.__name__

        class Inner:
            v = "inner"
    return A().f(), A.z, A.Inner.v, A.y


def case_class_scopes():
    x = "outer"

    class A:
        seen = x
        own = len(x)

        def get(self):
            return x
    return A.seen, A.own, A().get()


def case_class_body_errors():
    def make():
        class A:
            x = undefined_in_class
        return A.x
    if pick(0, 1):
        globals()["undefined_in_class"] = 5
    try:
        return make()
    except NameError as e:
        return str(e)


def case_decorators():
    def deco(tag):
        def wrap(f):
            @functools.wraps(f)
            def inner(*a, **k):
                return tag, f(*a, **k)
            return inner
        return wrap

    @deco("one")
    @deco("two")
    def f(x):
        return x
    return f(1), f.__name__


def case_init_and_new():
    class P:
        def __new__(cls, *args, **kw):
            LOG.append(("new", args, kw))
            return super().__new__(cls)

        def __init__(self, a, b=2):
            self.t = (a, b)

    class Q:
        def __init__(self, v):
            self.v = v

    class R(Q):
        pass

    class Bad:
        def __init__(self):
            return 5
    out = make_list([P(1).t, P(1, b=3).t, Q(4).v, R(v=5).v, [Q(i).v for i in range(5)]])
    for f in (Bad, Q, lambda: Q(1, *pick((2,), ())).v, lambda: type(object(*pick((1,), ())))):
        try:
            out.append(f())
        except TypeError as e:
            out.append(str(e).split(".")[-1])
    return out


def case_init_patched():
    class Q:
        def __init__(self, v):
            self.v = v

    def make(n):
        return Q(n).v
    out = make_list([make(i) for i in range(4)])

    def other(self, v):
        self.v = -v
    Q.__init__ = other
    out += [make(i) for i in range(4)]
    return out


def case_call_protocol():
    class C:
        def __call__(self, *a, **k):
            return a, k
    c = C()
    part = functools.partial(lambda a, b: a - b, 10)
    return c(1, x=2), part(3), functools.reduce(lambda a, b: a + b, [1, 2, 3])


def case_descriptor():
    class D:
        def __get__(self, obj, owner):
            return ("get", obj is None)

        def __set__(self, obj, value):
            LOG.append(value)

        def __set_name__(self, owner, name):
            LOG.append(name)

    class O:
        d = D()
    o = O()
    o.d = 5
    o.__dict__["d"] = "hidden"
    return o.d, O.d


def case_finalizers():
    divisor = pick(0, 1)

    class F:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            LOG.append(("del", self.n))
    a = F(1)
    a = F(2)
    b = [F(3), F(4)]
    del b[0]
    for x in (F(5),):
        LOG.append("loop")
    x = None
    F(6)
    LOG.append("end")

    def f():
        local = F(7)
        return 1 // divisor
    divide(f)
    LOG.append("after")
    return "ok"


def divide(f):
    try:
        return f()
    except ZeroDivisionError:
        LOG.append("caught")


def case_division_in_call():
    def call(f, *args):
        return divide(lambda: f(*args))
    return call(divmod, 1, 1), call(divmod, 1, 0), call(int, "x")


def case_weakrefs():
    import weakref

    class W:
        pass

    def gone(_):
        LOG.append("gone")
    gone(None)
    w = W()
    r = weakref.ref(w, gone)
    alive = r() is w
    del w
    return alive, r()


def case_annotations():
    def f(a: int, b: "str" = "x", *c: float) -> None:
        x: int = 5
        return x

    class K:
        n: int = 3
        m: str
    return f(1), sorted(f.__annotations__), sorted(K.__annotations__)


def case_operators_overloaded():
    class V:
        def __init__(self, n):
            self.n = n

        def __add__(self, o):
            return V(self.n + o.n)

        def __iadd__(self, o):
            self.n += o.n
            return self

        def __neg__(self):
            return V(-self.n)

        def __lt__(self, o):
            return self.n < o.n

        def __eq__(self, o):
            return isinstance(o, V) and self.n == o.n

        def __hash__(self):
            return hash(self.n)

        def __contains__(self, x):
            return x == self.n

        def __bool__(self):
            return self.n != 0

        def __len__(self):
            return 99

        def __iter__(self):
            return iter(range(self.n))

        def __call__(self, *a):
            return len(a)
    a, b = V(2), V(3)
    c = a
    c += b
    return ((a + b).n, (-a).n, a < b, a == V(5), a in {V(5)}, 5 in a, not V(0), list(a), a(1, 2), c is a, [*b], max(a, b).n)


def case_module_attributes():
    import math
    import types
    m = types.ModuleType("m")
    m.x = 1
    out = make_list()
    for i in range(4):
        out.append((m.x, math.pi > 3))
        m.x = m.x + i
        if i == 2:
            m.__dict__["y"] = 5
            out.append(m.y)
    m.__getattr__ = lambda name: name * 2
    out.append(m.zz)
    try:
        pick(math, m).no_such
    except AttributeError as e:
        out.append(str(e))
    return out


def case_class_attributes():
    class Meta(type):
        @property
        def computed(cls):
            return cls.__name__ + "!"

        shared = "meta"

    class A(metaclass=Meta):
        x = 1

        def f(self):
            return "f"
    out = make_list()
    for i in range(4):
        out += [A.x, A.computed, A.shared, A.f(None)]
        A.x = A.x + 1
        if i == 1:
            A.shared = "own"
    return out

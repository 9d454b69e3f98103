"""Methods, attributes, descriptors, overloaded operators."""

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

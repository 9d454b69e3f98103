"""Making classes and instances: bodies, decorators, construction, calls, finalisation."""

import functools


def case_class_statement():
    class Meta(type):
        def __new__(mcls, name, bases, ns, **kw):
            LOG.append((name, sorted(k for k in ns if not pick(k, 0).startswith("__")), kw))
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

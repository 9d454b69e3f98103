"""PEP 695 generics and type aliases, nested f-strings, inlined comprehensions (3.12 and later)."""


def case_type_alias():
    type Pair = tuple[int, int]
    type Gen[T] = list[T]
    return Pair.__name__, str(Pair.__value__), Gen.__type_params__[0].__name__, str(Gen[int]), str(Gen.__value__), Pair.__module__


def case_generic_function():
    def first[T](xs: list[T]) -> T:
        return xs[0]

    def bound[T: int, *Ts, **P](x: T) -> T:
        return x

    def constrained[T: (int, str)](x: T) -> T:
        return x
    return (first([1, 2]), bound(1), constrained("x"), [str(p) for p in bound.__type_params__], bound.__type_params__[0].__bound__,
            constrained.__type_params__[0].__constraints__, first.__type_params__[0].__module__)


def case_generic_class():
    class Box[T]:
        def __init__(self, v: T):
            self.v = v

        def map[U](self, f) -> "Box[U]":
            return Box(f(self.v))

    class Sub[T](Box[T]):
        pass
    return Box(3).map(lambda x: x + 1).v, Box.__type_params__[0].__name__, [b.__name__ for b in each(Sub.__mro__)], Sub[int].__args__


def case_alias_lazy():
    type Rec = list[Missing]
    if pick(0, 1):
        globals()["Missing"] = int
    try:
        LOG.append(str(Rec.__value__))
    except NameError as e:
        return str(e)


def case_inlined_comprehension_scopes():
    x = "outer"
    a = [x for x in each(range(3))]
    b = [(x, [x for x in each("ab")]) for x in each((1, 2))]
    f = [lambda: x for x in each(range(2))]
    try:
        [1 // x for x in (1, pick(0, 1))]
    except ZeroDivisionError:
        pass
    c = [(z := y) for y in each((5, 6))]
    return x, a, b, [g() for g in each(f)], c, z


class InClass:
    values = [1, 2]
    other = values


def class_with(numbers, keys):
    class C:
        doubled = [v * 2 for v in numbers]
        table = {k: len(str(k)) for k in keys}
    return C.doubled, C.table


def case_class_comprehension():
    return InClass.other, class_with(each([3, 4]), each((1, 22)))


def case_unbound_after_comprehension():
    try:
        if pick(0, 1):
            globals()["q"] = 1
        [q for q in each([1])]
        return q
    except NameError as e:
        return str(e)


def case_nested_fstring():
    names = ["a", "b"]
    return f"{", ".join(f"{pick(n, 0)!r:>5}" for n in names)}"


def case_super_forms():
    class A:
        def m(self):
            return "A.m"

        @property
        def p(self):
            return "A.p"

    class B(A):
        def m(self):
            return super().m() + super(B, self).m() + super().p

        def missing(self):
            return getattr(super(), pick("m", "nothing")), super().nothing
    if pick(0, 1):
        A.nothing = 1
    try:
        return B().missing()[1]
    except AttributeError as e:
        return B().m(), str(e)


def case_shadowed_super():
    class A:
        def m(self):
            return 1

    class B(A):
        def m(self):
            return super().m()
    globals()["super"] = lambda *a: A()
    try:
        return B().m()
    finally:
        del globals()["super"]

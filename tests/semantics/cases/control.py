"""Loops, branches, and every statement that moves control."""


def case_for_else():
    out = make_list()
    for limit in (3, 10):
        for i in range(5):
            if i == limit:
                out.append("break")
                break
        else:
            out.append("else")
    return out


def case_while_else():
    out = make_list()
    n = 0
    while n < 3:
        n += 1
        if n == 2:
            continue
        out.append(n)
    else:
        out.append("done")
    while True:
        n -= 1
        if n < 0:
            break
    else:
        out.append("never")
    return out, n


def case_nested_loops():
    out = make_list()
    for a in range(3):
        for b in "xyz":
            if b == "y" and a == 1:
                continue
            if a == 2:
                break
            out.append((a, b))
    return out


def case_iterate_kinds():
    out = make_list()
    for x in [1, 2]:
        out.append(x)
    for x in (3, 4):
        out.append(x)
    for x in {"k": 1, "l": 2}:
        out.append(x)
    for x, y in {"k": 1}.items():
        out.append((x, y))
    for x in "ab":
        out.append(x)
    for x in range(10, 0, -3):
        out.append(x)
    for x in range(2**62, 2**62 + 3):
        out.append(x)
    for x in range(2**70, 2**70 + 2):
        out.append(x)
    for x in enumerate(["p", "q"]):
        out.append(x)
    for x in zip([1, 2], "ab"):
        out.append(x)
    for x in map(str, [1]):
        out.append(x)
    for x in iter([1, 2, 3].pop, 1):
        out.append(x)
    for x in b"\x01\x02":
        out.append(x)
    for x in pick([], [1]):
        out.append("never")
    return out


def case_iterate_user():
    class It:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n

    class Seq:
        def __getitem__(self, i):
            if i > 2:
                raise IndexError
            return i * 10
    return [x for x in It(3)], [x for x in Seq()]


def case_iterate_not_iterable():
    for x in pick(5, [5]):
        pass


def case_iterate_raises():
    class It:
        def __iter__(self):
            return self

        def __next__(self):
            self.n += 1
            if self.n == pick(1, 3):
                raise KeyError("inside next")
            if self.n == 2:
                raise StopIteration
            return 1
        n = 0
    for x in It():
        LOG.append("next")


def case_list_changes_while_iterating():
    items = [1, 2, 3, 4]
    out = make_list()
    for x in items:
        out.append(x)
        if x == 2:
            items.remove(1)
        if len(items) < 6:
            items.append(x + 10)
    return out, items


def case_dict_changes_while_iterating():
    d = {1: 1}
    for k in d:
        d[k + pick(1, 0)] = 1


def case_and_or():
    out = make_list()
    for a in (0, 1, "", "x", None, [], [0]):
        for b in (0, 5):
            out.append((a and b, a or b, not a, a and b or 7, (a or b) and (b or a)))
    return out


def case_ternary():
    return [("neg" if x < 0 else "zero" if x == 0 else "pos") for x in each((-1, 0, 1))]


def case_is_none():
    out = make_list()
    for v in (None, 0, ""):
        if v is None:
            out.append("none")
        if v is not None:
            out.append("value")
        out.append(v is None)
        out.append(v is not None)
        while v is None:
            v = pick(1, None)
    return out


def case_in():
    out = make_list([1 in [1], 1 not in [1], "a" in "abc", 3 in {1: 2}, 4 not in (1, 2)])
    if 2 in [2]:
        out.append("in")
    if 2 not in {3}:
        out.append("not in")
    return out


def case_in_raises():
    return 1 in pick(5, [1])


def case_walrus():
    data = [1, 2, 3, 4]
    if (n := len(data)) > 3:
        out = make_list([n])
    while (item := data.pop()) > 2:
        out.append(item)
    return out, item, [y := 1, y ** 2], [last := x for x in range(3)], last


def case_assert():
    assert True, "fine"
    x = pick(3, 4)
    assert x == 4, f"x is {x}"


def case_assert_bare():
    assert not LOG
    LOG.append(1)
    assert not pick(LOG, 0)


def case_del():
    a = 1
    b = [1, 2, 3]
    c = {"k": 1}

    class O:
        pass
    o = O()
    o.attr = 1
    del a, b[0], c["k"], o.attr
    if pick(0, 1):
        a = 5
    try:
        return a
    except UnboundLocalError as e:
        LOG.append(str(e))
    if pick(0, 1):
        a = 6
    try:
        del a
    except UnboundLocalError as e:
        LOG.append(str(e))
    return b, c, hasattr(o, "attr")


def case_unbound():
    if pick(0, 1):
        value = 1
    return value


def case_unbound_loop():
    for i in pick([], [1]):
        found = i
    print(found)


def case_conditionally_unbound():
    out = make_list()
    for n in range(5):
        try:
            if n in (1, 3):
                v = n
            out.append(v)
            if n == 1:
                del v
        except NameError as e:
            out.append(type(e).__name__)
    return out


def case_global_undefined():
    if pick(0, 1):
        globals()["no_such_name"] = 1
    return no_such_name + 1


COUNTER = 0


def bump():
    global COUNTER
    COUNTER += 1
    return COUNTER


def case_globals():
    global COUNTER, FRESH
    COUNTER = 5
    FRESH = "new"
    out = make_list([bump(), bump(), COUNTER, FRESH])
    del FRESH
    if pick(0, 1):
        FRESH = "again"
    try:
        FRESH
    except NameError as e:
        out.append(str(e))
    try:
        del FRESH
    except NameError as e:
        out.append(str(e))
    return out


def use_len(x):
    return len(x)


def case_shadowed_builtin():
    out = make_list([use_len([1, 2])])
    globals()["len"] = lambda x: "shadow"
    try:
        out.append(use_len([1]))
    finally:
        del globals()["len"]
    out.append(use_len("abc"))
    return out


def case_builtins_changed():
    import builtins
    out = make_list([use_len((1,))])
    saved = builtins.len
    builtins.len = lambda x: "patched"
    try:
        out.append(use_len([]))
    finally:
        builtins.len = saved
    out.append(use_len([1, 2]))
    return out


def case_locals_function():
    a = 1
    b = "x"
    d = dict(locals())
    return sorted(d.items())


def case_frame_introspection():
    import sys
    f = sys._getframe()
    line = f.f_lineno
    inner = [sys._getframe().f_back is not None for _ in range(2)]
    return f.f_code.co_name, line - f.f_code.co_firstlineno, f.f_locals.get("line"), inner


def inner_lines():
    import sys
    return sys._getframe(1).f_lineno


def case_caller_lines():
    first = inner_lines()
    second = (inner_lines(),
              inner_lines())
    third = [
        inner_lines()
        for _ in range(2)
    ]
    return [first, second, third]


def case_match():
    class P:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def kind(v):
        match v:
            case 0 | 1:
                return "small"
            case int(n) if n > 100:
                return ("big", n)
            case int():
                return "int"
            case "a" | "b" as s:
                return ("letter", s)
            case [x]:
                return ("one", x)
            case [x, y]:
                return ("two", x, y)
            case [first, *rest]:
                return ("many", first, rest)
            case {"k": val, **rest}:
                return ("map", val, rest)
            case {}:
                return "mapping"
            case P(0, y):
                return ("P0", y)
            case P(x=px, y=py):
                return ("P", px, py)
            case None:
                return "none"
            case str(t):
                return ("str", t)
            case _:
                return "other"
    return [kind(v) for v in (0, 1, 5, 500, "a", "b", "zz", [1], (1, 2), [1, 2, 3, 4], {"k": 1, "m": 2}, {}, {"z": 1},
                              P(0, 1), P(2, 3), None, 2.5, True, [], b"xy")]


def match_three(value, one, two, three):
    match value:
        case 1 | 2:
            return "number"
        case one(1):
            return "first"
        case two(2) | two(1, 3):
            return "second"
        case three(1, 2):
            return "third"
        case _:
            return "default"


def case_match_errors():
    def point(x, y, args=("x", "y")):
        return type("Point", (), {"__match_args__": args, "x": x, "y": y})()
    values = [point(1, 2), point(1, 3), point(2, 2), point(5, 5), point(1, 2, ["x"]), point(1, 2, ("x",)), point(1, 2, ("z", "x")),
              point(1, 2, (3,)), point(1, 2, ())]
    out = make_list([match_three(1, int, int, int), match_three(2, str, str, str), match_three("x", int, int, int)])
    nothing = type("Nothing", (), {})
    for value in values:
        for place in range(3):
            classes = [nothing, nothing, nothing]
            classes[place] = type(value)
            try:
                out.append(match_three(value, *classes))
            except TypeError as e:
                out.append(str(e))
    for other in (5, "x"):
        try:
            match_three(3, other, other, other)
        except TypeError as e:
            out.append(str(e))
    return out


def case_early_returns():
    def f(n):
        for i in range(10):
            for j in range(10):
                if i * j == n:
                    return i, j
        return None
    return [f(n) for n in (0, 12, 81, 97)]


def case_large_jump():
    x = 0
    for i in range(3):
        if i == 1:
            x += 1; x += 2; x += 3; x += 4; x += 5; x += 6; x += 7; x += 8; x += 9; x += 10; x += 11; x += 12
            x += 1; x += 2; x += 3; x += 4; x += 5; x += 6; x += 7; x += 8; x += 9; x += 10; x += 11; x += 12
            x += 1; x += 2; x += 3; x += 4; x += 5; x += 6; x += 7; x += 8; x += 9; x += 10; x += 11; x += 12
            x += 1; x += 2; x += 3; x += 4; x += 5; x += 6; x += 7; x += 8; x += 9; x += 10; x += 11; x += 12
            x += 1; x += 2; x += 3; x += 4; x += 5; x += 6; x += 7; x += 8; x += 9; x += 10; x += 11; x += 12
    return x

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

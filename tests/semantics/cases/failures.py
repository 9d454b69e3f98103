"""What operations raise, and the tracebacks and references that it leaves."""

import sys


def boom(text="boom"):
    raise ValueError(text)


def case_deep_traceback():
    def a(n):
        if n == 0:
            return 1 // pick(n, 1)
        return a(n - 1)
    return a(4)


def case_traceback_lines():
    x = [
        1,
        boom(
            "multi"
        ),
        2,
    ]
    return x


def case_traceback_kept():
    try:
        boom("kept")
    except ValueError as e:
        saved = e
        LOG.append(repr(e))
    frames = []
    tb = saved.__traceback__
    while tb:
        frames.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, sorted(tb.tb_frame.f_locals)))
        tb = tb.tb_next
    return frames


def case_error_in_arguments():
    def f(a, b):
        return a
    return f(1, boom("arg"))


def case_attribute_error():
    return pick(5, type).__name__


def case_index_error():
    x = [1, 2]
    return x[pick(10, 1)]


def case_key_error():
    return {"a": 1}[pick("b", "a")]


def case_subscript_type():
    key = pick("x", 0)
    return [1][key]


def case_store_errors():
    out = make_list()
    try:
        pick((1,), [1])[0] = 2
    except TypeError as e:
        out.append(str(e))
    try:
        [1][pick(5, 0)] = 2
    except IndexError as e:
        out.append(str(e))
    try:
        pick(5, boom).x = 1
    except AttributeError as e:
        out.append(str(e))
    try:
        del [1][pick(7, 0)]
    except IndexError as e:
        out.append(str(e))
    try:
        {}[pick([], 0)] = 1
    except TypeError as e:
        out.append(str(e))
    return out


def case_refcounts_after_exceptions():
    class Tracked:
        pass
    obj = Tracked()
    before = sys.getrefcount(obj)

    def use(o):
        a = [o, o]
        b = {"k": o}
        for x in a:
            try:
                raise ValueError(o)
            except ValueError as e:
                c = pick(e, 5).args
        boom()
    for _ in range(5):
        try:
            use(obj)
        except ValueError:
            pass
    return sys.getrefcount(obj) - before

"""Bound and unbound names, globals, builtins, what frames show."""

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

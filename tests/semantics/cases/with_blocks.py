"""With statements: entering, leaving by every way, managers that fail."""

class Manager:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        LOG.append(("enter", self.name))
        return self.name

    def __exit__(self, kind, value, tb):
        LOG.append(("exit", self.name, kind and kind.__name__, str(value), tb is not None))
        return self.swallow


def boom(text="boom"):
    raise ValueError(text)


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return repr(e)


def use_one(manager, fail):
    with manager as a:
        LOG.append(a)
        if fail:
            boom()
    return "done"


def use_two(first, second, fail):
    with first as a, second as b:
        LOG.append((a, b))
        if fail:
            boom()
    return "done"


def case_with():
    return [attempt(use_two, Manager("a", s), Manager("b", t), fail)
            for s in (0, 1) for t in (0, 1) for fail in (0, 1)] + [use_one(Manager("c", 1), fail) for fail in (0, 1)]


def case_with_raises():
    with Manager("a"):
        with Manager("b"):
            boom()


def case_with_swallow():
    with Manager("a", swallow=pick(True, False)):
        boom()
        LOG.append("never")
    return "after"


def case_with_return():
    with Manager("a", pick(False, True)):
        return LOG[pick(0, 9)][0]


def case_with_break():
    out = make_list()
    for swallow in (False, True):
        for fail in range(5):
            out.append(attempt(leave_loop, swallow, fail))
    return out


def leave_loop(swallow, fail):
    for i in range(3):
        with Manager(i, swallow):
            if i == 2:
                break
            if i == 0:
                continue
            if i == fail:
                boom()
            if fail == 4:
                return "returned"
    for i in range(3):
        with Manager(i, swallow):
            if i > fail:
                boom()
    return i


class Unfit:
    """A manager that fails where it is told to."""

    def __init__(self, where):
        self.where = where

    def __enter__(self):
        if self.where == "enter":
            boom("enter")
        return (1, (2, 3))

    def __exit__(self, *a):
        LOG.append(self.where)
        if self.where == "exit":
            raise KeyError("exit")
        return self.where == "swallow"


class OnlyEnter:
    __enter__ = Unfit.__enter__


def case_with_exit_raises():
    use_one(Unfit("exit"), True)


def case_with_enter_raises():
    use_one(Unfit("enter"), False)


def case_with_not_manager():
    use_one(5, False)


def case_with_no_exit():
    use_one(OnlyEnter(), False)


def case_with_unfit():
    managers = [5, OnlyEnter(), Unfit("enter"), Unfit("exit"), Unfit("swallow"), Unfit(""), Manager("m")]
    return [(attempt(use_one, m, fail), [attempt(use_two, m, n, fail) for n in managers], attempt(use_target, m, fail))
            for m in managers for fail in (False, True)]


def use_target(manager, fail):
    with manager as (a, (b, c)):
        if fail:
            boom()
        return a, b, c


def case_with_target_unpack():
    with Unfit("") as (a, (b, c)):
        LOG.append((a, b, c))
    return use_target(Unfit("swallow"), False)


def case_with_in_try():
    try:
        with Manager("x"):
            boom("inside with")
    except ValueError as e:
        return str(e), e.__context__


def case_generator_close_in_with():
    def gen():
        with Manager("g"):
            yield 1
            yield 2
    for v in gen():
        LOG.append(v)
        if v == pick(1, 5):
            break
    return "ok"

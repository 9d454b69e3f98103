"""Raising, catching, re-raising, finally, with, and what exceptions carry."""
import sys


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


def case_catch():
    out = make_list()
    try:
        boom()
    except ValueError as e:
        out.append(str(e))
    try:
        boom()
    except (KeyError, ValueError):
        out.append("tuple")
    try:
        boom()
    except Exception:
        out.append("base")
    try:
        boom()
    except:
        out.append("bare")
    else:
        out.append("never")
    try:
        out.append("fine")
        if pick(0, 1):
            raise ValueError
    except ValueError:
        out.append("never")
    else:
        out.append("else")
    finally:
        out.append("finally")
    return out


def case_not_caught():
    try:
        if pick(0, 1):
            raise KeyError
        boom()
    except KeyError:
        return "no"


def case_exc_info():
    out = make_list([sys.exc_info()])
    try:
        boom("a")
    except ValueError:
        out.append(sys.exc_info()[0].__name__)
        try:
            pick({}, {"k": 1})["k"]
        except KeyError:
            out.append(sys.exc_info()[0].__name__)
        out.append(sys.exc_info()[0].__name__)
    out.append(sys.exc_info()[0])
    return out


def case_context():
    try:
        boom("first")
    except ValueError:
        raise KeyError("second")


def case_cause():
    try:
        boom("first")
    except ValueError as e:
        raise KeyError("second") from e


def case_from_none():
    try:
        boom("first")
    except ValueError:
        raise KeyError("second") from None


def case_reraise():
    try:
        boom("again")
    except ValueError:
        LOG.append("seen")
        raise


def case_reraise_nested():
    try:
        try:
            boom("inner")
        except ValueError:
            try:
                raise KeyError("other")
            except KeyError:
                pass
            raise
    except ValueError as e:
        return str(e), repr(e.__context__)


def case_reraise_nothing():
    raise


def case_raise_class():
    raise KeyError


def case_raise_not_exception():
    raise 5


def case_raise_bad_cause():
    raise ValueError("x") from 5


def case_raise_from_class():
    raise ValueError("x") from KeyError


def case_raise_class_returns_other():
    class Odd(Exception):
        def __new__(cls, *args):
            return 5
    raise Odd


def case_name_deleted():
    try:
        boom()
    except ValueError as e:
        LOG.append(repr(e))
    if pick(0, 1):
        e = 5
    try:
        e
    except NameError as exc:
        return str(exc)


def case_finally_order():
    out = make_list()

    def f(n):
        try:
            out.append("try")
            if n == 1:
                return "returned"
            if n == 2:
                boom()
            if n == 3:
                raise KeyError
        except KeyError:
            out.append("except")
            return "handler"
        else:
            out.append("else")
        finally:
            out.append("finally")
        return "end"
    result = [f(0), f(1), f(3)]
    try:
        f(2)
    except ValueError:
        result.append("propagated")
    return result, out


def case_finally_overrides():
    def f():
        try:
            return boom()
        finally:
            LOG.append("finally")
            return 2

    def g():
        for i in range(3):
            try:
                boom()
            finally:
                LOG.append(i)
                continue
        return "swallowed"

    def h():
        while True:
            try:
                boom()
            finally:
                LOG.append("finally")
                break
        return "broken"
    return f(), g(), h()


def case_finally_raises():
    return finally_looks_up(True, {})


def finally_looks_up(fail, table):
    try:
        if fail:
            boom("first")
    finally:
        table["second"]


def case_finally_looks_up():
    return [attempt(finally_looks_up, fail, table) for fail in (0, 1) for table in ({"second": 2}, {})]


def case_nested_try():
    out = make_list()
    for n in range(5):
        try:
            try:
                if n == 0:
                    boom()
                if n == 1:
                    pick({}, {1: 1})[1]
                if n == 2:
                    pick([], [1, 2])[1]
                if n == 3:
                    pick(None, str).join
            except ValueError:
                out.append("value")
                if n == pick(0, 1):
                    raise IndexError("from handler")
            except KeyError as e:
                out.append(repr(e))
            finally:
                out.append(n)
        except IndexError as e:
            out.append(str(e))
            continue
        except AttributeError as e:
            out.append(str(e))
            break
        else:
            out.append("clean")
    return out


def case_loop_with_try():
    total = 0
    for i in range(50):
        try:
            if i % 3 == 0:
                raise ValueError(i)
            if i % 5 == 0:
                raise KeyError(i)
            total += i
        except ValueError as e:
            total += e.args[0] * pick(100, None)
        except KeyError:
            continue
        finally:
            total += 1
    return total


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


def case_exception_in_handler_match():
    try:
        boom()
    except pick(len, ValueError):
        pass


def case_bad_except_type():
    return match_type(5)


def match_type(kind):
    try:
        boom()
    except kind:
        return "matched"


def case_except_types():
    return [attempt(match_type, kind) for kind in (5, ValueError, KeyError, (KeyError, ValueError), (), len, (5,))]


def case_except_expression_evaluated():
    def kind(name):
        LOG.append(name)
        return pick({"k": KeyError, "v": ValueError}, {"k": ValueError, "v": KeyError})[name]
    try:
        boom()
    except kind("k"):
        pass
    except kind("v"):
        LOG.append("caught")


def case_stop_iteration():
    def f():
        if pick(1, 0):
            raise StopIteration(5)
    try:
        f()
    except StopIteration as e:
        return e.value + pick(1, "x")


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


def case_finally_return_in_loop():
    def f(stop, fail):
        for i in range(5):
            try:
                if i == stop:
                    return i
                if i == fail:
                    boom()
            finally:
                LOG.append(i)
    return [attempt(f, stop, fail) for stop in (0, 3, 7) for fail in (2, 7)]


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

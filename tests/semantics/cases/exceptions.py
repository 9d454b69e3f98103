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
    except ValueError:
        out.append("never")
    else:
        out.append("else")
    finally:
        out.append("finally")
    return out


def case_not_caught():
    try:
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
            {}["k"]
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
        pass
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
            return 1
        finally:
            return 2

    def g():
        for i in range(3):
            try:
                boom()
            finally:
                continue
        return "swallowed"

    def h():
        while True:
            try:
                boom()
            finally:
                break
        return "broken"
    return f(), g(), h()


def case_finally_raises():
    try:
        boom("first")
    finally:
        {}["second"]


def case_nested_try():
    out = make_list()
    for n in range(5):
        try:
            try:
                if n == 0:
                    boom()
                if n == 1:
                    {}[1]
                if n == 2:
                    [][1]
                if n == 3:
                    None.attr
            except ValueError:
                out.append("value")
                if n == 0:
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
            total += e.args[0] * 100
        except KeyError:
            continue
        finally:
            total += 1
    return total


def case_with():
    with Manager("a") as a, Manager("b") as b:
        LOG.append((a, b))
    return "done"


def case_with_raises():
    with Manager("a"):
        with Manager("b"):
            boom()


def case_with_swallow():
    with Manager("a", swallow=True):
        boom()
        LOG.append("never")
    return "after"


def case_with_return():
    with Manager("a"):
        return "inside"


def case_with_break():
    for i in range(3):
        with Manager(i):
            if i == 1:
                break
            if i == 0:
                continue
    return i


def case_with_exit_raises():
    class M:
        def __enter__(self):
            return self

        def __exit__(self, *a):
            raise KeyError("exit")
    with M():
        boom()


def case_with_enter_raises():
    class M:
        def __enter__(self):
            boom("enter")

        def __exit__(self, *a):
            LOG.append("never")
    with M():
        pass


def case_with_not_manager():
    with 5:
        pass


def case_with_no_exit():
    class M:
        def __enter__(self):
            pass
    with M():
        pass


def case_with_target_unpack():
    class M:
        def __enter__(self):
            return (1, (2, 3))

        def __exit__(self, *a):
            pass
    with M() as (a, (b, c)):
        return a, b, c


def case_with_in_try():
    try:
        with Manager("x"):
            boom("inside with")
    except ValueError as e:
        return str(e), e.__context__


def case_exception_in_handler_match():
    try:
        boom()
    except len:
        pass


def case_bad_except_type():
    try:
        boom()
    except 5:
        pass


def case_except_expression_evaluated():
    def kind(name):
        LOG.append(name)
        return {"k": KeyError, "v": ValueError}[name]
    try:
        boom()
    except kind("k"):
        pass
    except kind("v"):
        LOG.append("caught")


def case_stop_iteration():
    def f():
        raise StopIteration(5)
    try:
        f()
    except StopIteration as e:
        return e.value


def case_deep_traceback():
    def a(n):
        if n == 0:
            return 1 // n
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
    frames = []
    tb = saved.__traceback__
    while tb:
        frames.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, sorted(tb.tb_frame.f_locals)))
        tb = tb.tb_next
    return frames


def case_finally_return_in_loop():
    def f():
        for i in range(5):
            try:
                if i == 3:
                    return i
            finally:
                LOG.append(i)
    return f()


def case_generator_close_in_with():
    def gen():
        with Manager("g"):
            yield 1
            yield 2
    for v in gen():
        LOG.append(v)
        break
    return "ok"


def case_error_in_arguments():
    def f(a, b):
        return a
    return f(1, boom("arg"))


def case_attribute_error():
    return (5).nothing


def case_index_error():
    x = [1, 2]
    return x[10]


def case_key_error():
    return {"a": 1}["b"]


def case_subscript_type():
    key = "x"
    return [1][key]


def case_store_errors():
    out = make_list()
    try:
        (1,)[0] = 2
    except TypeError as e:
        out.append(str(e))
    try:
        [1][5] = 2
    except IndexError as e:
        out.append(str(e))
    try:
        (5).x = 1
    except AttributeError as e:
        out.append(str(e))
    try:
        del [1][7]
    except IndexError as e:
        out.append(str(e))
    try:
        {}[[]] = 1
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
                c = e.args
        boom()
    for _ in range(5):
        try:
            use(obj)
        except ValueError:
            pass
    return sys.getrefcount(obj) - before

"""Raising, catching, re-raising, finally, and what exceptions carry."""

import sys


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

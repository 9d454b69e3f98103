"""except* and exception groups (3.11 and later)."""


def case_star_split():
    out = make_list()
    try:
        raise ExceptionGroup("g", [ValueError(1), KeyError(2), ExceptionGroup("h", [ValueError(3), TypeError(4)])])
    except* ValueError as e:
        out.append(("v", repr(e)))
    except* KeyError as e:
        out.append(("k", repr(e)))
    except* TypeError as e:
        out.append(("t", repr(e)))
    else:
        out.append("else")
    finally:
        out.append("finally")
    return out


def case_star_naked():
    try:
        raise ValueError("naked")
    except* ValueError as e:
        value = repr(e)
    return value


def case_star_none():
    try:
        pass
    except* ValueError:
        LOG.append("never")
    else:
        LOG.append("else")


def case_star_rest():
    try:
        raise ExceptionGroup("g", [ValueError(1), OSError(2)])
    except* ValueError:
        LOG.append("value")


def group(*members):
    return ExceptionGroup("g", list(members))


def star_raise_new(error, fail):
    try:
        raise error
    except* ValueError:
        if fail:
            raise KeyError("new")
        LOG.append("not raised")


def star_reraise(error):
    try:
        raise error
    except* ValueError:
        raise
    except* OSError as e:
        LOG.append(repr(e))


def star_two(error, fail):
    try:
        raise error
    except* ValueError as e:
        if fail:
            raise RuntimeError("a") from e
    except* OSError:
        if fail:
            raise TypeError("b")


def star_type(error, kind):
    try:
        raise error
    except* kind:
        LOG.append("caught")


def case_star_raise_new():
    star_raise_new(group(ValueError(1), OSError(2)), True)


def case_star_reraise():
    star_reraise(group(ValueError(1), OSError(2)))


def case_star_two_raise():
    star_two(group(ValueError(1), OSError(2)), True)


def case_star_catches_group():
    star_type(ValueError(), ExceptionGroup)


def case_star_bad_type():
    star_type(ValueError(), 5)


def case_star_variants():
    errors = [group(ValueError(1), OSError(2)), ValueError(3), OSError(4), group(OSError(5)), KeyError(6), group(KeyError(7), ValueError(8))]
    out = make_list()
    for error in errors:
        for call in (lambda: star_raise_new(error, True), lambda: star_raise_new(error, False), lambda: star_reraise(error),
                     lambda: star_two(error, True), lambda: star_two(error, False), lambda: star_type(error, ValueError),
                     lambda: star_type(error, (ValueError, OSError)), lambda: star_type(error, 5)):
            try:
                out.append(call())
            except Exception as e:
                out.append((repr(e), repr(e.__cause__), repr(e.__context__)))
    return out


def case_star_tuple():
    try:
        raise ExceptionGroup("g", [ValueError(1), OSError(2), KeyError(3)])
    except* (ValueError, KeyError) as e:
        LOG.append(repr(e))
    except* OSError as e:
        LOG.append(repr(e))
    return "ok"


def case_add_note():
    try:
        raise ValueError("x")
    except ValueError as e:
        e.add_note(pick("a note", 5))
        return e.__notes__

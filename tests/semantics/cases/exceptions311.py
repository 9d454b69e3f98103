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


def case_star_raise_new():
    try:
        raise pick(ExceptionGroup("g", [ValueError(1), OSError(2)]), ValueError(3))
    except* ValueError:
        if pick(1, 0):
            raise KeyError("new")
        LOG.append("not raised")


def case_star_reraise():
    try:
        raise pick(ExceptionGroup("g", [ValueError(1), OSError(2)]), OSError(3))
    except* ValueError:
        raise
    except* OSError as e:
        LOG.append(repr(e))


def case_star_two_raise():
    try:
        raise pick(ExceptionGroup("g", [ValueError(1), OSError(2)]), OSError(4))
    except* ValueError as e:
        raise RuntimeError("a") from e
    except* OSError:
        if pick(1, 0):
            raise TypeError("b")


def case_star_catches_group():
    try:
        raise ValueError
    except* pick(ExceptionGroup, ValueError):
        LOG.append("caught")


def case_star_bad_type():
    try:
        raise ValueError
    except* pick(5, (ValueError, KeyError)):
        LOG.append("caught")


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

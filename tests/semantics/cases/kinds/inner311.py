"""Exception groups where the other files have none (3.11 and later)."""


def case_star_in_loop():
    out = []
    for error in (ValueError(1), ExceptionGroup("g", [ValueError(2), KeyError(3)]), None):
        try:
            try:
                if error:
                    raise error
            except* ValueError as e:
                out.append(repr(e))
            except* OSError:
                out.append("never")
        except ExceptionGroup as e:
            out.append(repr(e))
    return out


x = y = None
try:
    raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
except* ValueError as e:
    LOG.append(repr(e))
except* KeyError:
    LOG.append("key")

"""Constructs that 3.11 brought."""


def groups(f):
    try:
        f()
    except* ValueError as group:
        print(group.exceptions)
    except* (TypeError, KeyError):
        f(None)
    finally:
        f(1)


def unpack_index(a, rest):
    return a[*rest, 1]

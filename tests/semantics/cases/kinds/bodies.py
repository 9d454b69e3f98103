"""What module code and class bodies have that functions have not, or have otherwise."""

from os.path import *

annotated: int = 3
plain = [v for v in (1, 2)]


class Globals:
    global made_in_class
    made_in_class = 1
    LOG.append(made_in_class)
    made_in_class += 1
    del made_in_class


def scopes(shared):
    gone = 1

    class Inner:
        nonlocal shared, gone
        shared = shared + 1
        del gone
        seen = [shared for _ in range(2)]
        pairs = {a: b for a, b in ((1, 2),)}

        def get(self):
            return shared, __class__

    try:
        gone
    except NameError as e:
        LOG.append(str(e))
    return shared, Inner().get()[0], Inner.seen, Inner.pairs


def case_scopes():
    return scopes(4)


class Base:
    def m(self):
        return "m"


class Derived(Base):
    pass


class Superior:
    value = super(Derived, Derived()).m()
    LOG.append(value)


try:
    assert annotated == 3
    assert not annotated, "message"
except AssertionError as e:
    LOG.append(str(e))
LOG.append([(b, a + b) for a, b in [(1, 2), (3, 4)]])
try:
    LOG.append([0 for y in (1,) for unset in unset])
except NameError as e:
    LOG.append(str(e))

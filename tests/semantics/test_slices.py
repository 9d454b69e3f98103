"""Slices and subscripts of the interpreter's own sequences, and calls by rarer conventions, against the interpreter."""

import functools
import operator
import re
import sys

import justjit
import pytest


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class OwnStr(str):
    pass


class OwnList(list):
    def __getitem__(self, key):
        return "own", key


SEQUENCES = ["", "a", "abcde", "h\xe9llo", "\u0394abc\u0394", "\U0001f600ab", b"", b"x", b"abcde", bytearray(b"abcde")]
SEQUENCES += [
    (),
    (1,),
    (1, 2, 3),
    [],
    [1],
    [1, 2, 3, 4],
    range(6),
    OwnStr("abcde"),
    OwnList([1, 2, 3]),
    memoryview(b"abc"),
]
BOUNDS = [None, 0, 1, 2, 4, 5, 6, -1, -3, -9, 2**40, -(2**40), 2**70, -(2**70), True, False, Index(1), 1.5, "x"]


def both(o, a, b):
    return o[a:b]


def from_here(o, a, b):
    return o[a:]


def up_to(o, a, b):
    return o[:b]


def stepped(o, a, b):
    return o[a:b:None]


def third(o, a, b):
    return o[a:b:3]


def backwards(o, a, b):
    return o[a:b:-1]


def turned(o, a, b):
    parts = o[::a], o[b::-2]
    return [(type(part), list(part)) for part in parts]


def assigned(o, a, b):
    o[a:b] = ()
    return o


def longer(o, a, b):
    o[a:b] = (o, a, b, 1)
    return len(o)


def itself(o, a, b):
    o[a:b] = o
    return o


def counted(o, a, b):
    o[a:b] = (n * 2 for n in range(3))
    return o


def no_iterable(o, a, b):
    o[a:b] = 5


def outcome(f, o, a, b):
    if isinstance(o, (list, bytearray)):
        o = type(o)(o)  # it may be assigned to
    try:
        result = f(o, a, b)
    except Exception as e:
        return type(e), str(e)
    text = result if not isinstance(result, memoryview) else bytes(result)
    return type(result), repr(text), result is o


def test_every_sequence_and_bound():
    functions = [both, from_here, up_to, stepped, third, backwards, turned, assigned, longer, itself, counted, no_iterable]
    cases = [(f, o, a, b) for f in functions for o in SEQUENCES for a in BOUNDS for b in BOUNDS]
    expected = [outcome(*case) for case in cases]
    for f in functions:
        assert justjit.compile(f)
    assert [outcome(*case) for case in cases] == expected


def test_no_references_are_lost_or_kept():
    for f in (both, from_here, up_to):
        assert justjit.compile(f)
    for o in ("some long text"[:], (object(), object()), [object(), object()], b"some bytes"):
        bound, before = 10**15, sys.getrefcount(o)
        refs = sys.getrefcount(bound)
        for f in (both, from_here, up_to):
            for a in (0, 1, bound):
                f(o, a, bound)
        del a
        assert (sys.getrefcount(o), sys.getrefcount(bound)) == (before, refs)


PATTERN = re.compile("b+")
CALLS = {
    "method with its class": lambda: (PATTERN.match("bbc", 0), PATTERN.sub("x", "abba")),
    "the same, bound": lambda bound=PATTERN.search: (bound("abb").span(), bound("xyz")),
    "arguments in a tuple": lambda: ("abcab".find("b", 2), "abc".startswith("b", 1), "abab".count("a")),
    "partial": lambda f=functools.partial(int, "101"): (f(), f()),
    "getter": lambda f=operator.itemgetter(1): (f("ab"), f([1, 2])),
    "missing argument": lambda: PATTERN.match(),
    "wrong type": lambda: "abc".find(1),
    "too many": lambda f=operator.itemgetter(1): f(1, 2),
    "an error inside": lambda f=functools.partial(int, "x"): f(),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_by_rarer_conventions(name):
    f = CALLS[name]

    def run():
        try:
            return repr(f())
        except Exception as e:
            return type(e), str(e)

    expected = run()
    assert justjit.compile(f)
    assert [run() for _ in range(20)] == [expected] * 20


def test_a_site_that_meets_many_kinds_of_callables():
    def call(f, x):
        return f(x)

    class Called:
        def __call__(self, x):
            return ("called", x)

    def plain(x):
        return ("plain", x)

    kinds = [
        plain,
        len,
        str,
        "abc".find,
        PATTERN.match,
        Called(),
        Called,
        operator.itemgetter(0),
        functools.partial(min, 3),
    ]
    kinds += [[].append, {}.get, lambda x: x, type, OwnStr, list, PATTERN.fullmatch, b"".join]

    def all_of(values):
        results = []
        for f in kinds:
            try:
                result = call(f, values)
                results.append(repr(result) if not isinstance(result, Called) else "instance")
            except Exception as e:
                results.append((type(e), str(e)))
        return results

    expected = all_of("b")
    assert justjit.compile(call) and justjit.compile(plain)
    for _ in range(100):  # more often than a site changes at once
        assert all_of("b") == expected

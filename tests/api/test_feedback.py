"""What baseline code records for an optimiser: types of locals at entry and at loop back-edges."""

import justjit
from justjit import _core


def points(function):
    return {p["index"] < 0: p for p in _core.type_profile(function)}


def test_monomorphic_loop():
    def total(values):
        s = 0
        for v in values:
            s += v
        return s

    assert justjit.compile(total)
    total(list(range(5000)))
    found = points(total)
    assert found[True]["slots"][0] == ["list"], "argument at entry"
    loop = found[False]
    assert loop["samples"] == 4, "one sample per 1,024 back-edges"
    assert loop["slots"] == [["list"], ["int"], ["int"]]


def test_polymorphic_entry():
    def f(x):
        return x

    class Own:
        pass

    assert justjit.compile(f)
    for value in (1, 1.5, "s", None, [], Own()):
        for _ in range(64):
            f(value)
    slot = points(f)[True]["slots"][0]
    assert slot == ["int", "float", "str", "NoneType", "more"]


def test_heap_types_are_not_kept_alive():
    import gc
    import weakref

    def f(x):
        return x

    class Own:
        pass

    assert justjit.compile(f)
    f(Own())
    assert points(f)[True]["slots"][0][0].startswith("class version")
    gone = weakref.ref(Own)
    del Own
    gc.collect()
    assert gone() is None

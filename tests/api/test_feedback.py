"""What baseline code records for the optimising tier: types of locals at entry and loop heads, and of results."""

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
    for value in (1, 1.5, "some", None, [], Own()):
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


def test_results_are_recorded_while_code_is_profiled():
    def mixed(values, scale):
        out = []
        for v in values:
            out.append(v * scale)
        return len(out)

    _core.set_compile_options(max_tier=2, tier_threshold=4)
    try:
        assert justjit.compile(mixed)
        for _ in range(3):
            mixed([1], 2)
        assert not _core.site_profile(mixed), "not profiled before it is hot"
        for value in (1, 2.5, 2**70):
            mixed([value], 2)
    finally:
        _core.set_compile_options(max_tier=1, tier_threshold=0)
    seen = [types for _, types in _core.site_profile(mixed)]
    assert ["list_iterator"] in seen, "the iterator"
    assert seen.count(["int", "float", "big int"]) == 2, "items, products"
    assert ["builtin 7"] in seen, "len"


def test_a_recursion_is_learnt_from_once_calls_of_it_are_over():
    source = """
def down(n, step):
    if n <= 0:
        return n + step
    return down(n - step, step) + step
"""
    sizes = []
    for begun in range(0, 900, 100):  # of a descent, when profiling begins in one of them
        scope = {}
        exec(compile(source, f"begun {begun}", "exec"), scope)
        down = scope["down"]
        _core.set_compile_options(max_tier=2, tier_threshold=0)
        try:
            assert justjit.compile(down)
            down(begun, 1)
            for _ in range(2000):
                if justjit.stats(down)["tier"] == "optimised":
                    break
                assert down(900, 1) == 901
        finally:
            _core.set_compile_options(max_tier=1, tier_threshold=0)
        sizes.append(justjit.stats(down)["code_bytes"])
        assert justjit.stats(down)["tier"] == "optimised"
    assert len(set(sizes)) == 1, "the call's result is known, wherever profiling began"

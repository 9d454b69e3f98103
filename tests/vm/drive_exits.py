"""Leaves hand-driven frames with values in registers, of every kind, and compares what the interpreter then sees."""

import dis
import gc
import math
import sys

import vmtest

INT, FLOAT, BOOL, OBJECT, OWNED, CHAR, UINT, RANGE = range(8)  # JJPendingKind
ALWAYS = -1


def unit_of(function, *names, nth=0):
    """Code unit of the nth instruction with one of these names."""
    return [i.offset // 2 for i in dis.get_instructions(function) if i.opname in names][nth]


def locals_of(a, b, c, d):
    return (a, b, c, d)


def maybe(bind):
    if bind:
        late = 1
    return late


START = unit_of(locals_of, "LOAD_FAST", "LOAD_FAST_LOAD_FAST", "LOAD_FAST_CHECK")
BUILD = unit_of(locals_of, "BUILD_TUPLE")


def leave(args, pendings, words, polls=0):
    return vmtest.exit(locals_of, args, START, (), pendings, words, polls)


def same(got, want):
    assert type(got) is type(want) and repr(got) == repr(want), (got, want)


EDGES = [0, 1, -1, -5, -6, 256, 257, 2**15, 2**30 - 1, 2**30, -(2**30), 2**31, 2**53 + 1, 2**60 - 1, 2**60, -(2**60)]
EDGES += [2**62, 2**63 - 1, -(2**63), -(2**63) + 1]
NUMBERS = [0.0, -0.0, 1.5, math.inf, -math.inf, 5e-324, -2.2250738585072014e-308]


def test_ints():
    for polls in 0, 2:
        for edge in EDGES:
            stale = (None, 10**15 + edge, edge, 2.0)  # unbound before; shared boxes
            got = leave(stale, tuple((k, INT, k, ALWAYS) for k in range(4)), (edge, edge + 0, 7, edge), polls)
            for value, want in zip(got, (edge, edge, 7, edge)):
                same(value, want)


def test_floats():
    for number in NUMBERS:
        got = leave((None, number + 1, 3, True), tuple((k, FLOAT, k, ALWAYS) for k in range(4)), (number,) * 4)
        for value in got:
            same(value, number)
    assert math.isnan(leave((None,) * 4, tuple((k, FLOAT, 0, ALWAYS) for k in range(4)), (math.nan,))[0])


def test_bools():
    got = leave((None, 10**9, 1.5, False), tuple((k, BOOL, k, ALWAYS) for k in range(4)), (1, 0, 1, 1))
    assert got == (True, False, True, True) and all(type(v) is bool for v in got)


def test_one_word_is_one_object():
    big = 10**18
    assert leave((None, 10**9, 1.5, False), tuple((k, CHAR, k % 2, ALWAYS) for k in range(4)), (97, 0)) == (
        "a",
        "\0",
        "a",
        "\0",
    )
    a, b, c, d = leave((None, None, 1.5, None), tuple((k, INT, 0, ALWAYS) for k in range(4)), (big,))
    assert a is b is c is d and a == big
    a, b, c, d = leave((None,) * 4, tuple((k, FLOAT, k % 2, ALWAYS) for k in range(4)), (0.5, 0.5))
    assert a is c and b is d and a is not b


def test_conditions():
    pendings = ((0, INT, 0, 2), (1, INT, 0, 3), (2, FLOAT, 1, 2), (3, BOOL, 0, 3))
    assert leave((5, 6, 7.0, "memory"), pendings, (10**10, 2.5, 1, 0)) == (10**10, 6, 2.5, "memory")
    at = [i.offset // 2 for i in dis.get_instructions(maybe) if i.argval == "late"][-1]
    assert vmtest.exit(maybe, (0,), at, (), ((1, INT, 0, 1),), (77, 1), 0) == 77
    try:  # the slot is right as it is: unbound
        vmtest.exit(maybe, (0,), at, (), ((1, INT, 0, 1),), (77, 0), 0)
    except UnboundLocalError as error:
        assert "'late'" in str(error), error
    else:
        raise AssertionError("no UnboundLocalError")


def test_references():
    thing, other = object(), [1]
    before = sys.getrefcount(thing), sys.getrefcount(other)
    words = (thing, other)
    pendings = ((0, OBJECT, 0, ALWAYS), (1, OBJECT, 1, ALWAYS), (2, OBJECT, 0, ALWAYS), (3, OBJECT, 1, ALWAYS))
    got = leave((None, 10**9 + 1, 1.5, True), pendings, words)
    assert got[0] is thing is got[2] and got[1] is other is got[3]
    del got, words
    assert (sys.getrefcount(thing), sys.getrefcount(other)) == before


def test_boxes_are_reused():
    for polls in 0, 2:
        for edge in EDGES:
            got = leave(
                ([10**9], [2**62], [1.5], [7]), tuple((k, INT, k, ALWAYS) for k in range(4)), (edge,) * 4, polls
            )
            assert got == (edge,) * 4, got
        got = leave(
            ([10**9], [2**62], [1.5], [-0.0]), tuple((k, FLOAT, k, ALWAYS) for k in range(4)), (2.5,) * 4, polls
        )
        assert got == (2.5,) * 4, got


def test_a_box_that_another_slot_wants_is_not_overwritten():
    for polls in 0, 1:
        # a's box belongs to a alone, but b is to be that very object
        pendings = ((0, INT, 0, ALWAYS), (1, OBJECT, 1, ALWAYS), (2, FLOAT, 2, ALWAYS), (3, OBJECT, 3, ALWAYS))
        got = leave(([1234567890123], None, [2.5], None), pendings, (7 * 10**12, (0,), 3.5, (2,)), polls)
        assert got == (7 * 10**12, 1234567890123, 3.5, 2.5), got


def test_stack_entries():
    pendings = ((4, INT, 0, ALWAYS), (5, FLOAT, 1, ALWAYS), (6, BOOL, 2, ALWAYS), (7, OBJECT, 3, ALWAYS))
    marker = object()
    count = sys.getrefcount(marker)
    for polls in 0, 3:
        got = vmtest.exit(locals_of, (1, 2, 3, 4), BUILD, (), pendings, (2**62, -0.0, 1, marker), polls)
        assert repr(got[:3]) == repr((2**62, -0.0, True)) and got[3] is marker
        del got
    assert sys.getrefcount(marker) == count


def items(numbers):
    seen = []
    for number in numbers:
        seen.append(number)
    return seen, numbers


def test_range_iterators():
    head = unit_of(items, "FOR_ITER")
    for start, stop, step in (0, 10, 1), (5, -20, -3), (-(2**62), 2**62, 2**60), (7, 7, 1):
        values = list(range(start, stop, step))
        for taken in range(len(values) + 1):
            for polls in 0, 1:
                iterator = iter(range(start, stop, step))
                next_value = start + taken * step
                if not -(2**63) <= next_value < 2**63:
                    continue
                words = (next_value, len(values) - taken)
                seen, _ = vmtest.exit(
                    items, (0, []), head, (iterator,), ((items_stack(), RANGE, 0, ALWAYS),), words, polls
                )
                assert seen == values[taken:], (start, stop, step, taken, seen)
                assert list(iterator) == []
    iterator = iter(range(10))  # under a condition that does not hold
    assert next(iterator) == 0
    pendings = ((items_stack(), RANGE, 0, 2), (2, INT, 0, 2))
    seen, _ = vmtest.exit(items, (0, []), head, (iterator,), pendings, (5, 5, 0), 0)
    assert seen == list(range(1, 10)), seen


def items_stack():
    return len(items.__code__.co_varnames)


def test_nothing_leaks():
    def work():
        for name, test in list(globals().items()):
            if name.startswith("test_") and test is not test_nothing_leaks:
                test()

    def growth():
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(20):
            work()
        gc.collect()
        return sys.getallocatedblocks() - before

    # The pools of numbers fill up at first. What leaks in every call grows by 20 blocks or more in every round.
    rounds = [growth() for _ in range(8)]
    assert min(rounds[2:]) < 20, rounds


count = 0
for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        count += 1
print(count, "ok")

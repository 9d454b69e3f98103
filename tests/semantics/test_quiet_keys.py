"""Dicts, sets, lists and tuples whose keys and items are looked up without asking them: random keys that collide, equal keys of several types, keys
that run code when they are compared, entries that were deleted, and instances' own dicts, against the interpreter."""

from __future__ import annotations

import random
import sys
import textwrap
from typing import Any

import justjit
import pytest

from .harness import ended

SOURCE = r"""
    import sys
    LOG = []
    class Odd:
        # Hashed like what it stands for, and equal to it: comparing it can be observed.
        def __init__(self, v): self.v = v
        def __hash__(self): return hash(self.v)
        def __eq__(self, other):
            LOG.append(repr(other))
            if self.v == 'raise': raise RuntimeError(str(other))
            return other == self.v
        def __repr__(self): return f'Odd({self.v!r})'
    class Int(int):
        def __eq__(self, other):
            LOG.append(repr(other))
            return int.__eq__(self, other)
        __hash__ = int.__hash__
    class Mine(dict):
        def __missing__(self, key): return 77
        def get(self, key, default=None): return 78
        def setdefault(self, key, default=None): return 79
        def __contains__(self, key): return True
    class MySet(set):
        def add(self, item): LOG.append(item)
        def __contains__(self, item): return False
    class Instance: pass
    def used_dict(d, steps):
        out = []
        for what, key, value in steps:
            if what == 0:
                out.append(key in d)
            elif what == 1:
                try:
                    out.append(d[key])
                except KeyError as error:
                    out.append(error.args[0] is key)
            elif what == 2:
                d[key] = value
            elif what == 3:
                out.append(d.get(key, -5))
            elif what == 4:
                out.append(d.get(key))
            elif what == 5:
                out.append(d.setdefault(key, value))
            elif what == 6:
                d.pop(key, None)
            elif key in d:
                d[key] += 1
            else:
                d[key] = 1
        return out, d
    def used_set(s, steps):
        out = []
        for what, key, value in steps:
            if what < 3:
                out.append(key in s)
            elif what == 6:
                s.discard(key)
            elif what < 6:
                out.append(s.add(key))
            elif key not in s:
                s.add(key)
        return out, len(s), sorted(map(repr, s))
    def made(n, m):
        d = {}
        s = set()
        for i in range(n):
            key = (i % m, i * i % 7)
            if key not in s:
                s.add(key)
            d[key] = d.get(key, 0) + 1
            d[i % m] = d.get(i % m, 0) + 2
        return d, len(s), (1, 2) in s, (1, 2, 3) in d
    def own(n):
        o = Instance()
        o.a = 5
        names = vars(o)
        out = []
        for k in ['a', 'b', 1, ('a',)] * n:
            out.append((k in names, names.get(k)))
            if k == 'b': o.b = len(out)
        return out, names
    def used_list(items, keys):
        out = []
        for key in keys:
            out.append((key in items, key not in items, key in (1, 'a', None, 2.5)))
        return out
    def has_int(items, n):
        found = 0
        for i in range(-3, n):
            if i in items:
                found += i
        return found
    def frozen(keys, *more):
        s = frozenset(keys)
        return [k in s for k in [*keys, *more]], s == set(keys)
"""


def functions(jitted: bool) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<keys>", "exec"), space)
    for name in ("used_dict", "used_set", "used_list", "has_int", "made", "own", "frozen"):
        assert not jitted or justjit.compile(space[name])
    return space


def keys_of(space: dict[str, Any], kind: int, rng: random.Random) -> list[Any]:
    prime = sys_modulus = 2**61 - 1
    ints: list[Any] = [
        0,
        -1,
        -2,
        1,
        2,
        3,
        255,
        256,
        257,
        2**30,
        -(2**30),
        2**60,
        2**63,
        prime,
        1 + sys_modulus,
        -prime - 1,
    ]
    collide = [k << 6 for k in range(40)] + [k << 32 for k in range(9)]
    texts = ["", "a", "b", "ab", "é", "\u20ac", "\U0001f600", "x" * 50, "".join(["a", "b"])]
    pairs = [(a, b) for a in (0, -1, -2, 2**40, "a", None) for b in (1, True, 1.0, "b", 2.5)]
    nested: list[Any] = [
        (),
        (1,),
        ((1, 2), "a"),
        (1, (2, (3, (4,)))),
        (((((1,),),),),),
        tuple(range(20)),
        (1, b"x"),
        (1.5, None),
    ]
    odd, own_int = space["Odd"], space["Int"]
    strange = [
        odd(1),
        odd("a"),
        odd((1, 2)),
        own_int(2),
        (1, odd(2)),
        (1, own_int(2)),
        [1],
        {1},
        (1, []),
        1.0,
        True,
        None,
        b"a",
    ]
    sets: list[list[Any]] = [
        ints,
        collide,
        texts,
        pairs,
        nested,
        ints + texts + pairs + nested,
        strange + ints + texts + [(1, 2)],
    ]
    keys = list(sets[kind])
    rng.shuffle(keys)
    return keys


@pytest.mark.parametrize("kind", range(7))
def test_random_steps(kind: int, tier: int) -> None:
    results = []
    for jitted in (False, True):
        space, rng = functions(jitted), random.Random(kind + 1)
        seen = []
        for turn in range(14):
            keys = keys_of(space, kind, rng)[: rng.choice([3, 12, 60])]
            steps = [(rng.randrange(8), rng.choice(keys), rng.randrange(1000)) for _ in range(rng.choice([20, 200]))]
            if kind < 5 and turn % 2:  # nothing but what never raises
                steps = [(2 if what == 1 else what, key, value) for what, key, value in steps]
            own_dict, own_set = (space["Mine"], space["MySet"]) if turn == 13 else (dict, set)
            for name, container in (("used_dict", own_dict()), ("used_set", own_set())):
                space["LOG"].clear()
                shown = ended(space[name], container, steps)
                seen.append(
                    (repr(shown), repr(container) if name == "used_dict" else len(container), list(space["LOG"]))
                )
        results.append(seen)
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", range(7))
def test_items_of_lists_and_tuples(kind: int, tier: int) -> None:
    results = []
    for jitted in (False, True):
        space, rng = functions(jitted), random.Random(kind + 1)
        seen = []
        for turn in range(16):
            keys = keys_of(space, kind, rng)
            items = keys[: rng.choice([1, 5, 30])]
            if turn > 12:
                items += [float("nan"), items, -0.0, 2**62, -(2**53) - 1.0]
            space["LOG"].clear()
            for container in (items, tuple(items), frozenset([3, "a"]), "a", range(5)):
                seen.append(repr(ended(space["used_list"], container, items + keys[:40])))
                seen.append(repr(ended(space["has_int"], container, 300)))
            seen.append(list(space["LOG"]))
        results.append(seen)
    assert results[0] == results[1]


@pytest.mark.parametrize("name", ["made", "own", "frozen"])
def test_kinds_of_containers(name: str, tier: int) -> None:
    given: dict[str, list[tuple[Any, ...]]] = {
        "made": [(50, 5)] * 3 + [(2000, 97), (300, 300), (3, 0)],
        "own": [(3,), (40,), (2,)],
        "frozen": [([1, 2, "a", (1, 2)], 3, "b", (1, 3))] * 3 + [(range(700), -1, 700, 2**40, "a"), ([[]],), ([1], [])],
    }
    results = []
    for jitted in (False, True):
        space = functions(jitted)
        results.append([ended(space[name], *arguments) for arguments in given[name] for _ in range(2)])
    assert results[0] == results[1]


def test_every_size_of_table() -> None:
    """Every key is found, and no other, in tables that grow and have holes: what the look-up believes of them is right."""
    space: dict[str, Any] = {}
    source = "def f(d, s, keys):\n return [(k in d, k in s, d.get(k)) for k in keys]\ndef g(d, s, k): return k in d, k in s, d.get(k)"
    exec(source, space)
    f, g = space["f"], space["g"]
    assert justjit.compile(f) and justjit.compile(g)
    rng = random.Random(5)
    for size in (0, 1, 2, 3, 5, 6, 10, 11, 43, 170, 171, 254, 300, 700, 70000):
        universe = [rng.choice([k, k << 5, -k, (k, 1), str(k)]) for k in range(2 * size + 3)]
        inside = dict.fromkeys(universe[:size], "in")
        present = set(inside)
        for gone in universe[: size // 3]:
            inside.pop(gone, None)
            present.discard(gone)
        expected = [(k in inside, k in present, inside.get(k)) for k in universe]
        assert f(inside, present, universe) == expected
        assert [g(inside, present, k) for k in universe[:300]] == expected[:300]


def test_objects_made_for_keys_and_defaults_are_given_up(tier: int) -> None:
    space: dict[str, Any] = {}
    source = """
def f(d, s, n):
    found = 0
    for i in range(n):
        if d.get('a', i + 1000) == d.get(i + 5000, 7): found += 1
        if i + 2000 in d or i + 9000 in s: found += 1
        if (i, i + 300) in d or d.get((i + 300, 1)): found += 1
        found += len('7'.zfill(i % 7 + 300))
        s.add(i % 3 + 600)
        d.setdefault(i % 3 + 600, i)
    return found
"""
    exec(source, space)
    f = space["f"]
    assert justjit.compile(f)
    given = ({"b": 1, 5: 2}, {3})
    for _ in range(6):
        f(*given, 50)
    before = sys.getallocatedblocks()
    f(*given, 1500)
    assert sys.getallocatedblocks() - before < 500


def test_bytes_and_others_that_hash_alike(python: Any) -> None:
    """With -bb comparing them is an error, which the container raises."""
    code = """
import justjit
def look(container, key):
    try:
        return key in container
    except BytesWarning as warning:
        return str(warning)
def item(container, key):
    try:
        return container[key]
    except (BytesWarning, KeyError) as error:
        return str(error)
if JIT:
    assert justjit.compile(look) and justjit.compile(item)
for _ in range(200):
    found = [look(c, k) for c in ({b"": 1}, {b""}, {"": 1}, {("", 0): 1}) for k in (b"", "", 0, (b"", 0))]
    found += [item(c, k) for c in ({b"": 1}, {"": 1}, {0: 1}) for k in (b"", "", 0)]
print(found)
"""
    environment = {"JUSTJIT_TIER_THRESHOLD": "1"}
    plain, jitted = (python("-bb", "-c", f"JIT = {jit}" + code, **environment) for jit in (False, True))
    assert plain.status == 0 and "BytesWarning" not in plain.err and "Comparison between bytes" in plain.out
    assert (jitted.status, jitted.out, jitted.err) == (plain.status, plain.out, plain.err)

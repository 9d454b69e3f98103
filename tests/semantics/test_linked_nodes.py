"""Inlined methods that relink nodes and look keys up: references that stack entries of inlined code own, with exits in between."""

from __future__ import annotations

import gc
import sys
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

SOURCE = """
    class Node:
        def __init__(self, name):
            self.name = name
            self.prev = self.next = self
            self.seen = 0
        def unlink(self):
            self.prev.next, self.next.prev = self.next, self.prev
        def insert(self, other):
            other.prev, other.next = self, self.next
            self.next.prev = other
            self.next = other
        def swap(self, other):
            self.name, other.name = other.name, self.name
        def rotate(self):
            self.prev, self.next, self.seen = self.next, self.prev, self.seen + 1
    class Table:
        def __init__(self):
            self.items, self.default = {}, "none"
        def at(self, key):
            return self.items.get(key, 0)
        def named(self, key):
            return self.items.get(key)
        def other(self, key):
            return self.items.get(key, self.default)
        def __getitem__(self, key):
            return self.items.get(key, -1)
        def both(self, key):
            self.items[key], self.default = self.default, self.items.get(key, "nothing")
    class Odd:                                  # a key whose look-up runs code
        def __init__(self, n): self.n = n
        def __hash__(self): return hash(self.n)
        def __eq__(self, other): LOG.append(("eq", self.n)); return self.n == other
    class Mourned:
        def __init__(self, n): self.n = n
        def __del__(self): LOG.append(("gone", self.n))
    LOG = []
    def relink(ring, nodes, turns, odd):
        for i in range(turns):
            node = nodes[i * 5 % len(nodes)]
            node.unlink()
            nodes[i * 3 % len(nodes)].rotate()
            nodes[i * 3 % len(nodes)].rotate()
            if node.next is not node or i % 2:
                ring.insert(node)
            nodes[i % len(nodes)].swap(nodes[i * 7 % len(nodes)])
            if i == odd:
                nodes[0].name = Mourned(i)
        return ring
    def look_up(table, keys, turns, odd):
        found = []
        for i in range(turns):
            key = keys[i % len(keys)]
            if i == odd:
                key = Odd(key)
            found.append((table.at(key), table.named(key), table.other(key), table[key], table[i % 3, 1]))
            table.both(i % 4)
            if i == odd:
                table.default = Mourned(i)
        return found
"""
METHODS = ("Node.unlink", "Node.insert", "Node.swap", "Node.rotate", "Table.at", "Table.named", "Table.other")
METHODS += ("Table.__getitem__", "Table.both", "relink", "look_up")


def found_in(space: dict[str, Any], odd: int) -> list[Any]:
    nodes = [space["Node"](f"n{k}") for k in range(7)]
    ring = space["Node"]("ring")
    for node in nodes:
        ring.insert(node)
    table = space["Table"]()
    table.items.update({k: [k] for k in range(0, 9, 2)}, a="A", **{"b": "B"})
    table.items[1, 1] = "pair"
    values = [v for v in table.items.values() if isinstance(v, list)]
    found: list[Any] = []
    for _ in range(3):
        space["relink"](ring, nodes, 60, odd)
        seen = space["look_up"](table, [0, 1, 2, "a", "z", 4, (1, 1), 10**20, 2.0, True], 60, odd)
        found.append([[getattr(x, "n", x) for x in row] for row in seen])
        found.append([(getattr(n.name, "n", n.name), n.prev.seen, n.next.seen, n.seen) for n in [ring, *nodes]])
        seen.clear()
    gc.collect()
    found.append([sys.getrefcount(x) for x in [ring, *nodes, *values]])
    found.append(list(space["LOG"]))
    return found


def program(jitted: bool) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(textwrap.dedent(SOURCE), "<nodes>", "exec"), space)
    for name in METHODS if jitted else ():
        owner, _, method = name.rpartition(".")
        function = vars(space[owner])[method] if owner else space[method]
        assert justjit.compile(function), justjit.stats(function)
    return space


@pytest.fixture(params=[0, *range(1, 9)], ids=lambda seed: f"stress{seed}" if seed else "plain")
def optimised(request):
    _core.set_compile_options(max_tier=2, tier_threshold=4, deopt_stress=request.param)
    yield request.param
    _core.set_compile_options(max_tier=1, tier_threshold=0, deopt_stress=0)


@pytest.mark.parametrize("odd", [-1, 3, 41])
def test_relinked_nodes_and_keys(optimised, odd):
    expected = found_in(program(False), odd)
    assert found_in(program(True), odd) == expected


def test_methods_that_relink_and_look_up_are_inlined():
    _core.set_compile_options(max_tier=2, tier_threshold=50)
    try:
        space = program(True)
        nodes = [space["Node"](k) for k in range(7)]
        table = space["Table"]()
        table.items.update(a=1)
        for _ in range(30):
            space["relink"](nodes[0], nodes, 60, -1)
            space["look_up"](table, ["a", "z"], 60, -1)
        code = [_core.dump(space[name], "hir") for name in ("relink", "look_up")]
    finally:
        _core.set_compile_options(max_tier=1, tier_threshold=0)
    tiers = {name: justjit.stats(space[name]) for name in ("relink", "look_up")}
    assert all(stats["tier"] == "optimised" for stats in tiers.values()), tiers
    assert "Shelve" in code[0], "a node of the one link, while the other is stored"
    assert "DictGetOr" in code[1]

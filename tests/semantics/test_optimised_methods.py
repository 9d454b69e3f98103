"""Methods of str, list and dict and items of dicts with str keys in the optimising tier against the interpreter: with other
types, subclasses, missing keys, keys that run code when they are compared, and guards that fail at random."""

from __future__ import annotations

import copy
import textwrap
from typing import Any

import justjit
import pytest

from .harness import ended

SOURCE = r"""
    import sys
    LOG = []
    class Odd:
        # Hashed like the str, and equal to it: comparing it can be observed.
        def __init__(self, text): self.text = text
        def __hash__(self): return hash(self.text)
        def __eq__(self, other):
            LOG.append((other, sorted(sys._getframe(1).f_locals.items(), key=repr)[:4]))
            return other == self.text
    class Loud:
        def __del__(self): LOG.append('gone')
    class Default(dict):
        def __missing__(self, key): return 40
        def get(self, key, default=None): return 7
    class Text(str): pass
    def count(words, d):
        for w in words:
            if w in d:
                d[w] += 1
            else:
                d[w] = 1
        return d
    def counted(words, d):
        for w in words:
            d[w] = d.get(w, 0) + 1
        return d
    def grouped(words, d):
        for w in words:
            d.setdefault(w[:1], []).append(w)
        return d
    def looked_up(d, keys, other):
        found = []
        for k in keys:
            found.append((d.get(k), d.get(k, other), k in d, k not in d, d.get(k) is d.get(k, other)))
        return found
    def stored(d, keys, value):
        old = 5.5
        for k in keys:
            old = d.get(k, old)
            d[k] = value
            x = d[k]
            d[k] = len(k)
            value = (x, old) if k == 'pair' else value
        return d, old, x
    def kept(d, keys):
        out = []
        for k in keys:
            a = d[k]
            d[k] = a + 1000
            out.append((a, d[k], a is d[k]))
        return out, d
    def words(lines):
        out = []
        for line in lines:
            for w in line.split():
                w = w.strip('.,;').lower()
                if w.startswith('th') or w.endswith('e'):
                    out.append(w.upper().replace('T', '+'))
                else:
                    out.append(w.title().zfill(6).center(12, '*'))
        return ' '.join(out), '-'.join(tuple(out))
    def cut(texts, sep):
        out = []
        for t in texts:
            head, mid, tail = t.partition(sep)
            out.append((head, t.find(sep), t.find(sep, 2), t.rfind(sep), t.count(sep), t.split(sep), t.rstrip(sep), tail))
            out.append((t.isalnum(), t.isupper(), t.ljust(4), t.rjust(4, '.'), t.splitlines(), t.capitalize()))
        return out
    def pushed(n, stack):
        for i in range(n):
            stack.append(i * 1000)
            if i % 3 == 2:
                a = stack.pop()
                b = stack.pop(0)
                stack.extend([b, a, a])
                stack.reverse()
        return stack, stack.copy()
    def emptied(stack):
        n = 0
        while True:
            n += 1
            stack.pop()
            if n > 50:
                return n
    def dropped(n):
        for i in range(n):
            last = [Loud()].pop()
            last = None
        return list(LOG)
    def raised(texts, part):
        where = -1
        try:
            for where, t in enumerate(texts):
                k = t.index(part)
        except (ValueError, TypeError, AttributeError) as error:
            return type(error), str(error), where
        return k
    def keyed(d, keys):
        n = 0
        for k in keys:
            try:
                n += d[k]
            except KeyError as error:
                n -= len(error.args[0])
        return n
"""
WORDS = ["the", "cat", "a", "", "the", "é", "pair", "cat", "x y"]
OTHERS: list[Any] = [["the", 1, None, 2.5], [("t",), "a"], WORDS]


def functions(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<methods>", "exec"), namespace)
    for name in [n for n, f in namespace.items() if callable(f) and n.islower() and n != "tier"]:
        if jitted and hasattr(namespace[name], "__code__"):
            assert justjit.compile(namespace[name])
    return namespace


def arguments(n: dict[str, Any]) -> dict[str, list[tuple[Any, ...]]]:
    odd, text, default, loud = n["Odd"], n["Text"], n["Default"], n["Loud"]
    dicts = [{}, {"the": 1, "a": 300}, {"a": 2**62, "cat": 10**30}, {1: 2, "a": 3}, default(a=1)]
    strange = [
        {odd("cat"): 5, "a": 1},
        {odd("a"): 500},
        {"the": loud(), "a": [1]},
        {"a": 1.5, "cat": True, "the": None},
    ]
    lines = ["The end. of, the;  THESE tithe  e", "", "one  the"] * 4
    return {
        "count": [(WORDS, d) for d in dicts] * 2 + [(w, {}) for w in OTHERS] + [(WORDS, d) for d in strange[:2]],
        "counted": [(WORDS, d) for d in dicts] * 2 + [(w, {}) for w in OTHERS] + [(WORDS, d) for d in strange[:2]],
        "grouped": [(WORDS, {})] * 3 + [([text("ab"), "ac"], {odd("a"): [1]}), (WORDS, {"t": ()})],
        "looked_up": [(d, WORDS, 300) for d in dicts + strange] + [({"a": 1}, [text("a"), 1], None), ([1], ["a"], 2)],
        "stored": [(d, WORDS, v) for d in dicts + strange for v in (None, 1, 2.5, "s", [1])],
        "kept": [({"a": 10, "b": 1000, "c": 2.5}, ["a", "b", "c", "a"])] * 4 + [({"a": 2**63 - 5}, "aa"), ({}, ["z"])],
        "words": [(lines,)] * 3 + [([text("the x")],), (["a\x1cthé ß"],), ([1],)],
        "cut": [(["a,b", ",", "", "xé,y,", "AB\nC"], s) for s in (",", ",", ", ", "é", "", None, 3)],
        "pushed": [(20, [])] * 3 + [(9, [1.5, "a"]), (5, n["Default"]())],
        "emptied": [([1] * 60,)] * 3 + [([1, 2],), ([],)],
        "dropped": [(3,), (5,), (4,)],
        "raised": [(["abc", "xbc"], "b")] * 3 + [(["abc", "x"], "b"), (["abc"], 3), (["b", None], "b"), ([["b"]], "b")],
        "keyed": [({"a": 1, "b": 2}, "abab")] * 3 + [({"a": 1}, "abba" * 12), ({odd("a"): 4}, ["a", "é"])],
    }


NAMES = list(arguments(functions(False)))


@pytest.mark.parametrize("name", NAMES)
def test_methods(name: str, tier: int) -> None:
    results = []
    for jitted in (False, True):
        n = functions(jitted)
        seen = []
        for given in arguments(n)[name]:
            for _ in range(2):
                n["LOG"].clear()
                own = copy.deepcopy(given) if "Loud" not in repr(given) else given
                seen.append(
                    (ended(n[name], *own), repr(n["LOG"]).replace(" object at", "").split("0x")[0], len(n["LOG"]))
                )
        results.append(seen)
    different = [
        f"{k}: {a}\n   {b}" for k, (a, b) in enumerate(zip(*results)) if repr(a) != repr(b) and "0x" not in repr(a)
    ]
    assert not different, "\n".join(different[:5])


def test_loops_of_nothing_but_methods_are_worth_it() -> None:
    space: dict[str, Any] = {}
    exec("def f(words):\n for w in words:\n  if w.strip('.').isalpha(): w.lower().startswith('a')", space)
    f = space["f"]
    assert justjit.compile(f)
    words = ["alpha.", "Beta", "12"] * 2000
    for _ in range(400):
        f(words)
        if justjit.stats(f)["tier"] == "optimised":
            break
    assert justjit.stats(f)["tier"] == "optimised"

"""Text by characters, comparisons of strings and lists that grow, in the optimising tier against the interpreter: with text
that is ASCII, that is not, with subclasses, other types, indexes out of range, and guards that fail at random."""

from __future__ import annotations

import copy
import os
import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = r"""
    import sys
    class Text(str): pass
    class Growing(list):
        def append(self, item): list.append(self, (item, item))
    def shift(text, k):
        out = []
        for ch in text:
            if 'a' <= ch <= 'z':
                out.append(chr((ord(ch) - 97 + k) % 26 + 97))
            else:
                out.append(ch)
        return out, ''.join(out)
    def palindrome(text):
        i = 0
        j = len(text) - 1
        while i < j:
            if text[i] != text[j]:
                return False, i
            i += 1
            j -= 1
        return True, i
    def tokens(text):
        out = []
        i = 0
        n = len(text)
        while i < n:
            c = text[i]
            j = i
            if c == ' ':
                i += 1
            elif c.isdigit():
                while i < n and text[i].isdigit():
                    i += 1
                out.append((int(text[j:i]), 'num'))
            elif c.isalpha() or c == '_':
                while i < n and (text[i].isalnum() or text[i] in '_-'):
                    i += 1
                out.append(text[j:i])
            elif c in ('"', "'"):
                i += 1
                while i < n and text[i] != c:
                    i += 1
                out.append(('str', text[j + 1:i]))
                i += 1
            elif c in {'(', ')', '['}:
                out.append(c)
                i += 1
            else:
                out.append((c, None))
                i += 1
        return out
    def runs(text):
        out = []
        last = None
        count = 0
        for ch in text:
            if ch == last:
                count += 1
            else:
                if count:
                    out.append((last, count))
                last = ch
                count = 1
        out.append((last, count))
        return out, ch
    def cases(text):
        up, low, kinds = '', '', []
        for i in range(len(text)):
            c = text[-1 - i]
            up += c.upper()
            low = c.lower() + low
            kinds.append((c.isupper(), c.islower(), c.isspace(), c.isprintable(), c.isidentifier(), c.isascii(),
                          c.isdecimal(), c.isnumeric(), c.isalnum(), c.isalpha(), c.isdigit()))
        return up, low, kinds
    def same(text):
        a = text[0]
        known = {c: c for c in text}
        return [(known[c] is c, c is a, c == a, c != a, c < a, c >= a, hash(c) == hash(a), c) for c in text]
    def first(text, k):
        c = text[k]
        d = text[0] if k % 2 else 'x'
        if c == d:
            return c + d, locals()
        return c, d, sys._getframe().f_locals
    def kinds(text, word, other):
        n = 0
        while n < 3:
            if text == word:
                return 'word', n
            if text != other and other == 'num':
                n += 2
            n += 1
        return n, text == 'num', 'name' != text
    def grow(out, n):
        for i in range(n):
            out.append(i)
            out.append(i / 2)
            out.append(out[0])
        return len(out), out
    def last_one(n):
        return [[].append(i) for i in range(n)], [[i].append(i) is None for i in range(n)]
    def squares(n, text):
        return [i * i for i in range(n) if i % 3], [c for c in text if c > 'b'], [(c, d) for c in text for d in text if c < d]
    def drained(stack):
        t = []
        while stack:
            t.append(stack.pop())
            if t[-1]:
                t.append('full')
        return t, not stack, bool(stack)
    def letters(codes):
        out = []
        for k in codes:
            out.append(chr(k))
        return out
    def mixed(values):
        last = 'a'
        for v in values:
            if v == last:
                return v, last
            last = v
            x = v * 2
        return last, x
    def thrown(text, n):
        c = ''
        try:
            for i in range(n):
                c = text[i]
                if c == '!':
                    raise ValueError(c, i)
        except (IndexError, ValueError) as error:
            return repr(error), c, i
        return c, i
"""

TEXTS = [
    "the quick (brown) fox-2 123",
    "abba",
    "",
    "a",
    "_x1 + 'str' * \"q",
    "aaabbbcdd",
    "ÄÖ straße é1",
    "日本語 kana",
    "a\U0001f600b\x00\x1c\x7f",
    "Zz Aa 09!",
]
SOME = TEXTS[:2] * 4  # what is seen first
LISTS: list[Any] = [[1, 0, 2.5, "a", ""], [], [[], [1], (), None], ["ab", "", "c"], list(range(40))]


def arguments() -> dict[str, list[tuple[Any, ...]]]:
    texts = [*SOME, *TEXTS, *TEXTS]
    return {
        "shift": [(t, k) for k, t in enumerate(texts)] + [(["b", "q", "bb"], 2), ("abc", 2.5), (None, 1), (b"ab", 1)],
        "palindrome": [(t,) for t in texts] + [(list("abba"),), ((1, 2, 1),), (b"aba",)],
        "tokens": [(t,) for t in texts] + [(["(", "1", "ab"],)],
        "runs": [(t,) for t in texts] + [(["a", "a", "bb"],), ([1, 1.0, True],)],
        "cases": [(t,) for t in texts],
        "same": [(t,) for t in texts],
        "first": [(t, k) for t in texts for k in (0, 3, -1, -9, 40)] + [("abc", "b"), ("abc", True), ("abc", 2**70)],
        "kinds": [(t, w, o) for t in ("num", "name", "nu") for w in ("num", "x", "é") for o in ("num", 3, "")],
        "grow": [([0], n) for n in (3, 3, 9, 100)] + [([0], -1), ({1: 2}, 3)],
        "last_one": [(n,) for n in (4, 5, 60)],
        "squares": [(n, t) for n, t in zip(range(4, 40), texts)],
        "drained": [(values,) for values in LISTS * 4] + [({1, 2},), ("ab",)],
        "letters": [(range(60, 128),)] * 3
        + [(range(100, 300),), ([97, -1],), ([97, 0x110000],), ([97, 98.0],), ([True],)],
        "mixed": [(v,) for v in ("abcd", "abb", ["a", "b", "cc"], [1, 2, 2], "aé", "", ["x", 1, None])] * 3,
        "thrown": [(t, n) for t in texts for n in (2, 30)] + [("abc!d", 5)] * 3,
    }


def functions(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<text>", "exec"), namespace)
    for name in arguments():
        if jitted:
            assert justjit.compile(namespace[name])
    return namespace


@pytest.mark.parametrize("name", arguments())
def test_text(name: str, tier: int) -> None:
    plain, jitted = functions(False)[name], functions(True)[name]
    different = []
    for given in arguments()[name]:
        for _ in range(2):
            expected, got = ended(plain, *copy.deepcopy(given)), ended(jitted, *copy.deepcopy(given))
            if expected != got:
                different.append(f"{given}: {expected} {got}")
    assert not different, "\n".join(different[:5])


@pytest.mark.parametrize("name", ["shift", "palindrome", "tokens", "runs", "cases", "same", "grow"])
def test_subclasses(name: str, tier: int) -> None:
    """Of str, whose methods are their own, and of list."""
    results = []
    for jitted in (False, True):
        n = functions(jitted)
        f = n[name]
        own = type(
            "Own",
            (str,),
            {
                "__getitem__": lambda self, k: n["Text"]("z"),
                "__iter__": lambda self: iter("own"),
                "__len__": lambda self: 1,
                "__eq__": lambda self, other: True,
                "__hash__": str.__hash__,
            },
        )
        extra = (3,) if name in ("shift", "grow") else ()
        texts: list[Any] = (
            [["a"], n["Growing"]("a"), ["a"]] if name == "grow" else [*SOME, n["Text"]("abba"), own("abba"), "abba"]
        )
        results.append([ended(f, t, *extra) for t in texts for _ in range(3)])
    assert results[0] == results[1]


def test_no_exits() -> None:
    """Optimised code of each of these takes no exit."""
    texts = {"palindrome": "ab" * 20 + "ba" * 20, "tokens": "alpha + (12 - 'beta') "}
    _core.set_compile_options(max_tier=2, tier_threshold=1)
    try:
        n = functions(True)
        for name, text in texts.items():
            for _ in range(5):
                n[name](text)
            record = justjit.stats(n[name])
            assert record["tier"] == "optimised" and not record["exits"], (name, record)
    finally:
        _core.set_compile_options(max_tier=int(os.environ.get("JUSTJIT_TIER", "2")), tier_threshold=0)

"""Writes random programs of everything but numbers alone: objects, containers, strings, calls of every form, loops over
zip, enumerate and reversed, handlers in loops, comprehensions; and what changes between their calls.

A program is a module (with HEAD at its beginning) with functions f0, f1 ... of (a, b, n), each of which calls only those
before it. Each local has one kind of value most of the time; loops are short, and nothing grows without bounds. The same
seed gives the same program and the same calls on every Python.
"""

from __future__ import annotations

import random
import re
from typing import Any

from .fuzz_mixed_forms import CHANGES, CONDITIONS, FORMS
from .fuzz_mixed_head import HEAD
from .fuzz_numbers import FLOAT_LITERALS, INT_LITERALS
from .fuzz_source import Source

NAMES = {
    "int": ["i", "j"],
    "float": ["u", "v"],
    "str": ["s", "r"],
    "list": ["xs", "ys"],
    "dict": ["d"],
    "set": ["t"],
    "bytes": ["m"],
    "array": ["f", "h"],
    "object": ["p", "q"],
}
LITERALS = {
    "int": INT_LITERALS,
    "float": FLOAT_LITERALS,
    "str": ["''", "'ab'", "'a-b'", "'é'", "'x' * 3", "'\\U0001f600z'"],
    "list": ["[]", "[1, 2, 3]", "[0.5, 1]", "['a', None]", "[True, 2**63]", "[[1], (2, 3)]"],
    "dict": ["{}", "{'k': 1}", "{1: 2, 'x': 0.5}", "dict(a=1, k=2)"],
    "set": ["set()", "{1, 2}", "{1, 'k'}", "frozenset([3])"],
    "bytes": ["bytearray(b'abc')", "bytearray(4)", "b'xyz'", "bytearray(b'')"],
    "array": ["array.array('d', [u, 1])", "array.array('q', [1, 2, -3])", "array.array('B', [1, 255])", "array.array('f')"],
    "object": ["Base(i)", "Node(1)", "Node(u, 0.5)", "Slotted(2)", "Vector(i, 1)", "Record(i)", "Base(s, i)"],
}
# Not in handlers, so that the loops that they are in stay small.
IN_LOOPS = [
    "u = u + f[j % 2]",
    "f[0] += u",
    "m[i % 3] = (m[i % 3] + j) & 255",
    "h[j] = h[j - 1]",
    "xs[0] = i",
    "i, j = j, i + 1",
    "u = u * 0.5 + i",
    "p.x = p.x + 1",
    "p.x, q.x = q.x, p.x",
    "s = s[:2] + 'z'",
    "i += len(xs)",
    "xs[-1] += 1",
    "d[i % 3] = d.get(i % 3, 0) + 1",
    "v = math.sqrt(v * v)",
    "u = min(u, v, 9.5)",
    "j = (j * 5 + i) % 1000003",
    "i = default(i, c=u)[0]",
    "t.add(i % 4)",
    "j = p.add(k=1)",
    "j = climb(j % 9, 2)",
]
ERRORS = ["TypeError", "ValueError", "KeyError", "(IndexError, AttributeError)", "ArithmeticError", "Exception"]


class Expressions(Source):
    """What statements are made of: for every kind of value an expression that mostly has it."""

    def __init__(self, rng: random.Random, number: int) -> None:
        super().__init__(rng, 6, 16)
        self.number = number
        self.loops = 0
        self.fresh = 0

    def of(self, kind: str, depth: int = 0) -> str:
        rng = self.rng
        if rng.random() < 0.02:
            kind = rng.choice(list(NAMES))
        if depth > 2 or rng.random() < 0.3:
            if rng.random() < 0.7:
                return rng.choice(NAMES[kind])
            return f"({rng.choice(LITERALS[kind])})"
        text = rng.choice(FORMS[kind])
        if kind == "int" and self.number and rng.random() < 0.1:
            text = f"f{rng.randrange(self.number)}(<int>, j, 1)[0]"
        parts = {one: self.of(one, depth + 1) for one in NAMES if "<" + one in text}
        for one, other in parts.items():
            text = text.replace(f"<{one}>", other)
        return f"({text})"

    def any(self, depth: int = 1) -> str:
        return self.of(self.rng.choice(list(NAMES)), depth)

    def condition(self) -> str:
        rng = self.rng
        text = rng.choice(CONDITIONS)
        for kind in NAMES:
            while f"<{kind}>" in text:
                text = text.replace(f"<{kind}>", self.of(kind, 3), 1)
        return text


class Writer(Expressions):
    """One function being written."""

    def statement(self) -> None:
        self.budget -= 1
        rng = self.rng
        kind = rng.random()
        if self.budget >= 0 and self.indent < 5 and kind < 0.4:
            blocks = [self.branch, self.loop, self.loop, self.loop, self.counted, self.tried, self.tried, self.guarded]
            return rng.choice([*blocks, self.closure])()
        if kind < 0.72:
            return self.assign()
        if kind < 0.9:
            return self.protected(rng.choice(self.changes()))
        if kind < 0.95 and self.loops:
            self.line(f"if {self.condition()}:")
            return self.line(f"    {rng.choice(['break', 'continue', 'return i, u, s'])}")
        return self.line(
            f"LOG.append({rng.choice(['peek()', 'peek()', 'shown(' + self.any() + ')', 'kind_of(' + self.any() + ')'])})"
        )

    def assign(self) -> None:
        kind = self.rng.choice([*NAMES, "int", "int", "float", "list"])
        name = self.rng.choice(NAMES[kind])
        self.protected(f"{name} = clip({self.of(kind)})")

    def protected(self, statement: str) -> None:
        """Most statements that may raise have a handler, so that the rest of the function is reached."""
        if self.rng.random() < 0.12 or self.indent > 5:
            self.line(statement)
            return
        self.line("try:")
        self.line(f"    {statement}")
        self.line(f"except {self.rng.choice(['Exception', 'Exception', *ERRORS])} as e:")
        self.line("    LOG.append((type(e).__name__, str(e)))")

    def changes(self) -> list[str]:
        """Statements that change something in place."""
        one, text, item = self.of("int", 1), self.of("str", 1), self.any()
        places = ["p.x", "q.y", "p.level", "p.next", "xs[0]", "xs[-1]", "ys[1]", "d['k']", "m[0]", "p[0]", "q[1]"]
        forms = [f"{place} = {self.rng.choice([one, one, item])}" for place in places]
        for name in "fhm":
            at = self.rng.choice(["0", "-1", "i % 3", "j"])
            forms += [f"{name}[{at}] {change}" for change in (f"= {one}", "+= 1", "= i & 127", f"= {self.of('float', 2)}")]
        forms += ["f.append(i)", "h.append(u)", "h.pop()", "del f[0]", "f, h = h, f", "h[0], f[0] = f[0], h[0]"]
        forms += [f"{place} += {one}" for place in ("p.x", "q.y", "xs[0]", "d['k']", "m[1]", "p.level", "Base.count")]
        forms += [
            f"xs.append({item})",
            "xs.pop()",
            "ys.sort()",
            "xs.reverse()",
            f"ys.insert(0, {one})",
            "xs[1:2] = ys[:2]",
        ]
        forms += [
            "del xs[0]",
            "del d['k']",
            "d.pop('k')",
            f"d.setdefault('x', {one})",
            f"d.update(z={one})",
            "d |= {'y': 1}",
        ]
        forms += [
            f"t.add({one})",
            "t.discard(1)",
            f"m.append({one} & 255)",
            "m += b'z'",
            f"s += {text}",
            f"ys += [{item}]",
        ]
        forms += [
            f"i += {one}",
            "j -= 1",
            "u *= 0.5",
            "v += i",
            "i, j = j, i",
            "s, r = r, s",
            "p, q = q, p",
            f"i, *ys = {self.of('list', 1)}",
        ]
        forms += [
            f"(i, j), u = (j, {one}), v",
            "del p.y",
            f"setattr(p, 'x', {item})",
            "p.next = q",
            "p.add(1)",
            "p = None",
        ]
        return forms + ["set_step(i)", "i = p.add(k=2)", "p.both(*xs, **{'z': 1})", "assert i, s", "del q"]

    def branch(self) -> None:
        self.either(self.condition())

    def loop(self) -> None:
        lists, text = self.of("list", 3), self.of("str", 3)
        head = self.rng.choice(
            [
                "for i in range(n)",
                "for j in reversed(range(n))",
                f"for j, i in enumerate({lists})",
                "for j, u in enumerate(xs, 2)",
                f"for i, u in zip({lists}, (0.5, 1.5, 2))",
                "for i, (s, j) in enumerate(zip(NAMES, range(3)))",
                "for i, j in zip(range(n), range(9, 0, -2))",
                f"for s in {text}",
                "for s, i in list(d.items())",
                "for i in reversed(xs[:4])",
                "for i in list(m)[:3]",
                "for u in (k / 2 for k in range(n))",
                "for i in upto(4)",
                "for i, _ in zip(upto(5), xs)",
                "for p in (Base(1), Node(2), Slotted(3))[:n]",
                "for i, j in sorted({3: 1, 1: 2}.items())",
                "for i in map(int, NAMES[1:2] or '12')",
                "for i in sorted(xs, key=lambda k: str(k))",
                "for j in [*range(2), 2**62, 2**63][:n]",
                "for r in s.split('-')",
                "for i in filter(None, xs)",
                "for u in f",
                "for i in h",
                "for i, u in enumerate(f)",
                "for j in range(len(h))",
                "for i in m",
            ]
        )
        self.line(head + ":")
        if grows := re.search(r"\b(xs|[fhm])\b", head.split(" in ", 1)[1]):  # in the loop, perhaps
            self.line(f"    if {grows[0]}[9:]: break")
        self.inside()

    def counted(self) -> None:
        self.fresh += 1
        name = f"k{self.fresh}"
        self.line(f"{name} = {self.rng.choice(['n', '3', 'min(n, 2)'])}")
        self.line(f"while {name} > 0:")
        self.line(f"    {name} -= 1")
        self.inside()

    def inside(self) -> None:
        self.loops += 1
        for text in self.rng.sample(IN_LOOPS, 2) if self.rng.random() < 0.3 else ():
            self.line(f"    {text}")
        self.block()
        self.loops -= 1
        if self.rng.random() < 0.1:
            self.line("else:")
            self.block()

    def tried(self) -> None:
        self.line("try:")
        self.block()
        if self.rng.random() < 0.4:
            self.line(f"    if {self.condition()}:")
            self.line(f"        raise {self.rng.choice(['KeyError', 'ValueError', 'ZeroDivisionError'])}({self.any()})")
        self.line(f"except {self.rng.choice(ERRORS)} as e:")
        self.line("    LOG.append(type(e).__name__)")
        if self.rng.random() < 0.3:
            self.indent += 1
            self.line(self.rng.choice(["raise", "raise RuntimeError('again') from e", "i = 1"]))
            self.indent -= 1
        elif self.rng.random() < 0.3:
            self.line("finally:")
            saved, self.loops = self.loops, 0
            self.block()
            self.loops = saved

    def guarded(self) -> None:
        self.line(f"with Guard({self.rng.choice(['True', 'True', 'False', 'i'])}) as j:")
        self.block()

    def closure(self) -> None:
        self.fresh += 1
        name = f"g{self.fresh}"
        self.line(f"def {name}(k, *rest, m={self.of('int', 2)}, **named):")
        changed = self.rng.choice(["i", "u", "c"])
        self.line(f"    nonlocal {changed}")
        self.line(f"    {changed} = {self.rng.choice(['k', '(k, m)', 'm', changed])}")
        self.line(f"    return k + {self.rng.choice(['c', 'm', 'len(rest)', 'j'])}")
        calls = ["(1)", "(i, m=2)", "(0.5, 1, 2)", "(*xs)", "(k=2, z=3)", "(1, **d)"]
        self.protected(f"c = {name}{self.rng.choice(calls)}")
        if self.rng.random() < 0.5:
            self.protected(f"xs = [{name}(k) for k in range(n)]")


def write_program(rng: random.Random) -> list[str]:
    """The text of the module, function by function."""
    parts = [HEAD]
    for number in range(rng.randint(1, 3)):
        writer = Writer(rng, number)
        for text in ("i, j = a, 1", "u, v = 0.5, b", "s, r = 'ab', 'c-d'", "xs, ys = [a, b, 1], [1, 2, 3]", "c = 0"):
            writer.line(text)
        writer.line("d, t, m = {'k': a}, {1, 2}, bytearray(b'mno')")
        writer.line(f"f, h = {rng.choice(LITERALS['array'])}, {rng.choice(LITERALS['array'])}")
        writer.line(f"p, q = {rng.choice(LITERALS['object'])}, {rng.choice(LITERALS['object'])}")
        while writer.budget > 0:
            writer.statement()
        writer.line("return i, j, u, v, s, r, xs, ys, sorted(map(repr, d)), sorted(map(repr, t)), m, shown(p), c, f, h")
        parts.append(f"def f{number}(a, b, n):\n" + "\n".join(writer.lines) + "\n")
    return parts


def write_steps(rng: random.Random, functions: int, count: int) -> list[Any]:
    """What is done with a program: calls (name, a, b, n), in runs of one type, and statements that change things."""
    steps: list[Any] = []
    kinds = [
        [0, 1, 2, 7, -3],
        [0.5, -1.5, 2.0],
        [1, 2**62, 2**63, -(2**63)],
        ["a", "b-c", ""],
        [None, 1, "x", 0.5, (1, 2)],
    ]
    while len(steps) < count:
        kind = rng.choice([kinds[0], kinds[0], *kinds])
        for _ in range(rng.randint(2, 6)):
            function = f"f{functions - 1 if rng.random() < 0.7 else rng.randrange(functions)}"
            steps.append((function, rng.choice(kind), rng.choice(kinds[1] + kinds[0]), rng.choice([0, 1, 3, 3, 6])))
        if rng.random() < 0.25:
            value = rng.choice([*INT_LITERALS, *FLOAT_LITERALS, "'t'", "None", "[1]"])
            steps.append(rng.choice(CHANGES).format(value))
    return steps

"""Writes random numeric programs for the optimising tier and the calls to try them with: values at every boundary, and
types, globals and classes that change between calls.

A program is a module with functions f0, f1 ... of (a, b, n), each of which calls only those before it, a class Point and
globals. peek() and poke() are given to it: they read, and since 3.13 write, the locals of whoever calls them. Loops are
short, and no number grows without bounds. The same seed gives the same program and the same calls on every Python.
"""

from __future__ import annotations

import random
from typing import Any

from .fuzz_source import Source
from .numeric import FLOATS, INTS, MyFloat, MyInt

INT_LITERALS = ["0", "1", "-1", "2", "3", "-7", "10", "2**15", "2**30", "2**31", "-2**31", "2**53", "2**53 + 1"]
INT_LITERALS += ["2**62", "-2**62", "2**63 - 1", "-2**63", "2**63", "2**64", "True", "False"]
FLOAT_LITERALS = [
    "0.0",
    "-0.0",
    "0.5",
    "-2.5",
    "1e308",
    "5e-324",
    "2.0**53",
    "float('inf')",
    "float('nan')",
    "1.0",
    "3.0",
]
# Most programs work on one kind of number most of the time, as real ones do.
LITERALS = {"int": INT_LITERALS, "float": FLOAT_LITERALS + ["1", "2"], "mixed": INT_LITERALS + FLOAT_LITERALS}
FACTORS = ["2", "-1", "3", "0", "2**20", "True", "a", "b"]
DIVISORS = ["2", "-1", "3", "-7", "2**31", "a", "b", "5", "10"]
COMPARES = ["<", "<=", "==", "!=", ">", ">="]
LOCALS = ["x", "y", "z", "w"]

HEAD = """
G0 = 3
G1 = 2**62
G2 = 0.5


class Point:
    scale = 2

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def total(self, k):
        return self.x + self.y * k

    @property
    def both(self):
        return self.x - self.y


def choose(a, b, k):
    if k < 2:
        return a
    return b


def climb(x, y, k=2):
    if k < 1:
        return x
    return climb(x, y, k - 1) + G0 * y


def steps(x, y):
    k = 0
    while x < y and k < 9:
        x, k = x + x + 1, k + 1
    for j in range(3):
        k = k * 3 + (x > j)
    return k
"""


class Number:
    """An operand that is no number, and has results of every kind."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __add__(self, other: Any) -> Any:
        return self.value + 1

    def __radd__(self, other: Any) -> Any:
        return 0.25

    def __lt__(self, other: Any) -> Any:
        return self.value

    def __neg__(self) -> Any:
        return Number(-self.value)

    def __repr__(self) -> str:
        return f"Number({self.value})"


ARGUMENTS: list[Any] = [*INTS, *FLOATS, True, False, MyInt(5), MyInt(2**62), MyFloat(2.5), None, 2 + 1j, Number(3)]


class Writer(Source):
    """One function being written."""

    def __init__(self, rng: random.Random, number: int, numbers: str) -> None:
        super().__init__(rng, 5, 14)
        self.number = number
        self.numbers = numbers  # a key of LITERALS
        self.loops: list[str] = []  # the variables of the open loops

    def atom(self) -> str:
        kind = self.rng.random()
        if kind < 0.2:
            return self.rng.choice(LITERALS[self.numbers])
        if kind < 0.4:
            return self.rng.choice(["a", "b", "n"])
        if kind < 0.5 and self.loops:
            return self.rng.choice(self.loops)
        if kind < 0.6:
            return self.rng.choice(["G0", "G1", "G2", "p.x", "p.y", "p.scale", "Point.scale", "p.both"])
        if kind < 0.68:
            return f"xs[{self.rng.choice(['0', '1', '-1', '2', *(f'{v} % 3' for v in self.loops)])}]"
        return self.rng.choice(LOCALS)

    def expression(self, depth: int = 0) -> str:
        rng = self.rng
        if depth > 2 or rng.random() < 0.2:
            return self.atom()
        kind = rng.random()
        one = self.expression(depth + 1)
        if kind < 0.4:
            return f"({one} {rng.choice('+-')} {self.expression(depth + 1)})"
        if kind < 0.5:
            return f"({one} * {rng.choice(FACTORS + self.loops)})"
        if kind < 0.6:
            return f"({one} {rng.choice(self.divisions())} {rng.choice(DIVISORS + self.loops)})"
        if kind < 0.72:
            return self.bits(one, depth)
        if kind < 0.78:
            return f"({rng.choice(['-', '+', '-', 'not '])}{one})"
        if kind < 0.84:
            return self.condition(depth + 1)
        if kind < 0.88:
            return f"({one} if {self.condition(depth + 1)} else {self.expression(depth + 1)})"
        return self.call(one, depth)

    def divisions(self) -> list[str]:
        return ["//", "%"] if self.numbers == "int" else ["//", "%", "/"]

    def bits(self, one: str, depth: int) -> str:
        """An operation on ints; mostly they are made ones, so that programs do not end here all the time."""
        rng = self.rng
        two = self.expression(depth + 1) if rng.random() < 0.5 else rng.choice(INT_LITERALS)
        if self.numbers != "int" and rng.random() < 0.9:
            one, two = f"int({one})", f"int({two})"
        kind = rng.random()
        if kind < 0.5:
            return f"({one} {rng.choice('&|^')} {two})"
        if kind < 0.6:
            return f"(~{one})"
        count = rng.choice(["0", "1", "3", "31", "62", "63", "64", f"({two} & 63)"])
        return f"({one} {rng.choice(['<<', '>>'])} {count})"

    def call(self, one: str, depth: int) -> str:
        rng = self.rng
        two = self.expression(depth + 1)
        calls = [f"{name}({one})" for name in ("abs", "int", "float", "bool", "round")]
        calls += [f"{name}({one}, {two})" for name in ("min", "max")]
        calls += [
            "len(xs)",
            f"p.total({one})",
            f"choose({one}, {two}, {self.atom()})",
            f"climb({one}, {two})",
            f"steps({one}, {two})",
            f"isinstance({one}, int)",
        ]
        calls += [f"(lambda k: k + {one})({two})", f"sum([{one}, {two}])", f"[{one} for _ in range(2)][-1]"]
        if self.number:
            calls += [f"f{rng.randrange(self.number)}({one}, {two}, 2)"] * 3
        return rng.choice(calls)

    def condition(self, depth: int = 1) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.7:
            return f"({self.expression(depth + 1)} {rng.choice(COMPARES)} {self.expression(depth + 1)})"
        if kind < 0.8:
            return f"({self.atom()} {rng.choice(['is', 'is not'])} {rng.choice(['None', *LOCALS])})"
        return f"({self.atom()} {rng.choice(['and', 'or'])} {self.expression(depth + 1)})"

    def statement(self) -> None:
        self.budget -= 1
        rng = self.rng
        name = rng.choice(LOCALS)
        kind = rng.random()
        if self.budget >= 0 and self.indent < 5 and kind < 0.35:
            return rng.choice(
                [self.branch, self.for_range, self.for_range, self.for_items, self.while_loop, self.tried]
            )()
        if kind < 0.6:
            self.line(f"{name} = {self.expression()}")
        elif kind < 0.7:
            operators = "+-&|^" if self.numbers == "int" else "+-"
            self.line(f"{name} {rng.choice(operators)}= {self.expression(1)}")
        elif kind < 0.74:
            self.line(f"if -2**80 < {name} < 2**80:")
            self.line(
                f"    {name} = {name} {rng.choice(['* ' + rng.choice(LOCALS), '** 2', '** 0.5', '** -1', '** 3'])}"
            )
        elif kind < 0.8:
            self.line(f"xs[{rng.choice(['0', '1', '-1', '-2'])}] = {self.expression(1)}")
        elif kind < 0.84:
            self.line(f"p.{rng.choice(['x', 'y'])} {rng.choice(['', '+', '-'])}= {self.expression(1)}")
        elif kind < 0.88:
            self.line(f"{name}, {rng.choice(LOCALS)} = {self.atom()}, {self.atom()}")
        elif kind < 0.93:
            self.line(f"LOG.append({rng.choice(['peek()', self.condition(), self.expression(1)])})")
        elif kind < 0.95:
            self.line(f"poke({name!r}, {rng.choice(LITERALS['mixed'])})")
        elif kind < 0.96:
            self.line(f"del {name}")
        elif self.loops:
            self.line(f"if {self.condition()}:")
            self.line(f"    {rng.choice(['break', 'continue', 'return x, y'])}")
        else:
            self.line(f"{name} = {self.expression(1)}")
        return None

    def branch(self) -> None:
        self.either(self.condition())

    def loop(self, head: str, variable: str) -> None:
        self.line(head)
        self.loops.append(variable)
        self.block()
        self.loops.pop()
        if self.rng.random() < 0.15:
            self.line("else:")
            self.block()

    def for_range(self) -> None:
        variable = f"i{len(self.loops)}"
        spans = [
            "n",
            "n",
            "len(xs)",
            "1, n",
            "n, -1, -2",
            "a, a + 3",
            "2**62, 2**62 + 3",
            "2**63 - 2, 2**63 + 1",
            "-3, 3",
        ]
        self.loop(f"for {variable} in range({self.rng.choice(spans)}):", variable)

    def for_items(self) -> None:
        variable = f"v{len(self.loops)}"
        atoms = ", ".join(self.atom() for _ in range(3))
        source = self.rng.choice(["xs", "xs[:]", f"[{atoms}]", f"({atoms})", "tuple(xs)"])
        self.loop(f"for {variable} in {source}:", variable)

    def while_loop(self) -> None:
        self.line(f"k{len(self.loops)} = {self.rng.choice(['n', '4', '0.0'])}")
        variable = f"k{len(self.loops)}"
        up = self.lines[-1].endswith("0.0")
        self.line(f"while {variable} {'< 1.75' if up else '> 0'}:")
        self.line(f"    {variable} {'+= 0.5' if up else '-= 1'}")
        self.loops.append(variable)
        self.block()
        self.loops.pop()

    def tried(self) -> None:
        self.line("try:")
        self.block()
        if self.rng.random() < 0.3:
            self.indent += 1
            self.line(f"if {self.condition()}:")
            self.line(f"    raise {self.rng.choice(['TypeError', 'ZeroDivisionError', 'KeyError'])}({self.atom()})")
            self.indent -= 1
        self.line(f"except {self.rng.choice(['ZeroDivisionError', 'TypeError', 'ArithmeticError', 'Exception'])} as e:")
        self.line("    LOG.append(str(e))")
        if self.rng.random() < 0.3:
            self.line("finally:")
            self.block()


def write_program(rng: random.Random) -> list[str]:
    """The text of the module, function by function."""
    parts = [HEAD]
    numbers = rng.choice(list(LITERALS))
    for number in range(rng.randint(1, 3)):
        writer = Writer(rng, number, numbers)
        writer.line("x, y = a, b")
        writer.line("z = 0")
        if rng.random() < 0.9:
            writer.line(f"w = {rng.choice(LITERALS[numbers])}")
        writer.line("p = Point(a, 1)")
        writer.line("xs = [a, b, 1]")
        while writer.budget > 0:
            writer.statement()
        writer.line("return x, y, z, xs, p.x, p.y")
        parts.append(f"def f{number}(a, b, n):\n" + "\n".join(writer.lines) + "\n")
    return parts


def changes(rng: random.Random) -> str:
    """Something that a running program may do to its globals and classes."""
    value = rng.choice(LITERALS["mixed"])
    return rng.choice(
        [
            f"G{rng.randrange(3)} = {value}",
            f"G{rng.randrange(3)} = {value}",
            f"Point.scale = {value}",
            "Point.scale = property(lambda self: self.x)",
            "Point.total = lambda self, k: self.y",
            "Point.both = 7",
            "Point.__slots__ = ()",
            "choose = lambda a, b, k: b",
            "choose.__code__ = (lambda a, b, k: a if k is None else k).__code__",
            "len = lambda items: 2",
            "abs = float",
            "min, max = max, min",
            "range = lambda *args: [0, 1.5, 2]",
            "class Point(Point):\n    x = property(lambda self: 5, lambda self, value: None)",
        ]
    )


def write_steps(rng: random.Random, functions: int, count: int) -> list[Any]:
    """What is done with a program: calls (name, a, b, n), in runs of one type, and statements that change things."""
    steps: list[Any] = []
    while len(steps) < count:
        kind = rng.choice([INTS[:9], INTS[:9], INTS, FLOATS[2:5], FLOATS, ARGUMENTS])
        for _ in range(rng.randint(2, 6)):
            function = f"f{functions - 1 if rng.random() < 0.7 else rng.randrange(functions)}"
            steps.append((function, rng.choice(kind), rng.choice(kind), rng.choice([0, 1, 3, 3, 6])))
        if rng.random() < 0.25:
            steps.append(changes(rng))
    return steps

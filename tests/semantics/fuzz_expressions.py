"""The expressions of random programs (fuzz.py): half of them numbers, as most expressions of real programs do not raise."""

from __future__ import annotations

import random

from .fuzz_source import Source

CONSTANTS = [
    "0",
    "1",
    "2",
    "-1",
    "7",
    "255",
    "-6",
    "2**31",
    "-(2**63)",
    "2**62",
    "10**25",
    "0.5",
    "-2.0",
    "1e300",
    "float('nan')",
    "''",
    "'ab'",
    "'xyz'",
    "True",
    "False",
    "None",
    "()",
    "(1, 2)",
]
NUMBERS = ["0", "1", "2", "-3", "100", "2**30", "2**62", "-(2**63)", "10**20", "0.5", "-2.5", "1e10", "True"]
BINARY = ["+", "-", "//", "%", "/", "&", "|", "^", "<<"]
COMPARES = ["<", "<=", "==", "!=", ">", ">=", "is", "is not", "in", "not in"]


class Expressions(Source):
    """What statements are made of, while one function is being written."""

    def __init__(self, rng: random.Random, number: int, parameters: list[str]) -> None:
        super().__init__(rng, 8, 22)
        self.position = number  # functions before it may be called
        self.parameters = parameters
        self.names = list(parameters)
        self.numbers: list[str] = []  # names that hold numbers, mostly
        self.loops = 0  # open loops, for break and continue
        self.fresh = 0

    def name(self) -> str:
        """A name to store into: old or new."""
        if self.names and self.rng.random() < 0.6:
            return self.rng.choice(self.names)
        self.fresh += 1
        self.names.append(f"v{self.fresh}")
        return self.names[-1]

    def atom(self) -> str:
        if self.names and self.rng.random() < 0.65:
            return self.rng.choice(self.names)
        return self.rng.choice(CONSTANTS)

    def number(self, depth: int = 0) -> str:
        """An expression that usually is a number, as most expressions of real programs do not raise."""
        rng = self.rng
        if depth > 2 or rng.random() < 0.3:
            return rng.choice(self.numbers) if self.numbers and rng.random() < 0.7 else rng.choice(NUMBERS)
        operator = rng.choice(["+", "-", "*", "+", "-", "*", "//", "%", "/", "&", "^", "<<", "<", "==", ">="])
        left, right = self.number(depth + 1), self.number(depth + 1)
        if operator in ("//", "%", "/"):
            return f"({left} {operator} {rng.choice(['3', '-7', '2.5', right])})"
        if operator in ("&", "^"):
            return f"(int({left}) {operator} {rng.choice(['255', '2**40', '-1'])})"
        if operator == "<<":
            return f"(int({left}) << {rng.choice(['1', '31', '64'])})"
        return f"({left} {operator} {right})"

    def expression(self, depth: int = 0) -> str:
        rng = self.rng
        if rng.random() < 0.5:
            return self.number(depth)
        if depth > 2 or rng.random() < 0.25:
            return self.atom()
        kinds = [
            self.binary,
            self.binary,
            self.binary,
            self.compare,
            self.logic,
            self.display,
            self.subscript,
            self.call,
            self.method,
            self.comprehension,
            self.formatted,
            self.unary,
        ]
        return rng.choice(kinds)(depth + 1)

    def binary(self, depth: int) -> str:
        operator = self.rng.choice(BINARY)
        right = self.expression(depth)
        if operator == "<<":
            right = self.rng.choice(["1", "3", "30", "65", "True", "''"])
        return f"({self.expression(depth)} {operator} {right})"

    def unary(self, depth: int) -> str:
        return self.rng.choice(["(-{})", "(not {})", "(~{})", "(+{})"]).format(self.expression(depth))

    def compare(self, depth: int) -> str:
        text = f"({self.expression(depth)} {self.rng.choice(COMPARES[:6] + COMPARES[8:])} {self.expression(depth)}"
        if self.rng.random() < 0.2:
            text += f" {self.rng.choice(COMPARES[:6])} {self.atom()}"
        if self.rng.random() < 0.15:
            text = f"({self.atom()} {self.rng.choice(['is', 'is not'])} None"
        return text + ")"

    def logic(self, depth: int) -> str:
        a, b, c = (self.expression(depth) for _ in range(3))
        return self.rng.choice([f"({a} and {b})", f"({a} or {b})", f"({a} if {b} else {c})", f"({a} and {b} or {c})"])

    def display(self, depth: int) -> str:
        items = [self.expression(depth) for _ in range(self.rng.randint(0, 3))]
        if items and self.rng.random() < 0.25:
            items[0] = "*" + self.atom()
        kind = self.rng.randrange(4)
        if kind == 0:
            return f"[{', '.join(items)}]"
        if kind == 1:
            return f"({', '.join(items)}{',' if items else ''})"
        if kind == 2:
            return (
                "{"
                + ", ".join(f"{self.rng.choice(['1', repr('k'), self.atom()])}: {i.lstrip('*')}" for i in items)
                + "}"
            )
        return f"[{', '.join(items)}][-1:]"

    def subscript(self, depth: int) -> str:
        index = self.rng.choice(["0", "-1", "1", "'k'", "1:", ":-1", "::2", self.atom()])
        return f"{self.expression(depth)}[{index}]"

    def call(self, depth: int) -> str:
        rng = self.rng
        if self.position and rng.random() < 0.5:
            target = f"f{rng.randrange(self.position)}"
            arguments = [self.expression(depth) for _ in range(rng.randint(1, 3))]
            style = rng.random()
            if style < 0.2:
                return f"{target}(*[{', '.join(arguments)}])"
            if style < 0.35:
                return f"{target}({arguments[0]}, **{{'b': {arguments[-1]}}})"
            if style < 0.5:
                return f"{target}({arguments[0]}, b={arguments[-1]})"
            return f"{target}({', '.join(arguments)})"
        function = rng.choice(
            ["len", "str", "bool", "type", "abs", "list", "tuple", "sorted", "repr", "sum", "max", "check", "int"]
        )
        text = f"{function}({self.expression(depth)})"
        return f"{text}.__name__" if function == "type" else text

    def method(self, depth: int) -> str:
        target = self.rng.choice(["'a-b-c'", "[3, 1, 2]", "{'k': 1}", self.atom()])
        call = self.rng.choice(
            ["upper()", "split('-')", "count(1)", "index(2)", "get('k')", "items()", "copy()", "real", "pop()"]
        )
        text = f"({target}).{call}"
        return f"list({text})" if call == "items()" else text

    def comprehension(self, depth: int) -> str:
        source = self.rng.choice(["range(4)", "'abc'", "[1, 2.5, 'x']", self.atom()])
        self.names.append("i")
        item, test = self.expression(depth + 1), self.compare(2)
        self.names.remove("i")
        condition = f" if {test}" if self.rng.random() < 0.4 else ""
        kind = self.rng.randrange(4)
        if kind == 0:
            return f"{{repr(i): {item} for i in {source}{condition}}}"
        if kind == 1:
            return f"list({item} for i in {source}{condition})"
        return f"[{item} for i in {source}{condition}]"

    def formatted(self, depth: int) -> str:
        return (
            'f"{'
            + self.atom().replace('"', "'").replace("float('nan')", "1.5")
            + self.rng.choice(["", "!r", "!s:>5"])
            + '}"'
        )

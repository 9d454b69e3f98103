"""Writes random programs that end, raise often, and show everything they do.

A program is a module with functions f0, f1 ... and a `main()` that returns a value; each function calls only those
before it. The names LOG and check() are given to it. The same seed gives the same program on every Python.
"""

from __future__ import annotations

import random

from .fuzz_expressions import Expressions

ERRORS = [
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "ZeroDivisionError",
    "AttributeError",
    "LookupError",
    "Exception",
]


class Writer(Expressions):
    """One function being written."""

    def statement(self) -> None:
        self.budget -= 1
        if self.budget < 0 or self.indent > 5:
            self.line(f"LOG.append({self.atom()})")
            return
        simple = [
            self.assign,
            self.assign,
            self.augmented,
            self.store_item,
            self.log,
            self.unpack,
            self.delete,
            self.walrus,
        ]
        compound = [
            self.branch,
            self.loop,
            self.while_loop,
            self.try_except,
            self.try_finally,
            self.with_block,
            self.nested,
        ]
        jumps = [self.leave_loop, self.give_back, self.throw, self.assertion]
        kind = self.rng.random()
        if kind < 0.6 and self.indent < 5:
            self.line("try:")
            self.indent += 1
            self.rng.choice(simple)()
            self.indent -= 1
            self.line("except Exception as e:")
            self.line(f"    LOG.append({self.rng.choice(['type(e).__name__', 'str(e)'])})")
            return
        if kind < 0.75:
            self.number_statement()
            return
        kind = self.rng.random()
        self.rng.choice(simple if kind < 0.5 else compound if kind < 0.88 else jumps)()

    def assign(self) -> None:
        value = self.expression()
        self.line(f"{self.name()} = {value}")

    def number_statement(self) -> None:
        value = f"clip({self.number()})"
        if self.numbers and self.rng.random() < 0.6:
            name = self.rng.choice(self.numbers)
            self.line(f"{name} {self.rng.choice(['', '', '+', '-'])}= {value}")
            return
        self.fresh += 1
        self.line(f"x{self.fresh} = {value}")
        self.numbers.append(f"x{self.fresh}")

    def walrus(self) -> None:
        value = self.expression()
        self.line(f"LOG.append(({self.name()} := {value}))")

    def augmented(self) -> None:
        value = self.expression(1)
        self.line(f"{self.rng.choice(self.names or ['LOG'])} {self.rng.choice(['+', '-', '|', '%'])}= {value}")

    def store_item(self) -> None:
        self.line(
            f"{self.atom_name()}[{self.rng.choice(['0', '-1', repr('k'), '1:2', self.atom()])}] = {self.expression(1)}"
        )

    def atom_name(self) -> str:
        return self.rng.choice(self.names) if self.names else "LOG"

    def log(self) -> None:
        self.line(f"LOG.append({self.expression()})")

    def unpack(self) -> None:
        value = self.rng.choice([self.display(1), self.atom(), "(1, 2)", "[3, 4]", "'xy'"])
        targets = self.rng.choice(["{}, {}", "{}, *{}", "({}, {})"])
        self.line(f"{targets.format(self.name(), self.name())} = {value}")

    def delete(self) -> None:
        target = self.atom_name()
        self.line(f"del {target}" if self.rng.random() < 0.3 and target != "LOG" else f"del {target}[0]")

    def branch(self) -> None:
        self.line(f"if {self.expression(1)}:")
        self.block()
        if self.rng.random() < 0.5:
            self.line("else:")
            self.block()

    def loop(self) -> None:
        source = self.rng.choice(["range(3)", "range(5)", "'abc'", "[1, 2.5, None]", "enumerate('ab')", self.atom()])
        target = self.rng.choice([self.name(), self.name(), f"{self.name()}, {self.name()}"])
        self.line(f"for {target} in {source}:")
        self.in_loop()

    def while_loop(self) -> None:
        self.fresh += 1
        counter = f"n{self.fresh}"
        self.line(f"{counter} = {self.rng.randint(1, 4)}")
        self.line(f"while {counter} > 0{self.rng.choice([' and ' + self.atom(), ''])}:")
        self.indent += 1
        self.line(f"{counter} -= 1")
        self.indent -= 1
        self.in_loop()

    def in_loop(self) -> None:
        self.loops += 1
        self.block()
        self.loops -= 1
        if self.rng.random() < 0.3:
            self.line("else:")
            self.block()

    def try_except(self) -> None:
        self.line("try:")
        self.block()
        for _ in range(self.rng.randint(1, 2)):
            error = self.rng.choice([*ERRORS, f"({self.rng.choice(ERRORS)}, {self.rng.choice(ERRORS)})"])
            named = self.rng.random() < 0.6
            self.line(f"except {error}{' as e' if named else ''}:")
            self.indent += 1
            self.line("LOG.append(type(e).__name__)" if named else "LOG.append('caught')")
            if self.rng.random() < 0.2:
                self.line(self.rng.choice(["raise", "raise KeyError('again')", "raise RuntimeError('from') from None"]))
            self.indent -= 1
        if self.rng.random() < 0.3:
            self.line("else:")
            self.block()
        if self.rng.random() < 0.3:
            self.line("finally:")
            self.block()

    def try_finally(self) -> None:
        self.line("try:")
        self.block()
        self.line("finally:")
        saved, self.loops = self.loops, 0
        self.block()
        self.loops = saved

    def with_block(self) -> None:
        self.line(f"with Manager({self.rng.choice(['0', '1', '2'])}) as {self.name()}:")
        self.block()

    def nested(self) -> None:
        self.fresh += 1
        inner = f"g{self.fresh}"
        captured = self.atom_name()
        self.line(f"def {inner}(p, *rest, q={self.atom()}, **kw):")
        self.indent += 1
        if captured in self.parameters and captured != "kw" and self.rng.random() < 0.6:
            self.line(f"nonlocal {captured}")
            self.line(f"{captured} = {self.rng.choice(['p', '(p, q)', 'rest'])}")
        self.line(f"return p, rest, {captured}, sorted(kw)")
        self.indent -= 1
        arguments = self.rng.choice(["1", "1, 2, 3", "*'ab'", "1, q=2, c=3", "**{'p': 1, 'z': 2}", "", "5, *[6], q=7"])
        self.line(f"LOG.append({inner}({arguments}))")

    def leave_loop(self) -> None:
        self.line(self.rng.choice(["break", "continue"]) if self.loops else f"LOG.append({self.atom()})")

    def give_back(self) -> None:
        self.line(f"return {self.expression()}")

    def throw(self) -> None:
        self.line(f"raise {self.rng.choice(ERRORS[:-1])}({self.atom()})")

    def assertion(self) -> None:
        self.line(f"assert {self.expression(1)}, 'asserted'")


HEAD = """
class Manager:
    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        LOG.append(("enter", self.kind))
        return [self.kind]

    def __exit__(self, kind, value, tb):
        LOG.append(("exit", self.kind, kind and kind.__name__))
        if self.kind == 2:
            raise LookupError("from exit")
        return self.kind == 1


def clip(value):
    return value if -(10**40) < value < 10**40 else 7


def check(value):
    if isinstance(value, str) and value > "b":
        raise ValueError("checked")
    return value
"""


def write_program(seed: int) -> str:
    rng = random.Random(seed)
    parts = [HEAD]
    functions = rng.randint(2, 4)
    for number in range(functions):
        signature = rng.choice(["a, b=1", "a, b=2, *args", "a, *args, b=None, **kw", "a, b=0.5, c=()"])
        parameters = [p.split("=")[0].lstrip("*") for p in signature.replace(" ", "").split(",")]
        writer = Writer(rng, number, parameters)
        writer.line("x = 1")
        writer.numbers.append("x")
        while writer.budget > 0:
            writer.statement()
        writer.line(f"LOG.append({writer.number()})")
        writer.line(f"return {writer.atom()}, {writer.atom()}")
        parts.append(f"def f{number}({signature}):\n" + "\n".join(writer.lines))
    calls = []
    for number in range(functions):
        for argument in ("1", "'ab'", "[1, 2]", "2.5", "{'k': 1}", "-(2**70)"):
            calls.append(f"def case_{number}_{len(calls)}():\n    return f{number}({argument})")
    return "\n\n\n".join(parts + calls) + "\n"

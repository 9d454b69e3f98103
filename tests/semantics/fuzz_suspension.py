"""Writes random programs of generators, coroutines and asynchronous generators, and what is done to them from outside.

A program is a module (with HEAD at its beginning) whose suspending functions (g0, c1, a2 ... by their kind) use only those before them: they yield,
await and delegate in the middle of expressions, handlers, loops and `with` blocks, with values on the stack. Everything
is shown in LOG; Tokens show when the last reference to them goes. The same seed gives the same program on every Python.
"""

from __future__ import annotations

import random
from typing import Any

from .fuzz_source import Source

KINDS = {"g": "generator", "c": "coroutine", "a": "asynchronous generator"}
ATOMS = ["0", "1", "2", "-5", "'a'", "'bc'", "None", "(1, 2)", "2**40", "0.5", "Token(7)", "True"]
ERRORS = ["KeyError", "ValueError", "StopIteration", "StopAsyncIteration", "GeneratorExit", "RuntimeError", "Odd"]
NAMES = ["x", "y", "z"]
SHAPES = [
    "({}, {})",
    "[{}, 5, {}]",
    "[*each({}), {}]",
    "{{'k': {}, 'l': {}}}",
    "{{**{{'k': {}}}, 'l': {}}}",
    "show({}, {})",
    "show({}, k={})",
    "show(*({}, {}))",
    "show(1, *({},), **{{'k': {}}})",
    "({} and {})",
    "({} or {})",
    "({} == {})",
    "({} is {})",
    "({} in ({}, 1))",
    "(0 < len([{}]) < len([{}]))",
    "({}, {})[1]",
    "'abc'[0 if {} else 1:{}]",
    "Pair({}, {}).first",
    "Pair({}, {}).both('m')",
    "(lambda p, q={}: (p, q))({})",
    "(x := {}, {})",
]


class Writer(Source):
    """One suspending function being written."""

    def __init__(self, rng: random.Random, kind: str, earlier: list[str]) -> None:
        super().__init__(rng, 5, 12)
        self.kind = kind
        self.earlier = earlier  # names of the functions before; the first letter is the kind
        self.loops = 0
        self.counters = 0
        self.plain_text = False  # inside an f-string

    def atom(self) -> str:
        return self.rng.choice(NAMES + ["a"]) if self.rng.random() < 0.5 else self.rng.choice(ATOMS)

    def call(self, kind: str) -> str:
        """A call of an earlier function of this kind, if there is one."""
        names = [name for name in self.earlier if name[0] == kind]
        return f"{self.rng.choice(names)}({self.atom()})" if names else ""

    def expression(self, depth: int = 0) -> str:
        rng = self.rng
        kind = rng.random()
        if depth > 2 or kind < 0.25:
            return self.atom()
        if kind < 0.6:
            return self.suspension(depth + 1)
        if kind < 0.65 and not self.plain_text:
            self.plain_text = True
            text = f'f"""{{({self.expression(depth + 1)})}}-{{({self.expression(depth + 1)})!r:>4}}"""'
            self.plain_text = False
            return text
        if kind < 0.7:
            return f"({self.expression(depth + 1)} if {self.expression(depth + 1)} else {self.expression(depth + 1)})"
        if kind < 0.76:
            return self.comprehension()
        return rng.choice(SHAPES).format(self.expression(depth + 1), self.expression(depth + 1))

    def suspension(self, depth: int) -> str:
        """`yield`, `yield from` or `await` of something."""
        rng = self.rng
        if self.kind == "g" and rng.random() < 0.35:
            sources = [self.call("g"), f"Receiver({rng.randint(0, 3)})", "range(2)", "(1, Token(8))", self.call("g")]
            return f"(yield from {rng.choice(sources) or 'range(3)'})"
        if self.kind == "g" or (self.kind == "a" and rng.random() < 0.5):
            return f"(yield {self.expression(depth)})" if rng.random() < 0.9 else "(yield)"
        awaited = [f"Pause({self.atom()})", f"pause({self.atom()})", self.call("c"), self.call("c"), "Receiver(2)"]
        if rng.random() < 0.1:
            awaited = ["None", self.call("g"), "Receiver(0)", self.call("a") and self.call("a") + ".asend(None)"]
        return f"(await {rng.choice(awaited) or 'Pause(9)'})"

    def comprehension(self) -> str:
        rng = self.rng
        source = rng.choice(["(1, 2)", "'ab'", f"each({self.atom()})", self.call("g") or "range(3)"])
        if self.kind == "g" or rng.random() < 0.3:
            body = rng.choice(["[(v, x) for v in {}]", "{{v: y for v in {}}}", "list(v for v in {} if v)"])
            return body.format(source)
        many = self.call("a") or f"Items({rng.randint(0, 3)})"
        bodies = [
            f"[await Pause(v) for v in {source}]",
            f"[(v, y) async for v in {many}]",
            f"{{repr(v): await Pause(v) for v in {source}}}",
            f"[w for w in {source} if await pause(w)]",
            f"[v async for v in (await Pause(u) for u in {source})]",
            f"[(u, v) for u in {source} async for v in Items(2)]",
        ]
        return rng.choice(bodies)

    def statement(self) -> None:
        self.budget -= 1
        rng = self.rng
        kind = rng.random()
        if self.budget >= 0 and self.indent < 6 and kind < 0.4:
            compound = [self.branch, self.loop, self.loop, self.counted, self.tried, self.tried, self.guarded]
            return rng.choice(compound)()
        name = rng.choice(NAMES)
        if kind < 0.62:
            self.line(f"{name} = {self.expression()}")
        elif kind < 0.7:
            self.line(f"LOG.append(repr({self.expression()}))")
        elif kind < 0.76:
            self.line(f"n {rng.choice('+-')}= {rng.choice(['1', '3', 'n', '2**40', '0.5'])}")
        elif kind < 0.8:
            self.line(self.suspension(1))
        elif kind < 0.83:
            self.line(f"{name}, *{rng.choice(NAMES)} = each({self.expression(1)})")
        elif kind < 0.86:
            self.line(f"LOG.append(('handling', sys.exc_info()[0], {rng.choice(['n', 'sorted(locals())'])}))")
        elif kind < 0.89:
            self.use_earlier()
        elif kind < 0.91:
            self.line(f"del {name}")
        elif kind < 0.94 and self.loops:
            self.line(f"if {self.expression(1)}: {rng.choice(['break', 'continue'])}")
        elif kind < 0.97:
            self.line(f"if {self.expression(1)}: raise {self.error()}")
        else:
            self.line(f"if {self.atom()}: return" + (f" {self.expression(1)}" if self.kind != "a" else ""))
        return None

    def error(self) -> str:
        return f"{self.rng.choice(ERRORS)}({self.atom()})"

    def use_earlier(self) -> None:
        """Drives an earlier generator by hand."""
        source = self.call("g") or "do_delegate(Receiver(3))"
        action = self.rng.choice(["next(h)", "h.send(None)", f"h.throw({self.error()})", "h.close()", "do_for(h)"])
        self.line(f"h = {source}")
        self.line(f"LOG.append(('first', repr(next(h, 'nothing')), repr({action})))")

    def branch(self) -> None:
        self.either(self.expression(1))

    def loop(self) -> None:
        rng = self.rng
        source = rng.choice(["range(3)", "(1, 'a')", self.call("g") or "range(2)", f"each({self.expression(1)})"])
        head = f"for {rng.choice(NAMES)} in {source}:"
        if self.kind != "g" and rng.random() < 0.5:
            head = f"async for {rng.choice(NAMES)} in {self.call('a') or f'Items({rng.randint(0, 3)})'}:"
        self.inside(head)

    def counted(self) -> None:
        self.counters += 1
        self.line(f"k{self.counters} = {self.rng.randint(1, 3)}")
        self.inside(f"while k{self.counters} > 0:", f"k{self.counters} -= 1")

    def inside(self, head: str, first: str = "n += 1") -> None:
        self.line(head)
        self.line(f"    {first}")
        self.loops += 1
        self.block()
        self.loops -= 1
        if self.rng.random() < 0.2:
            self.line("else:")
            self.block()

    def tried(self) -> None:
        rng = self.rng
        self.line("try:")
        self.block()
        if rng.random() < 0.75:
            caught = rng.choice([*ERRORS, "Exception", "BaseException", "(KeyError, ValueError)", "LookupError"])
            self.line(f"except {caught} as e:")
            self.line("    LOG.append(('caught', type(e).__name__, str(e)))")
            self.block()
            if rng.random() < 0.25:
                self.line("    raise" + rng.choice(["", " KeyError('again')", " RuntimeError('from') from e"]))
            if rng.random() < 0.2:
                self.line("else:")
                self.block()
            if rng.random() < 0.7:
                return
        self.line("finally:")
        saved, self.loops = self.loops, 0
        self.block()
        self.loops = saved

    def guarded(self) -> None:
        kind = self.rng.choice("0012")
        word = "async with Async" if self.kind != "g" and self.rng.random() < 0.6 else "with "
        self.line(f"{word}Manager({kind}) as {self.rng.choice(NAMES)}:")
        self.block()


def write_program(rng: random.Random) -> tuple[str, list[str]]:
    """The text of a module, without what it begins with, and the names of its suspending functions."""
    parts: list[str] = []
    names: list[str] = []
    for number in range(rng.randint(2, 5)):
        kind = rng.choice("gggccaa")
        writer = Writer(rng, kind, names[:])
        writer.line("x, y, n = a, Token(1), 0")
        if rng.random() < 0.7:
            writer.line("z = None")
        while writer.budget > 0:
            writer.statement()
        writer.line("x = yield n" if kind != "c" else "x = await Pause(n)")
        writer.line("LOG.append(('end', repr(x), n))")
        names.append(f"{kind}{number}")
        word = "def" if kind == "g" else "async def"
        parts.append(f"{word} {names[-1]}(a):\n" + "\n".join(writer.lines) + "\n")
    return "\n\n".join(parts), names


def write_steps(rng: random.Random, names: list[str], count: int) -> list[tuple[Any, ...]]:
    """What is done: (action, which object, how, value). Objects are numbered by age, from the youngest."""
    steps: list[tuple[Any, ...]] = []
    while len(steps) < count:
        steps.append(("make", rng.choice(names), rng.choice(ATOMS)))
        for _ in range(rng.randint(1, 9)):
            which = 0 if rng.random() < 0.7 else rng.randint(0, 9)
            actions = ["next"] * 5 + ["send"] * 9 + ["throw"] * 3 + ["close", "look", "look", "drop", "all", "wrap"]
            action = rng.choice(actions)
            value = rng.choice(ATOMS) if action == "send" and rng.random() < 0.6 else "None"
            if action == "throw":
                error = f"{rng.choice(ERRORS)}"
                value = rng.choice([error, f"{error}('thrown')", f"{error}, 'value'", f"{error}, None, None"])
            steps.append((action, which, rng.randint(0, 5), value))
    return steps

"""What every writer of random programs does: lines, indented blocks and a budget of statements."""

from __future__ import annotations

import random


class Source:
    """The source text of one function while it is being written."""

    def __init__(self, rng: random.Random, fewest: int, most: int) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.indent = 1
        self.budget = rng.randint(fewest, most)  # statements left

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def block(self) -> None:
        self.indent += 1
        for _ in range(self.rng.randint(1, 3)):
            self.statement()
        self.indent -= 1

    def either(self, condition: str) -> None:
        """An if statement, with or without an else."""
        self.line(f"if {condition}:")
        self.block()
        if self.rng.random() < 0.5:
            self.line("else:")
            self.block()

    def statement(self) -> None:
        raise NotImplementedError

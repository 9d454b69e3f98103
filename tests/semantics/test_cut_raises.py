"""Errors that a small function raises, which optimised code of its callers leaves to baseline code."""

from __future__ import annotations

import textwrap
from typing import Any

import justjit
import pytest
from justjit import _core

from .harness import ended

SOURCE = """
    import sys
    class Closed(Exception):
        def __init__(self, owner, *rest):
            super().__init__(*rest)
            self.frames = [(f.f_code.co_name, f.f_lineno, sorted(f.f_locals)) for f in frames(owner)]
    def frames(owner):
        f = sys._getframe(2)
        while f and f.f_code.co_filename == "<checks>":
            yield f
            f = f.f_back
    class Owner:
        def __init__(self, closed, limit):
            self.closed, self.limit, self.calls = closed, limit, 0
        def check(self):
            if self.closed:
                message = f"closed {self.limit}"
                raise Closed(self, message)
        def bound(self, n, low=0):
            assert n >= low, (n, "below", low)
            if n > self.limit:
                raise ValueError("beyond", n) from KeyError(n)
            return n
        def both(self, n):
            self.check()
            return self.bound(n) + self.bound(n, low=2)
        def counted(self, n):
            self.check()
            self.calls += 1
            return self.bound(n) * 2
    def one(owner, n):
        return owner.counted(n)
    def deep(owner, n):
        return owner.both(n)
    def loop(owner, numbers):
        total = 0
        for n in numbers:
            owner.check()
            total += owner.bound(n)
        return total
    def caught(owner, numbers):
        seen = []
        for n in numbers:
            try:
                seen.append(owner.bound(n))
            except ValueError as error:
                seen.append((error.args, repr(error.__cause__)))
            except AssertionError as error:
                seen.append(error.args)
        return seen
    def always(n):
        if n:
            raise LookupError(n)
        raise OverflowError
"""
CALLS = [
    "one(Owner(False, 9), 5)",
    "one(Owner(True, 9), 5)",
    "one(Owner(False, 9), 50)",
    "one(Owner(False, 9), 'x')",
    "deep(Owner(False, 9), 1)",
    "deep(Owner(False, 9), 10)",
    "deep(Owner(0, 9), 3)",
    "deep(Owner([1], 9), 3)",
    "loop(Owner(False, 9), [1, 2, 3, 4, 50, 6])",
    "loop(Owner(False, 9), [1, 2, -3])",
    "loop(Owner(False, 9), range(12))",
    "caught(Owner(False, 5), range(-3, 9))",
    "caught(Owner(False, 5), [7] * 40 + [1] * 3)",
    "[ended(always, k) for k in range(4)]",
    "[ended(one, Owner(k % 3 == 0, k), 30) for k in range(60)]",
]


def load(jitted: bool) -> dict[str, Any]:
    n: dict[str, Any] = {"__name__": "case", "ended": ended}
    exec(compile(textwrap.dedent(SOURCE), "<checks>", "exec"), n)
    owner = n["Owner"]
    if jitted:
        functions = [n[name] for name in ("one", "deep", "loop", "caught", "always")]
        for f in [*functions, owner.check, owner.bound, owner.both, owner.counted, owner.__init__]:
            assert justjit.compile(f)
    for _ in range(6):  # until it is optimised
        good = owner(False, 100)
        for k in range(2, 12):
            n["one"](good, k)
            n["deep"](good, k)
            good.check()
        n["loop"](good, range(9))
        n["caught"](good, range(9))
    return n


def everything(n: dict[str, Any], call: str) -> str:
    """The result, or the error with what it saw of the frames, and its traceback."""
    exec(f"def go(): return {call}", n)
    result = repr(ended(n["go"]))
    try:
        n["go"]()
    except Exception as error:
        lines, at = [], error.__traceback__
        while at:
            lines.append((at.tb_frame.f_code.co_name, at.tb_lineno))
            at = at.tb_next
        return repr((result, lines[2:], getattr(error, "frames", None)))
    return result


@pytest.mark.parametrize("call", CALLS)
def test_errors(call: str, tier: int) -> None:
    plain, jitted = load(False), load(True)
    for _ in range(3):
        assert everything(jitted, call) == everything(plain, call)


def test_checks_take_the_place_of_their_calls(tier: int) -> None:
    text = _core.dump(load(True)["one"], "hir")
    assert text.count("exit error") >= 3
    assert "jj_op_raise" not in text


def test_what_is_raised_often_is_no_exit(tier: int) -> None:
    """A function that is called for its errors settles: no more exits, and its call is a call again."""
    n = load(True)
    one, owner = n["one"], n["Owner"](False, 1)
    for _ in range(3000):
        with pytest.raises(ValueError, match="beyond"):
            one(owner, 5)
    before = justjit.stats(one)["deopts"]
    for _ in range(200):
        with pytest.raises(ValueError, match="beyond"):
            one(owner, 5)
    assert tier or justjit.stats(one)["deopts"] == before

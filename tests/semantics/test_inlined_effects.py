"""Inlined callees that store: where they leave, every frame is there, what was done is done once, and nothing is forgotten."""

from __future__ import annotations

import gc
import textwrap
import traceback
import weakref
from typing import Any

import justjit
import pytest
from justjit import _core

from .programs import run_program

SOURCE = """
    import sys, weakref
    SEEN = []
    class Spy:                              # an operand that looks at the stack of whoever uses it
        def __init__(self, x): self.x = x
        def look(self):
            f, found = sys._getframe(2), []
            while f is not None and f.f_code.co_filename == "<effects>":
                names = {k: v for k, v in f.f_locals.items() if isinstance(v, (int, float))}
                found.append((f.f_code.co_name, f.f_lineno, names))
                f = f.f_back
            SEEN.append(found)
            return self.x
        def __add__(self, other): return self.look() + other
        def __radd__(self, other): return self.look() + other
        def __sub__(self, other): return self.look() - other
        def __mul__(self, other): return self.look() * other
        __rmul__ = __mul__
        def __gt__(self, other): return self.look() > other
    class Account:
        def __init__(self, balance):
            self.balance = balance
            self.count = 0
            self.last = None
        def deposit(self, amount):
            self.count += 1
            self.balance += amount
            return self.balance
        def withdraw(self, amount):
            if amount > self.balance:
                self.count -= 1
                return False
            self.balance -= amount
            return True
        def both(self, a, b):
            self.count += 1
            x = self.deposit(a)
            if not self.withdraw(b):
                self.count += 2
            y = self.deposit(a * 2) - x
            return y + self.count
        def remember(self, a):
            t = a + 1
            self.last = t
            self.count = t
            return t
        def rest(self, n, d):
            self.count += 1
            return n // d
    class Slotted:
        __slots__ = ("n", "f")
        def __init__(self, n): self.n, self.f = n, 0.5
        def up(self, d):
            self.n += d
            self.f = self.f * 0.5 + d
            return self.f
    def put(values, k, x):
        values[k] = values[k] + x
        return values[k] - 1
    def run(values, divisors, change=None, at=-1):
        a, s, items, total = Account(100), Slotted(1), [1, 2, 3, 4], 0
        same = 0
        for i in range(len(values)):
            if i == at:
                change(a)
            v = values[i]
            total += a.deposit(v)
            total += a.both(v, i)
            if s.up(v) > 2.0:
                total += 1
            total += put(items, i & 3, v)
            t = a.remember(v)
            same += (t is a.last) + (a.last is a.count)
            total += a.rest(total, divisors[i])
        return total, a.balance, a.count, a.last, s.n, s.f, items, same
    def drop(n):                            # arguments that nobody else knows
        log = []
        class Node:
            def __init__(self, v): self.v = v; self.w = 0
            def __del__(self): log.append(self.v)
            def add(self, d):
                self.w += d
                self.v += self.w
                return self.v
        t = 0
        for i in n:
            t += Node(i).add(i)
        return t, log
"""
N = 12


def load(jitted: bool) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(textwrap.dedent(SOURCE), "<effects>", "exec"), namespace)
    account, slotted = namespace["Account"], namespace["Slotted"]
    functions = [namespace[name] for name in ("put", "run", "drop")] + [slotted.up]
    functions += [account.deposit, account.withdraw, account.both, account.remember, account.rest]
    if jitted:
        for f in functions:
            assert justjit.compile(f)
    for _ in range(4):  # until it is optimised
        namespace["run"](list(range(N)), [3] * N)
    return namespace


def outcome(n: dict[str, Any], values: list[Any], divisors: list[Any], *more: Any) -> Any:
    n["SEEN"].clear()
    gc.collect()
    try:
        result = n["run"](values, divisors, *more)
    except Exception as error:
        frames = [(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__)][1:]
        result = (type(error), str(error), frames)
    return repr(result), [list(x) for x in n["SEEN"]]


SPECIAL = {
    "float": "0.25",
    "negative": "-5",
    "bool": "True",
    "huge": "2**70",
    "edge": "2**62",
    "string": "'x'",
    "none": "None",
    "spy": "Spy(3)",
    "spy of float": "Spy(0.5)",
}


@pytest.mark.parametrize("name", SPECIAL)
def test_values(name: str, tier: int) -> None:
    outcomes = []
    for jitted in (False, True):
        n = load(jitted)
        for at in (0, 7, 7, N - 1):
            values: list[Any] = list(range(N))
            values[at] = eval(SPECIAL[name], n)
            outcomes.append(outcome(n, values, [3] * N))
        outcomes.append(outcome(n, list(range(N)), [3] * N))
    assert outcomes[:5] == outcomes[5:]


@pytest.mark.parametrize("divisor", [0, -1, 2.5, "x"])
def test_errors_behind_a_store(divisor: Any, tier: int) -> None:
    outcomes = []
    for jitted in (False, True):
        n = load(jitted)
        divisors: list[Any] = [3] * N
        divisors[6] = divisor
        outcomes.append([outcome(n, list(range(N)), divisors) for _ in range(3)])
    assert outcomes[0] == outcomes[1]


CHANGES = {
    "method": "def change(a): Account.withdraw = lambda self, x: self.deposit(x) > 0",
    "class attribute": "def change(a): Account.count = property(lambda self: 7, lambda self, v: None)",
    "attribute gone": "def change(a): del a.balance",
    "attribute of another type": "def change(a): a.balance = 0.5",
    "attribute an object": "def change(a): a.last = object()",
    "dict": "def change(a): a.__dict__['more'] = 1; a.__dict__.pop('count'); a.count = 3",
    "code": "def change(a): Account.deposit.__code__ = (lambda self, amount: amount).__code__",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str, tier: int) -> None:
    outcomes = []
    for jitted in (False, True):
        n = load(jitted)
        exec(CHANGES[name], n)
        for _ in range(2):
            outcomes.append(outcome(n, list(range(N)), [3] * N, n["change"], 7))
    assert outcomes[:2] == outcomes[2:]


def test_finalisers(tier: int) -> None:
    outcomes = []
    for jitted in (False, True):
        n = load(jitted)
        for _ in range(4):
            outcomes.append(repr(n["drop"]([1, 2, 3, 4.5, 2**70, 6, 7])))
    assert outcomes[:4] == outcomes[4:]


def test_objects_are_released(tier: int) -> None:
    """Whatever leaves inside an inlined callee lets go of its arguments as a call does."""
    n = load(True)
    for value in (0.5, 2**70, "x"):
        values: list[Any] = list(range(N))
        values[5] = value
        kept: list[Any] = []

        def change(a: Any, kept: list[Any] = kept) -> None:
            kept.append(weakref.ref(a))

        outcome(n, values, [3] * N, change, 3)
        assert kept[0]() is None


def test_calls_are_gone(tier: int) -> None:
    text = _core.dump(load(True)["run"], "hir")
    assert " inside " in text
    assert text.count("ValueStore") + text.count("SlotStore") + text.count("DictStore") >= 3


EVERYTHING = """
class Account:
    def __init__(self, fee):
        self.total, self.fee = 0, fee
    def deposit(self, k):
        self.total += k
        return self.total
    def charge(self):
        self.total -= self.fee
def run(account, n):
    for i in range(n):
        account.deposit(i)
        account.charge()
    return account.total
justjit._core.set_compile_options(max_tier=2, tier_threshold=1)
justjit.enable(threshold=0)
for _ in range(12):
    run(Account(1), 400)
stats = justjit.stats(run)
print(run(Account(1), 400), stats["tier"], stats["deopts"])
"""


def test_methods_that_nobody_marked_are_inlined_without_exits() -> None:
    """Functions that are native although nobody handed them to jit() may still be of the type they were made with (3.11)."""
    assert run_program(EVERYTHING, jitted=True) == (0, "79400 optimised 0\n", "")

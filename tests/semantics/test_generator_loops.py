"""Loops over generators in optimised code, where what the generator does is put into the loop: items, errors, and loops that get
other generators than they know."""

from __future__ import annotations

import textwrap
from typing import Any

import justjit
import pytest

from . import test_direct_calls
from .generator_programs import GENERATORS, LOOPS
from .harness import ended

tier = test_direct_calls.tier

MAKERS = [name[4:].split("(")[0] for name in textwrap.dedent(GENERATORS).splitlines() if name.startswith("def ")]
MAKERS = [name for name in MAKERS if name not in ("adding", "twice", "paired")] + ["added"]
CALLERS = [name[4:].split("(")[0] for name in textwrap.dedent(LOOPS).splitlines() if name.startswith("def ")]
CALLERS.remove("shown")
PARTS = 4  # each way of becoming optimised gets another part of the generators


def involved(names: dict[str, Any], *roots: str) -> list[Any]:
    """These functions, and those that they name."""
    found: dict[str, Any] = {}
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name not in found and hasattr(names.get(name), "__code__"):
            found[name] = names[name]
            pending += names[name].__code__.co_names
    return list(found.values())


def made(jitted: bool, *roots: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "loops"}
    exec(compile(textwrap.dedent(GENERATORS + LOOPS), "<loops>", "exec"), names)
    for function in involved(names, *roots) if jitted else []:
        assert justjit.compile(function)
    return names


def log_of(names: dict[str, Any]) -> list[Any]:
    log = list(names["LOG"])
    names["LOG"].clear()
    return log


def finite(maker: str, caller: str) -> bool:
    return maker != "endless" or caller in ("breaks", "leaves", "returns", "raises")


@pytest.mark.parametrize("caller", CALLERS)
def test_loops(caller: str, tier: None, request: pytest.FixtureRequest) -> None:
    different = []
    tiers = list(test_direct_calls.MODES)
    first = CALLERS.index(caller) + tiers.index(request.node.callspec.id.replace(f"-{caller}", ""))
    for maker in MAKERS[first % PARTS :: PARTS]:
        if not finite(maker, caller):
            continue
        plain, jitted = made(False), made(True, maker, caller)  # so that each loop knows one generator
        for n in (30, 30, 30, 30, 3, 0, 30, 60):
            expected = ended(plain[caller], plain[maker], n), log_of(plain)
            got = ended(jitted[caller], jitted[maker], n), log_of(jitted)
            if expected != got:
                different.append(f"{maker} {n}:\n   {expected}\n   {got}")
    assert not different, "\n".join(different[:5])


@pytest.mark.parametrize("caller", CALLERS)
def test_other_generators(caller: str, tier: None) -> None:
    """A loop that knows one generator gets others."""
    plain, jitted = made(False), made(True, caller, *MAKERS)
    different = []
    makers = ["count"] * 4 + [m for m in MAKERS if finite(m, caller)] + ["count"] * 2
    for maker in makers:
        expected = ended(plain[caller], plain[maker], 40), log_of(plain)
        got = ended(jitted[caller], jitted[maker], 40), log_of(jitted)
        if expected != got:
            different.append(f"{maker}:\n   {expected}\n   {got}")
    for other in (lambda n: iter(range(n)), lambda n: [1, 2, 3], lambda n: map(abs, range(n)), lambda n: None):
        expected, got = ended(plain[caller], other, 20), ended(jitted[caller], other, 20)
        if expected != got:
            different.append(f"{other}:\n   {expected}\n   {got}")
    assert not different, "\n".join(different[:5])


def test_inlined() -> None:
    """Such loops never resume their generator but for the first item."""
    from justjit import _core

    _core.set_compile_options(max_tier=2, tier_threshold=20)
    try:
        inlined = "count squares powers halves kept named added helped outer fibs nested doubled piped deeper".split()
        for maker in inlined:
            names = made(True, maker, "total")
            for _ in range(60):
                names["total"](names[maker], 33)
            text = _core.dump(names["total"], "hir")
            assert "FinishGenerator" in text, maker
    finally:
        _core.set_compile_options(max_tier=2, tier_threshold=0)


def test_namespaces(tier: None) -> None:
    """A generator of another module looks its names up there."""
    results = []
    for jitted in (False, True):
        here, there = (made(jitted, "total", "named") for _ in range(2))
        there["K"] = 100
        results.append([here["total"](here["named"], 30) for _ in range(4)])
        results[-1] += [here["total"](there["named"], 30), here["total"](here["named"], 30)]
        here["K"] = 5
        results[-1] += [here["total"](there["named"], 30), here["total"](here["named"], 30)]
    assert results[0] == results[1]

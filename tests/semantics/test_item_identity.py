"""Which object a loop variable is, where a number that came out of a container was in a register meanwhile: in errors that are
raised once in a while, in loops that the profile has not seen, in handlers, behind a suspension, and behind comprehensions."""

from __future__ import annotations

import textwrap
from typing import Any

import justjit
import pytest

from . import test_direct_calls

tier = test_direct_calls.tier

SOURCE = """
    class Stop(Exception):
        pass
    def raises(xs, lim, ys):
        s = 0.0
        for a in xs:
            s += a
            if a > lim:
                raise Stop(a)
        return s
    def raises_pair(xs, lim, ys):
        s = 0.0
        for k, a in enumerate(xs):
            s += a
            if a > lim:
                raise Stop(k, a)
        return s
    def loops_later(xs, lim, ys):
        s = 0.0
        for a in xs:
            if a > lim:
                break
            s += a
        out = []
        for y in ys:
            out.append(a)
        return out
    def handles(xs, lim, ys):
        a = 0.0
        try:
            for a in xs:
                lim + a
        except TypeError:
            return a
        return None
    def handles_inside(xs, lim, ys):
        out = []
        for a, b in zip(xs, xs):
            try:
                lim + a
            except TypeError:
                out.append(b)
                break
        return out
    def suspends(xs, lim, ys):
        def gen():
            for a in xs:
                if a > lim:
                    yield a - 1.0
                    yield a
        return list(gen())
    def comprehension(xs, lim, ys):
        b = xs[0]
        sums = sum([a * b for a, b in zip(xs, xs)])
        squares = {a * a for a in xs}
        return sums, len(squares), b
    def check(x, lim):
        if x > lim:
            raise Stop(x)
        return x * 2.0
    def checked(x, lim):
        if x > lim:
            raise Stop(x)
        return x
    def checks(xs, lim, ys):
        s = 0.0
        for a in xs:
            s += check(a, lim)
        return s
    def appends(xs, lim, ys):
        out, few = [], xs[:12]
        for _ in few:
            a = xs[2]
            out.append(checked(a, lim))
            for b in few:
                pass
        return out
    def greatest(xs, lim, ys):
        best = xs[0]
        for a in xs:
            if a > best:
                best = a
            if best > lim:
                raise Stop(best)
        return best
    def previous(xs, lim, ys):
        last = None
        for a in xs:
            if a > lim:
                raise Stop(last, a)
            last = a
        return last
    def absolute(xs, lim, ys):
        last, total = xs[0], 0
        for a in xs:
            total += a
            if total > 100:
                last = abs(a)
        return last, abs(xs[-1]), abs(last), max(abs(xs[3]), xs[2]), total
    def keeps(xs, lim, ys):
        kept = [a for a in xs if a > lim]
        for a in xs:
            c = a
        return kept, c
"""
CALLERS = [line.split()[1].split("(")[0] for line in SOURCE.splitlines() if line.startswith("    def ")]
HELPERS = ["check", "checked"]
CALLERS = [name for name in CALLERS if name not in HELPERS]


class Unfriendly:
    """A number until it has been asked too often."""

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def __add__(self, other: float) -> Any:
        self.patience -= 1
        return NotImplemented if self.patience < 0 else other

    def __lt__(self, other: float) -> bool:  # a > lim
        return self.patience < 0 or other > 40.0


def places(result: Any, xs: list[float]) -> Any:
    """The result, with every object that is an item replaced by its place."""
    if isinstance(result, BaseException):
        return type(result).__name__, places(list(result.args), xs)
    if isinstance(result, (list, tuple)):
        return [places(item, xs) for item in result]
    found = [k for k, x in enumerate(xs) if x is result]
    return f"item {found[0]}" if found else result


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("first", [0.5, 1000])
def test_items_stay_themselves(caller: str, first: Any, tier: None) -> None:
    xs = [first + k for k in range(60)]
    outcomes = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(textwrap.dedent(SOURCE), names)
        if jitted:
            assert all(justjit.compile(names[name]) for name in [caller, *HELPERS])
        seen = []
        for lim, ys in [(1e9, ())] * 40 + [(first + 30, (1, 2)), (Unfriendly(20), (1,)), (1e9, (1,)), (first + 58, ())]:
            try:
                result = names[caller](xs, lim, ys)
            except Exception as error:  # noqa: BLE001 - every outcome is compared
                result = error
            seen.append(places(result, xs))
        outcomes.append(seen)
    assert outcomes[0] == outcomes[1]

"""Loops over generators in optimised code, where what the generator does is put into the loop: items, errors, frames, and who
else looks at the generator, or asks it for items, meanwhile."""

from __future__ import annotations

import gc
import signal
import sys
import textwrap
import threading
import time
import types
from typing import Any

import justjit
import pytest

from . import test_direct_calls
from .harness import ended

tier = test_direct_calls.tier

GENERATORS = """
    K = 70000
    LOG = []
    def count(n):
        i = 0
        while i < n:
            yield i
            i += 1
    def squares(n):
        for i in range(n):
            yield i * i
    def steps(n):
        for i in range(3, n, 7):
            yield i
    def powers(n):
        x = 1
        for i in range(n):
            yield x
            x = x * 3
    def halves(n):
        x = 1.0
        for i in range(n):
            x = x / 2 + i
            yield x
    def fibs(n):
        a, b = 0, 1
        while n > 0:
            yield a
            a, b = b, a + b
            n -= 1
    def kept(n):
        for i in range(n):
            if i % 3 == 1:
                yield i
    def listed(n):
        for v in [k * 2 - 5 for k in range(n)]:
            yield v + 1
    def same(n):
        last = None
        for i in range(n):
            item = 1000 + i
            yield item
            last = item
    def texts(n):
        for i in range(n):
            yield "xy"[i % 2]
    def things(n):
        for v in [(i, [i]) for i in range(n)]:
            yield v
    def pairs(n):
        prev = 0
        for i in range(n):
            yield prev, i
            prev = i
    def named(n):
        for i in range(n):
            yield i + K
    def adding(k):
        def inner(n):
            for i in range(n):
                yield i + k
        return inner
    added = adding(5)
    def helped(n):
        for i in range(n):
            yield twice(i) + 1
    def twice(x):
        return x * 2
    def fails(n):
        for i in range(n):
            yield 10 // (n - 2 - i)
    def unbound(n):
        for i in range(n):
            if i > n - 3:
                del x
            else:
                x = i
            yield x
    def cleans(n):
        try:
            for i in range(n):
                yield i
        finally:
            LOG.append(("closed", n))
    def catches(n):
        for i in range(n):
            try:
                yield i
            except ValueError as error:
                LOG.append(("caught", i, str(error)))
    def twofold(n):
        for i in range(n):
            yield i
            yield -i
    def returns(n):
        for i in range(n):
            if i > 5:
                return "done"
            yield i
    def stops(n):
        for i in range(n):
            yield i
        raise StopIteration(n)
    def logs(n):
        for i in range(n):
            LOG.append(i)
            yield i
    def mixed(n):
        x = 0
        for i in range(n):
            yield x
            x = x + 1 if i < n // 2 else x + 0.5
    def big(n):
        x = 2**62
        for i in range(n):
            yield x
            x += 2**60
    def nested(n):
        for a in count(n):
            yield a * 2
    def doubled(n):
        for v in kept(n):
            yield v * 2
    def paired(it):
        prev = 0
        for v in it:
            yield prev, v
            prev = v
    def piped(n):
        for a, b in paired(doubled(n)):
            yield a + b
    def deeper(n):
        for a in nested(n):
            yield a + 1
    def late(n):
        g = count(n)
        for a in g:
            for b in squares(a % 3):
                yield a + b
    def of_fails(n):
        for a in fails(n):
            yield a
    def of_cleans(n):
        for a in cleans(n):
            yield a
    def of_returns(n):
        for a in returns(n):
            yield a + 0.5
        yield "end"
    def of_big(n):
        for a in big(n):
            yield a - 1
    def of_things(n):
        for a, b in things(n):
            yield b
    def shared(n):
        g = count(n)
        for a in g:
            for b in g:
                yield a - b
    def outer(n):
        for i in range(n):
            for j in range(i):
                yield i * j
    def endless(n):
        while True:
            yield n
            n += 1
    def flags(n):
        on = False
        for i in range(n):
            on = not on
            yield on
    def complexes(n):
        z = 0j
        for i in range(n):
            z = z * 0.5 + i
            yield z
    def bits(n):
        x = 12345
        for i in range(n):
            x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
            yield x >> 60
"""

LOOPS = """
    def total(make, n):
        s = 0
        for x in make(n):
            s = s + x
        return s
    def last(make, n):
        x = None
        for x in make(n):
            pass
        return x
    def collect(make, n):
        found = []
        for x in make(n):
            found.append(x)
        return tuple(found)
    def breaks(make, n):
        for k, x in enumerate(make(n)):
            if k > 7:
                break
        else:
            return "else", x
        return k, x
    def leaves(make, n):
        k = 0
        for x in make(n):
            k += 1
            if k == 12:
                break
        else:
            return "else", k, x
        return k, x
    def returns(make, n):
        k = 0
        for x in make(n):
            k += 1
            if k == 9:
                return x, k
        return k
    def goes_on(make, n):
        g = make(n)
        k = 0
        for x in g:
            k += 1
            if k == 10:
                break
        rest = 0
        for y in g:
            rest += 1
        return x, k, rest, next(g, "over")
    def asks(make, n):
        g = make(n)
        got = []
        for x in g:
            got.append(x)
            if len(got) % 4 == 3:
                got.append(next(g, "over"))
        return tuple(got)
    def closes(make, n):
        g = make(n)
        k = 0
        for x in g:
            k += 1
            if k == 15:
                g.close()
        return k, x
    def throws(make, n):
        g = make(n)
        got = []
        for x in g:
            got.append(x)
            if len(got) % 8 == 7:
                got.append(g.throw(ValueError(len(got))))
        return tuple(got)
    def looks(make, n):
        g = make(n)
        seen = []
        for x in g:
            frame = g.gi_frame
            seen.append((x, g.gi_running, frame.f_lineno, sorted(k for k in frame.f_locals if k != "self")))
            if len(seen) > 3:
                seen.append([v for k, v in sorted(frame.f_locals.items()) if isinstance(v, (int, float, str))])
        return tuple(seen), g.gi_frame
    def raises(make, n):
        k = 0
        for x in make(n):
            k += 1
            if k == 14:
                raise KeyError(k)
    def handles(make, n):
        k = 0
        try:
            for x in make(n):
                k += 1
                if k > 5:
                    k += 100 // (k - 20)
        except ZeroDivisionError as error:
            return k, x, str(error)
        return k, x
    def keeps(make, n):
        kept = []
        y = None
        for x in make(n):
            kept.append(x is y)
            y = x
        return tuple(kept), x is y
    def products(make, n):
        s = 0
        for x in make(n % 9):
            for y in make(n % 7):
                s += 1
                z = x, y
        return s, z
    def in_generator(make, n):
        def inner():
            for x in make(n):
                yield x
        return tuple(inner())
    def calls(make, n):
        seen = 0
        for x in make(n):
            seen += len(shown(x))
        return seen
    def shown(x):
        return repr(x)
    def changes(make, n):
        got = []
        for x in make(n):
            got.append(x)
            if len(got) == 6:
                globals()["K"] = 1000
        globals()["K"] = 3
        return tuple(got)
    def summed(make, n):
        return sum(x for x in make(n))
    def gathered(make, n):
        return tuple(list(x for x in make(n) if x is not None)), any(x == 77 for x in make(n))
    def tried(make, n):
        k = failed = 0
        for x in make(n):
            k += 1
            try:
                failed += 10 // (k % 7)
            except ZeroDivisionError:
                failed -= 100
                continue
        return k, failed, x
    def sends(make, n):
        def inner():
            got = []
            for x in make(n):
                got.append((yield x))
            yield tuple(got)
        g = inner()
        out = [next(g)]
        for k in range(n // 2):
            out.append(g.send(k))
        out.append(g.gi_frame and g.gi_frame.f_lineno)
        out.extend(g)
        return tuple(out)
    def delegates(make, n):
        def inner():
            s = 0
            for x in make(n):
                yield x
                yield from (x, x)
        return tuple(inner())
    def half(make, n):
        g = make(n)
        next(g, None), next(g, None)
        s = 0
        for x in g:
            s += 1
        return s, x
"""

MAKERS = [name[4:].split("(")[0] for name in textwrap.dedent(GENERATORS).splitlines() if name.startswith("def ")]
MAKERS = [name for name in MAKERS if name not in ("adding", "twice", "paired")] + ["added"]
CALLERS = [name[4:].split("(")[0] for name in textwrap.dedent(LOOPS).splitlines() if name.startswith("def ")]
CALLERS.remove("shown")
PARTS = 3  # each way of becoming optimised gets another part of the generators


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


def test_frames_inside(tier: None) -> None:
    source = """
        import sys
        def gen(n):
            for i in range(n):
                if i == STOP:
                    frame = sys._getframe()
                    SEEN.append((frame.f_lineno, frame.f_back.f_lineno, frame.f_back.f_code.co_name))
                    SEEN.append(sorted((k, v) for k, v in frame.f_locals.items() if k != "frame"))
                    SEEN.append(sorted(frame.f_back.f_locals))
                    if FAILS:
                        raise ValueError(i)
                yield i * 2
        def loop(n):
            s = 0
            for x in gen(n):
                s += x
            return s
        STOP = FAILS = -1
        SEEN = []
    """
    outcomes = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(source), "<inside>", "exec"), names)
        if jitted:
            assert justjit.compile(names["gen"]) and justjit.compile(names["loop"])
        names["STOP"] = -1
        seen = [ended(names["loop"], 50) for _ in range(6)]
        names["STOP"] = 17
        for fails in (0, 1, 0, 1):
            names["FAILS"] = fails
            seen += [ended(names["loop"], 50) for _ in range(2)]
        outcomes.append((seen, names["SEEN"]))
    assert outcomes[0] == outcomes[1]


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


def test_references(tier: None) -> None:
    callers, makers = "total last leaves goes_on asks closes keeps".split(), "same powers listed named nested piped".split()
    names = made(True, *callers, *makers)
    loops = [(caller, maker) for caller in callers for maker in makers]

    def run(times: int) -> None:
        for _ in range(times):
            for caller, maker in loops:
                names[caller](names[maker], 25)

    def alive() -> tuple[int, int, int]:
        gc.collect()
        objects = gc.get_objects()
        return sys.getrefcount(names["K"]), sum(isinstance(o, types.GeneratorType) for o in objects), len(objects)

    run(6)
    before = alive()
    run(10)
    after = alive()
    assert before[:2] == after[:2] and after[2] - before[2] < 50


def test_what_is_left_is_given_up(tier: None) -> None:
    """What the generator's frame holds goes when the interpreter would let it go."""
    source = """
        class Loud:
            def __init__(self, name):
                self.name = name
            def __del__(self):
                LOG.append(self.name)
        def gen(n, thing):
            for i in range(n):
                yield i
        def loop(n, k):
            s = 0
            for x in gen(n, Loud("argument")):
                s += x
                if x == k:
                    break
            else:
                LOG.append("else")
            LOG.append("behind")
            return s
        LOG = []
    """
    logs = []
    for jitted in (False, True):
        names: dict[str, Any] = {}
        exec(compile(textwrap.dedent(source), "<loud>", "exec"), names)
        if jitted:
            assert justjit.compile(names["gen"]) and justjit.compile(names["loop"])
        for k in (100, 100, 100, 20, 100, 20, 5):
            names["loop"](30, k)
        logs.append(names["LOG"])
    assert logs[0] == logs[1]


def test_traced(tier: None) -> None:
    """A tracer that comes while the loop runs sees lines of both."""
    outcomes = []
    for jitted in (False, True):
        names = made(jitted, "total", "squares")
        for _ in range(5):
            names["total"](names["squares"], 30)
        events: list[Any] = []

        def trace(frame: Any, event: str, arg: Any) -> Any:
            if frame.f_code.co_filename == "<loops>":
                events.append((frame.f_code.co_name, event, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            names["total"](names["squares"], 6)
        finally:
            sys.settrace(None)
        outcomes.append((events, names["total"](names["squares"], 30)))
    assert outcomes[0] == outcomes[1]


def test_interrupted(tier: None) -> None:
    """A signal handler runs in the middle of an endless loop, and may ask the generator for items."""
    names = made(True, "leaves", "endless")
    for _ in range(5):
        names["leaves"](names["endless"], 1)
    source = """
        def loop(g):
            last = -1
            for x in g:
                if x - last != 1:
                    JUMPS.append(x - last)
                last = x
                if JUMPS and x > JUMPS[0] + 100:
                    return x
    """
    names["JUMPS"] = []
    exec(textwrap.dedent(source), names)
    assert justjit.compile(names["loop"])
    names["JUMPS"].append(1)
    for _ in range(5):
        names["loop"](names["endless"](0))
    names["JUMPS"].clear()
    g = names["endless"](0)
    asked: list[int] = []

    def ask(*_: Any) -> None:
        try:
            asked.append(next(g))
        except ValueError:  # it runs
            timer = threading.Timer(0.001, lambda: signal.raise_signal(signal.SIGALRM))
            timer.start()

    old = signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        start = time.monotonic()
        names["loop"](g)
        assert time.monotonic() - start < 30
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert asked
    assert names["JUMPS"][0] == 1 + len(asked) or names["JUMPS"][0] == 2

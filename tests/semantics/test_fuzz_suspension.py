"""Random programs of generators, coroutines and asynchronous generators: started, sent to, thrown into, closed, awaited
and dropped at every point, interpreted against jitted; also with exits at any boundary, with only some functions native,
and with optimised code whose guards fail at random. The seeds are fixed: a failure can be repeated.

python -m tests.semantics.test_fuzz_suspension FIRST [LAST]   tries seeds; of a single one, prints the program
"""

from __future__ import annotations

import functools
import gc
import inspect
import random
import re
import sys
import types
import warnings
from typing import Any, Callable

import justjit
import pytest
from justjit import _core

from .fuzz_suspension import write_program, write_steps
from .fuzz_suspension_head import HEAD
from .harness import code_tree, describe_exception, function_of, garbage_kept, without_addresses

SEEDS = range(16)
PATH = "<suspension>"
STEPS = 60
ENOUGH = 12  # steps of a coroutine that is run to its end


def frames(thing: Any) -> list[Any]:
    """The frame of a generator, coroutine or asynchronous generator; None in it where that has ended."""
    return [getattr(thing, name) for name in ("gi_frame", "cr_frame", "ag_frame") if hasattr(thing, name)]


def ended(thing: Any) -> bool:
    return frames(thing) == [None]


def compile_share(code: types.CodeType, share: float, rng: random.Random) -> None:
    """Compiles this share of the functions in `code`."""
    for item in code_tree(code):
        if item is not code and rng.random() < share:
            assert justjit.compile(function_of(item)), justjit.stats(function_of(item))


@functools.lru_cache(maxsize=None)
def head(native: float) -> types.CodeType:
    """What programs begin with, compiled once for many of them."""
    code = compile(HEAD, PATH, "exec")
    compile_share(code, native, random.Random(1))
    return code


class Program:
    """One execution of a program, and what it has shown."""

    def __init__(self, seed: int, native: float) -> None:
        rng = random.Random(seed)
        self.source, names = write_program(rng)
        self.steps = write_steps(rng, names, STEPS)
        self.hooked = rng.random() < 0.3
        self.path = PATH
        self.log: list[Any] = []
        self.namespace: dict[str, Any] = {"LOG": self.log, "__name__": "program"}
        self.objects: list[Any] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "is" with a literal
            code = compile(self.source, PATH, "exec")
        compile_share(code, native, random.Random(seed))
        exec(head(native), self.namespace)
        exec(code, self.namespace)
        for value in list(self.namespace.values()) if native else ():
            if isinstance(value, types.FunctionType) and justjit.is_compiled(value):
                justjit.compile(value)

    def run(self) -> list[Any]:
        """Everything that the steps show, step by step."""
        hooks, hook = sys.get_asyncgen_hooks(), sys.unraisablehook
        sys.unraisablehook = lambda args: self.log.append(("unraisable", self.described(args.exc_value)))
        if self.hooked:
            noted = [lambda g, what=what: self.log.append((what, g.__name__)) for what in ("first", "final")]
            sys.set_asyncgen_hooks(*noted)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.showwarning = lambda message, *rest: self.log.append(("warned", str(message)))
                shown = [self.do(*step) for step in self.steps]
                shown += [self.do("drop", 0, 0, "None") for _ in self.objects[:]]
                self.log.clear()
                gc.collect()  # generators that exceptions have in their tracebacks
            return [*shown, without_addresses(repr(sorted(map(repr, self.log))))]
        finally:
            sys.set_asyncgen_hooks(*hooks)
            sys.unraisablehook = hook

    def described(self, error: BaseException | None) -> str:
        text = without_addresses(repr(describe_exception(error, self.path)))
        # 3.11's interpreter has the position of the instruction before, once it has joined the two.
        return re.sub(r"\d+, \(\d+, \d+, \d+, \d+\)", "", text) if sys.version_info[:2] == (3, 11) else text

    def do(self, action: str, which: Any, how: Any, value: str = "None") -> Any:
        """What one step shows."""
        self.log.clear()
        result: Any = None
        thing: Any = None
        try:
            if action == "make":
                self.objects.append(self.namespace[which](eval(how, self.namespace)))
            elif self.objects:
                alive = [thing for thing in self.objects if not ended(thing)]
                among = alive if alive and which < 8 else self.objects
                thing = among[-1 - which % len(among)]
                result = getattr(self, action)(thing, how, value)
        except BaseException as error:  # noqa: BLE001 - every outcome is compared
            result = self.described(error)
            if how and not frames(thing):  # asend() and the like have ended
                self.objects.remove(thing)
        thing = alive = among = None
        result = without_addresses(repr(result))
        return result, without_addresses(repr(self.log)), sys.exc_info()[0]

    def by(self, how: int, direct: Callable[..., Any], name: str, *args: Any) -> Any:
        """Done from here, or by a function of the program."""
        return direct(*args) if how < 3 else self.namespace[name](*args)

    def next(self, thing: Any, how: int, value: str) -> Any:
        if hasattr(thing, "__next__"):
            return self.by(how, next, "do_next", thing)
        return self.send(thing, how, value)

    def send(self, thing: Any, how: int, value: str) -> Any:
        if hasattr(thing, "asend"):
            return self.wrap(thing, how, value)
        return self.by(how, lambda t, v: t.send(v), "do_send", thing, eval(value, self.namespace))

    def throw(self, thing: Any, how: int, value: str) -> Any:
        error = eval(f"({value},)", self.namespace)
        if hasattr(thing, "asend"):
            self.objects.append(thing.athrow(*error))
            return None
        return self.by(how, lambda t, *e: t.throw(*e), "do_throw", thing, *error)

    def close(self, thing: Any, how: int, value: str) -> Any:
        if hasattr(thing, "asend"):
            self.objects.append(thing.aclose())
            return None
        return self.by(how, lambda t: t.close(), "do_close", thing)

    def drop(self, thing: Any, how: int, value: str) -> None:
        self.objects.remove(thing)

    def wrap(self, thing: Any, how: int, value: str) -> None:
        """A new object that resumes this one."""
        if hasattr(thing, "asend"):
            sent = eval(value, self.namespace)
            makers = [lambda t: t.asend(sent), lambda t: t.__anext__(), self.namespace["do_async_for"]]
            self.objects.append(makers[how % 3](thing))
        elif hasattr(thing, "__await__"):
            self.objects.append(thing.__await__() if how < 2 else self.namespace["do_await"](thing))
        else:
            self.objects.append(self.namespace["do_delegate"](thing))

    def all(self, thing: Any, how: int, value: str) -> Any:
        """To the end, or as far as the consumer goes."""
        if hasattr(thing, "__next__"):
            names = ["do_for", "do_list", "do_take", "do_sum", "do_unpack", "do_for"]
            return self.namespace[names[how]](thing)
        return [self.send(thing, how, value) for _ in range(ENOUGH)]

    def look(self, thing: Any, how: int, value: str) -> Any:
        """What inspection shows of it."""
        for prefix, state in (("gi", "getgeneratorstate"), ("cr", "getcoroutinestate"), ("ag", "")):
            if not hasattr(thing, prefix + "_frame"):
                continue
            frame = getattr(thing, prefix + "_frame")
            below = getattr(thing, "gi_yieldfrom" if prefix == "gi" else prefix + "_await")
            shown = [getattr(thing, prefix + "_running"), state and getattr(inspect, state)(thing)]
            shown += [type(below).__name__, frame and frame.f_lineno, frame and frame.f_lasti, frame and frame.f_back]
            if how < 3 and frame:
                shown.append(sorted((name, repr(item)) for name, item in frame.f_locals.items()))
            return shown
        return type(thing).__name__


def shows(seed: int, native: float = 1.0, exits: tuple[int, int] = (0, 0)) -> list[Any]:
    """What a program shows when this share of its functions is native and calls leave at these boundaries."""
    with garbage_kept():
        program = Program(seed, native)
        _core.set_forced_exit(*exits)
        try:
            return program.run()
        finally:
            _core.set_forced_exit(0, 0)


@functools.lru_cache(maxsize=None)
def expected_of(seed: int) -> list[Any]:
    return shows(seed, native=0)


def differences(seed: int, **how: Any) -> list[str]:
    expected, got = expected_of(seed), shows(seed, **how)
    steps = Program(seed, native=0).steps + ["end"] * STEPS
    for number, (one, other) in enumerate(zip(expected, got)):
        if one != other:
            return [f"seed {seed}, {how}, step {number}, {steps[number]}:\n  expected {one}\n  got      {other}"]
    return []


@pytest.fixture(params=["native", "some native", "exits", "optimised", "guards fail"])
def way(request: pytest.FixtureRequest) -> Any:
    """How differences() runs the programs."""
    settings: dict[str, Any] = {"boundaries": True} if request.param == "exits" else {}
    if request.param in ("optimised", "guards fail"):
        settings = {"max_tier": 2, "tier_threshold": 1, "deopt_stress": 77 * (request.param == "guards fail")}
    before = {"boundaries": False, "max_tier": 2, "tier_threshold": 0, "deopt_stress": 0}
    _core.set_compile_options(**settings)
    head.cache_clear()
    ways = {"some native": [{"native": 0.5}], "exits": [{"exits": (n, 7)} for n in (3, -6)]}
    yield ways.get(request.param, [{}])
    _core.set_compile_options(**{name: before[name] for name in settings})


def test_random_suspensions(way: list[dict[str, Any]]) -> None:
    different = [text for seed in SEEDS for how in way for text in differences(seed, **how)]
    assert not different, "\n".join(different[:10])


def main(first: int, last: int | None = None) -> None:
    if last is None:
        print(Program(first, native=0).source)
    for seed in range(first, first + 1 if last is None else last):
        rng = random.Random(seed)
        settings = rng.choice(
            [{}, {}, {"boundaries": True}, {"boundaries": True}, {"tier_threshold": 1}, {"deopt_stress": seed + 1}]
        )
        _core.set_compile_options(boundaries=False, tier_threshold=1, deopt_stress=0)
        _core.set_compile_options(**settings)
        exits = (rng.choice([rng.randint(1, 30), -rng.randint(2, 40)]), seed) if "boundaries" in settings else (0, 0)
        head.cache_clear()
        expected_of.cache_clear()
        if different := differences(seed, native=rng.choice([1.0, 1.0, 0.7]), exits=exits):
            print(settings, "\n".join(different), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Runs cases with one fault put in: the k-th look-up of a global name (or append to a list that a case made with
make_list) fails or finds something unfit. So handlers and cleanup run that no case reaches by itself.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import sys
import types
from typing import Any, Iterator, NamedTuple

from .drivers import GIVEN

EVENT_LIMIT = 20_000  # after so many look-ups since the fault the case is stopped: it may have become endless


class Fault(BaseException):
    """What a fault raises; no handler of a case names it."""


class Expected(TimeoutError, asyncio.CancelledError, IndexError, ValueError, TypeError, RuntimeError):
    """Another fault: what handlers of cases name. (Look-ups of names make something else of a KeyError.)"""


class Mistake(BaseException):
    """What using an Odd or a Wrong raises; no handler of a case names it."""


class _WrongMeta(type):
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise Mistake("called")


class Wrong(Exception, metaclass=_WrongMeta):
    """Found instead of a name: no exception is one, and calling it raises."""


class Odd:
    """Stands in for anything: calls and attributes give more of it. Iterates once and then fails; suspends once where
    it is awaited; as a context manager, asynchronous or not, it swallows what is no Fault.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.left = 2

    def __iter__(self) -> Odd:
        return self

    def __next__(self) -> int:
        self.left -= 1
        if not self.left:
            raise Mistake("iterated")
        return self.left

    def __await__(self) -> Iterator[None]:
        yield
        return self  # noqa: B901

    def __aiter__(self) -> Odd:
        return self

    async def __anext__(self) -> int:
        await Odd()
        return next(self)

    def __enter__(self) -> Odd:
        return self

    def __exit__(self, *exc: Any) -> bool:
        return not isinstance(exc[1], Fault)

    async def __aenter__(self) -> Odd:
        return await Odd()

    async def __aexit__(self, *exc: Any) -> bool:
        await Odd()
        return self.__exit__(*exc)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Odd()

    def __call__(self, *args: Any, **kwargs: Any) -> Odd:
        return Odd()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "<odd>"


def pick(first: Any, second: Any) -> Any:
    """For the cases: a value, and the one to take instead in mode "odd"."""
    return first


def second(first: Any, second: Any) -> Any:
    return second


def each(iterable: Any) -> Any:
    """For the cases: what to iterate over; in mode "odd" iterating fails in the middle."""
    return iterable


class Variant(NamedTuple):
    """One way of running a case. event 0: without a fault."""

    case: str
    event: int = 0
    mode: str = ""

    def __str__(self) -> str:
        return f"{self.case} with {self.mode} at {self.event}" if self.event else self.case


MODES = ("raise", "wrong", "odd")
MORE_MODES = (*MODES, "expected", "odd raise", "odd wrong")  # two: one at the next event


class Hooks:
    """Counts the events of a hooked namespace and puts the fault in."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.active = False
        self.count = self.event = 0
        self.modes: dict[int, str] = {}  # by the number of events since the fault
        self.sites: dict[Any, int] | None = None

    def look_up(self, name: str, value: Any) -> Any:
        # Imports look __builtins__ up, but not every time.
        if not self.active or name == "__builtins__":
            return value
        mode = self._strikes(name)
        if mode == "raise":
            raise Fault(name)
        if mode == "expected":
            raise Expected(name)
        if mode == "odd":
            return second if name == "pick" else Odd()
        return Wrong if mode == "wrong" else value

    def append(self) -> None:
        mode = self.active and self._strikes("append")
        if mode:
            raise Mistake("append") if mode == "wrong" else Fault("append")

    def _strikes(self, name: str) -> str:
        """Counts an event; what is to happen at it, if anything."""
        self.count += 1
        if self.sites is not None:
            self.sites.setdefault(self._site(name), self.count)
        if self.event and self.count > self.event + EVENT_LIMIT:
            raise Fault("stopped")
        return self.modes.get(self.count - self.event, "")  # no len(): a case puts its own in the place of the builtin

    def _site(self, name: str) -> Any:
        """Where in the case file this event happens, with two callers."""
        site: list[Any] = [name]
        frame: types.FrameType | None = sys._getframe(3)
        while frame is not None and not site[3:]:
            if frame.f_code.co_filename == self.path:
                site.append((frame.f_code, frame.f_lasti))
            frame = frame.f_back
        return tuple(site)

    @contextlib.contextmanager
    def running(self, variant: Variant) -> Iterator[None]:
        self.count, self.event, self.active = 0, variant.event, True
        self.modes = dict(enumerate(variant.mode.split()))
        try:
            yield
        finally:
            self.active = False


class HookedList(list):  # type: ignore[type-arg]
    hooks: Hooks

    def append(self, value: Any) -> None:
        self.hooks.append()
        list.append(self, value)


class HookedNamespace(dict):  # type: ignore[type-arg]
    """Globals of a case module. Not an exact dict, so that the interpreter asks __getitem__."""

    hooks: Hooks

    def __getitem__(self, name: str) -> Any:
        try:
            value = dict.__getitem__(self, name)
        except KeyError:
            value = getattr(builtins, name, self)
            if value is self:
                raise
        return self.hooks.look_up(name, value)


def hooked_namespace(path: str) -> HookedNamespace:
    """An empty hooked namespace with a make_list and a LOG whose appends count as events."""
    hooks = Hooks(path)
    kind = type("HookedList", (HookedList,), {"hooks": hooks, "__repr__": list.__repr__})
    namespace = type("HookedNamespace", (HookedNamespace,), {"hooks": hooks})()
    namespace.update(LOG=kind(), make_list=kind, pick=pick, each=each, **GIVEN)
    return namespace


def fault_variants(case: str, hooks: Hooks, call: Any, modes: tuple[str, ...]) -> list[Variant]:
    """One event for every place in the file (as seen from two callers up) where an event happens, in every mode."""
    hooks.sites = {}
    try:
        with contextlib.suppress(BaseException):
            call()
        sites = hooks.sites
    finally:
        hooks.sites = None
    return [
        Variant(case, event, mode)
        for site, event in sites.items()
        for mode in (modes if site[0] != "append" else modes[:1])
    ]

"""An event loop for the cases in which nothing depends on time: its clock jumps to what is due next, nothing runs in
other threads, and waiting for what never comes fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import sys
from typing import Any, Iterator

from .faults import Fault


class Selector(selectors.SelectSelector):
    """Passes the time instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if timeout is None and not events:
            raise Fault("waits for ever")
        self.now += 0 if events or timeout is None else timeout
        return events


class Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = Selector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = self.create_future()
        future.set_result(func(*args))
        return future


class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> Loop:
        return Loop()


@contextlib.contextmanager
def own_loops() -> Iterator[None]:
    """Inside, new event loops are of this kind; hooks of asynchronous generators that a case leaves are taken away."""
    hooks = sys.get_asyncgen_hooks()
    asyncio.set_event_loop_policy(Policy())
    try:
        yield
    finally:
        asyncio.set_event_loop_policy(None)
        sys.set_asyncgen_hooks(*hooks)

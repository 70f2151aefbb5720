"""An event loop whose time is its own: when nothing is to be done, it is at once the time of what comes next.

Sockets are real. Client and server run in the same loop, so what one sent the other has before the next timer: a test
of half a minute takes a second, and a machine that stands still for two seconds adds nothing to a latency.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

DELIVERY_SECONDS = 0.001
"""Of real time: in which what was sent over loopback has arrived."""


class _Selector(selectors.DefaultSelector):
    """Instead of waiting it moves the time on."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = super().select(DELIVERY_SECONDS)
        if not found:
            self.passed += timeout
        return found


class Loop(asyncio.SelectorEventLoop):
    """`time()` begins with 0 and stands still while anything is to be done."""

    def __init__(self) -> None:
        self._passing = _Selector()
        super().__init__(self._passing)

    def time(self) -> float:
        return self._passing.passed


def in_its_own_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an asynchronous test in such a loop."""

    @wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(test(*args, **kwargs))

    return run

"""Python's collector of cycles, between ticks instead of within them.

A tick over many services parses megabytes into objects that it then drops. Left to itself the collector takes that for
growth, and looks through all that is remembered of every service several times a tick.
"""

from __future__ import annotations

import gc

TICKS_PER_WHOLE = 300
"""So many ticks apart everything is looked through; after each tick only what is new."""


class Collector:
    """Takes the collector over; `after_tick` does its work."""

    def __init__(self) -> None:
        gc.disable()
        self._ticks = 0

    def after_tick(self) -> None:
        """The answers of a tick hold on to each other, megabytes of them: they go before the next ones come."""
        self._ticks += 1
        gc.collect(2 if self._ticks % TICKS_PER_WHOLE == 0 else 0)

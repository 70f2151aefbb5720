"""Python's collector of cycles, between ticks instead of within them, and seldom.

Left to itself the collector takes what a tick makes for growth, and looks through all that is remembered of every
service several times a tick. What a tick drops goes without it, since nothing of it holds on to itself (a test sees to
that); what it is for is the rare rest, such as a request to the server that broke off.
"""

from __future__ import annotations

import gc

TICKS_PER_COLLECTION = 300


class Collector:
    """Takes the collector over; `after_tick` does its work."""

    def __init__(self) -> None:
        gc.disable()
        self._ticks = 0

    def after_tick(self) -> None:
        """Looks through everything now and then."""
        self._ticks += 1
        if self._ticks % TICKS_PER_COLLECTION == 0:
            gc.collect()

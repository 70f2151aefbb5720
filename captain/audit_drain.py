"""Takes the audit's entries from captain's disk to the database, oldest first, for as long as captain serves."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge

from captain.audit import Entry, StoreAway, of_row
from captain.audit_spool import Spool, SpoolError

_PAUSE_SECONDS = 1.0
_BATCH = 500

log = logging.getLogger("captain.audit")


class AuditMetrics:
    """What Prometheus is told of the audit."""

    def __init__(self, registry: CollectorRegistry, spool: Spool) -> None:
        spooled = Gauge(
            "flotilla_captain_audit_spooled",
            "Entries of the audit on captain's disk that are not in the database yet",
            registry=registry,
        )
        spooled.set_function(lambda: _length(spool))
        self.dropped = Counter(
            "flotilla_captain_audit_dropped_total",
            "Entries of the audit that are in captain's log alone: the disk had no room for them, or too many waited",
            registry=registry,
        )


class KeepingStore(Protocol):
    """Where entries go."""

    def keep(self, entries: Sequence[Entry]) -> None:
        """All or none of them, and none twice. Raises `StoreAway`."""


class Drain:
    """One thread of a captain; two captains may do it at once."""

    def __init__(self, spool: Spool, store: KeepingStore, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._spool, self._store, self._pause = spool, store, pause_seconds
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            if not self.step():
                stop.wait(self._pause)

    def step(self) -> bool:
        """Takes some entries; whether there may be more. What does not work is logged once, and tried again."""
        try:
            rows = self._spool.rows(_BATCH)
            if rows:
                # Killed between these two, the next captain does the first once more, which changes nothing.
                self._store.keep([of_row(row) for row in rows])
                self._spool.remove([row[0] for row in rows])
        except (StoreAway, SpoolError) as error:
            if self._told != str(error):
                log.warning("the audit waits on captain's disk: %s", error)
                self._told = str(error)
            return False
        if rows and self._told:
            log.info("the audit is in the database again")
            self._told = ""
        return len(rows) == _BATCH


def _length(spool: Spool) -> float:
    try:
        return float(len(spool))
    except SpoolError:
        return math.nan

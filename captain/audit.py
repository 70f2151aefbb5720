"""Who did what over HTTP: a line of captain's log for each, and the last of them to ask for.

The log is the engine's, which keeps 30 MB of it on the node; what is remembered here is this process's.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

MOST_ENTRIES = 1000

log = logging.getLogger("captain.audit")


@dataclass(frozen=True, slots=True)
class Entry:
    """`by` is a user's name, or empty for somebody who is none; `what` never has a secret in it."""

    at: datetime
    by: str
    client: str
    what: str
    went_well: bool


class Audit:
    """The last entries, oldest first."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def note(self, by: str, client: str, what: str, went_well: bool = True) -> None:
        """Something was done, or refused."""
        with self._lock:
            self._entries.append(Entry(self._now(), by, client, what, went_well))
        log.info("audit: %s from %s: %s%s", by or "nobody", client, what, "" if went_well else " (refused)")

    def entries(self) -> list[Entry]:
        """Those that are remembered."""
        with self._lock:
            return list(self._entries)

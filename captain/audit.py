"""Who did what over HTTP: a line of captain's log for each, and an entry in the platform's database.

An entry is on captain's disk before anything else, and is taken from there to the database in its order, now or when
that is back (`audit_drain`). So captain works without the database, and is told exactly once what it was asked.
"""

from __future__ import annotations

import logging
import secrets
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from captain.audit_spool import Row, Spool, SpoolError

MOST_AT_ONCE = 1000
# What the table takes: an entry that it refused would keep all later ones waiting.
_LONGEST_NAME, _LONGEST_CLIENT, _LONGEST_TEXT = 200, 100, 1000

log = logging.getLogger("captain.audit")


@dataclass(frozen=True, slots=True)
class Entry:
    """`by` is a user's name, or empty for somebody who is none; `what` never has a secret in it.

    Ids are UUIDv7, so that their order is that in which things were done.
    """

    id: str
    at: datetime
    by: str
    client: str
    what: str
    went_well: bool


class StoreAway(Exception):
    """The database cannot be asked now; the message says why."""


class Store(Protocol):
    """Where entries are in the end."""

    def newest(self, most: int, before: str) -> Sequence[Entry]:
        """At most so many, those that are older than the id `before` if there is one; newest first. `StoreAway`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `away` says why those that were in the database already are missing, or is empty."""

    entries: tuple[Entry, ...]
    away: str


class Audit:
    """For several threads."""

    def __init__(
        self,
        spool: Spool,
        store: Store,
        on_loss: Callable[[int], object] = lambda count: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`on_loss` is told how many entries are in captain's log alone, because the disk took them not or no more."""
        self._spool, self._store, self._on_loss, self._now = spool, store, on_loss, now
        self._lock = threading.Lock()
        self._last = 0

    def note(self, by: str, client: str, what: str, went_well: bool = True) -> None:
        """Something was done, or refused."""
        log.info("audit: %s from %s: %s%s", by or "nobody", client, what, "" if went_well else " (refused)")
        with self._lock:
            at = self._now()
            self._last = max(self._last + 1, (int(at.timestamp() * 1000) << 12))
            texts = (_text(by, _LONGEST_NAME), _text(client, _LONGEST_CLIENT), _text(what, _LONGEST_TEXT))
            entry = Entry(_uuid7(self._last), at, *texts, went_well)
            try:
                lost = self._spool.add(_row_of(entry))
            except SpoolError as error:
                log.error("audit: that line is in this log alone: %s", error)
                lost = 1
        if lost:
            self._on_loss(lost)

    def page(self, most: int = MOST_AT_ONCE, before: str = "") -> Page:
        """The newest, or those before the entry with that id; those that wait on the disk too. Raises `SpoolError`."""
        # The disk first: what goes to the database in between is in both, and shown once.
        waiting = map(of_row, self._spool.rows())
        found = {entry.id: entry for entry in waiting if not before or entry.id < before}
        away = ""
        try:
            found |= {entry.id: entry for entry in self._store.newest(most, before)}
        except StoreAway as error:
            away = str(error)
        newest = sorted(found.values(), key=lambda entry: entry.id, reverse=True)[:most]
        return Page(tuple(newest), away)


def _text(given: str, longest: int) -> str:
    """Without what PostgreSQL or UTF-8 cannot hold."""
    return given.encode("utf-8", "replace").decode().replace("\0", "?")[:longest]


def of_row(row: Row) -> Entry:
    """As the spool has it."""
    id_, at, by, client, what, went_well = row
    return Entry(id_, datetime.fromisoformat(at), by, client, what, bool(went_well))


def _row_of(entry: Entry) -> Row:
    return (entry.id, entry.at.isoformat(), entry.by, entry.client, entry.what, int(entry.went_well))


def _uuid7(tick: int) -> str:
    """Of a time in 4096ths of a millisecond since 1970, which no two entries of a process share."""
    milliseconds, fraction = divmod(tick, 4096)
    random = secrets.randbits(62)
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random))

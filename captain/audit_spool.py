"""Entries of the audit that are not in the database yet: on captain's disk, a few thousand, in their order.

SQLite keeps them through a kill, and for two captains at once, as there are while one takes the other's place.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

FILE = "flotilla-audit.sqlite"
_DROP_OLDEST = "DELETE FROM entry WHERE id IN (SELECT id FROM entry ORDER BY id LIMIT ?)"
MOST_SPOOLED = 10_000
_BUSY_SECONDS = 5.0
_TABLE = (
    "CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, client TEXT NOT NULL,"
    " what TEXT NOT NULL, went_well INTEGER NOT NULL) WITHOUT ROWID"
)

Row: TypeAlias = tuple[str, str, str, str, str, int]
"""id, time (ISO 8601), by, client, what, 1 if it went well."""


class SpoolError(Exception):
    """The disk takes nothing, or what is there cannot be read; the message says why."""


class Spool:
    """For several threads."""

    def __init__(self, folder: Path, most: int = MOST_SPOOLED) -> None:
        """The file is made when it is first needed: a disk that is full at the start may have room later."""
        self._path, self._most = folder / FILE, most
        self._lock = threading.Lock()

    def add(self, row: Row) -> int:
        """Keep an entry; how many of the oldest had to go for it. Raises `SpoolError`."""
        with self._lock, self._open() as connection:
            try:
                with connection:
                    connection.execute("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, ?)", row)
                    surplus = self._count(connection) - self._most
                    if surplus > 0:
                        connection.execute(_DROP_OLDEST, (surplus,))
            except sqlite3.Error as error:
                raise SpoolError(f"{self._path} cannot be written: {error}") from error
        return max(0, surplus)

    def rows(self, most: int = MOST_SPOOLED) -> list[Row]:
        """The oldest, in their order. Raises `SpoolError`."""
        with self._lock, self._open() as connection:
            try:
                found: list[Row] = connection.execute("SELECT * FROM entry ORDER BY id LIMIT ?", (most,)).fetchall()
            except sqlite3.Error as error:
                raise SpoolError(f"{self._path} cannot be read: {error}") from error
        return found

    def remove(self, ids: Sequence[str]) -> None:
        """Those that are in the database. Raises `SpoolError`."""
        with self._lock, self._open() as connection:
            try:
                with connection:
                    connection.executemany("DELETE FROM entry WHERE id = ?", [(id_,) for id_ in ids])
            except sqlite3.Error as error:
                raise SpoolError(f"{self._path} cannot be written: {error}") from error

    def __len__(self) -> int:
        with self._lock, self._open() as connection:
            try:
                return self._count(connection)
            except sqlite3.Error as error:
                raise SpoolError(f"{self._path} cannot be read: {error}") from error

    def _open(self) -> closing[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_TABLE)
        except sqlite3.Error as error:
            raise SpoolError(f"{self._path} cannot be opened: {error}") from error
        return closing(connection)

    @staticmethod
    def _count(connection: sqlite3.Connection) -> int:
        count: int = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
        return count

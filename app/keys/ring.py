"""Finding out whose a key is, without asking the database for every request."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import acting
from app.db import Database
from app.errors import PlatformError
from app.keys.caller import Caller, caller
from app.keys.secret import digest, well_formed

log = logging.getLogger(__name__)

KNOWN_SECONDS = 5.0
"""How long an answer is believed: a key that was revoked is let in for so long."""
MOST_KNOWN = 10_000
USED_SECONDS = 60.0
"""How often at most it is noted that a key was used."""

_FIND = text(
    "SELECT id, organisation_id, site_id, scopes, expires_at FROM api_key"
    " WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
)
_USED = text("UPDATE api_key SET last_used_at = now() WHERE id = CAST(:id AS uuid)")


@dataclass(frozen=True)
class _Known:
    caller: Caller | None
    expires_at: datetime | None
    until: float


class KeyRing:
    """One process's memory of keys, those that are none too. Holds hashes, never a secret."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, _Known] = {}
        self._noted: dict[str, float] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def caller(self, secret: str) -> Caller | None:
        """Who has the secret; None if it is no key, or none any more. Raises PlatformError 503."""
        if not well_formed(secret):
            return None
        sha256 = digest(secret)
        now = asyncio.get_running_loop().time()
        known = self._known.get(sha256)
        if known is None or known.until <= now:
            known = await self._ask(sha256, now)
        if known.expires_at is not None and known.expires_at <= datetime.now(UTC):
            return None
        return known.caller

    async def _ask(self, sha256: bytes, now: float) -> _Known:
        row = await self._database.read(acting.doorkeeper(sha256), _find)
        found = None if row is None else caller(row[0], row[1], row[2], row[3])
        known = _Known(found, None if row is None else row[4], now + KNOWN_SECONDS)
        self._known.pop(sha256, None)  # to the end: the oldest are forgotten first
        self._known[sha256] = known
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        if found is not None:
            self._note(found, now)
        return known

    def _note(self, found: Caller, now: float) -> None:
        """Has it written down that a key was used, out of the request's way."""
        if now - self._noted.get(found.id, -USED_SECONDS) < USED_SECONDS:
            return
        if len(self._noted) >= MOST_KNOWN:
            self._noted.clear()
        self._noted[found.id] = now
        task = asyncio.create_task(self._write_used(found), name="key used")
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write_used(self, found: Caller) -> None:
        acts = acting.organisation(found.organisation_id)
        try:
            await self._database.write(acts, _used, found.id)
        except PlatformError as error:
            log.warning("it was not noted that the key %s was used: %s", found.id, error)


async def _find(connection: AsyncConnection) -> tuple[str, str, str | None, list[str], datetime | None] | None:
    row = (await connection.execute(_FIND)).first()
    return None if row is None else (row[0], row[1], row[2], row[3], row[4])


async def _used(connection: AsyncConnection, key_id: str) -> None:
    await connection.execute(_USED, {"id": key_id})

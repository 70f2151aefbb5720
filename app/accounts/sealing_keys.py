"""The keys that second factors are sealed with: read at a replica's start, and with what one that is not known yet."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, sealing
from app.accounts.refusals import second_factor_unreadable
from app.accounts.sealing import Change, Wrapped
from app.db import Database
from app.models.base import NO_ID

log = logging.getLogger(__name__)

LOCK = 0x464C4F54_0004
"""Key of the advisory lock under which keys are made: replicas that start at once make one."""

_ALONE = text("SELECT pg_advisory_xact_lock(:lock)")
_KEPT = text("SELECT key_id, opener, sealed FROM sealing_key ORDER BY id")
_ADD = text("INSERT INTO sealing_key (key_id, opener, sealed) VALUES (:key_id, :opener, :sealed)")
_REMOVE = text("DELETE FROM sealing_key WHERE key_id = :key_id AND opener = :opener")


class SealingKeys:
    """One per process. `installation` are the generations of the secret that opens them, the present one first."""

    def __init__(self, database: Database, installation: Sequence[str]) -> None:
        self._database = database
        self._openers = [sealing.opener(secret) for secret in installation]
        self._keys: dict[str, bytes] = {}

    async def prepare(self) -> None:
        """Before the first request: afterwards the present secret opens every key, whatever is rotated next.

        PlatformError when the database cannot be had.
        """
        found = await self._database.write(acting.account(NO_ID), self._prepare)
        self._keys = dict(found.keys)
        if found.lost:
            log.error(
                "%d keys of second factors are sealed for another flotilla_db_app_password: people whose codes they "
                "hold need a recovery code; see docs/operations.md, Second factors",
                len(found.lost),
            )

    async def seal(self, connection: AsyncConnection, value: str, account_id: str) -> str:
        """The value as it is kept, with the newest key."""
        if not self._keys:
            await self._read(connection)
        key_id = list(self._keys)[-1]
        sealed = sealing.seal(self._keys[key_id], value.encode(), account_id, secrets.token_bytes(sealing.NONCE_BYTES))
        return sealing.text_of(key_id, sealed)

    async def open(self, connection: AsyncConnection, kept: str, account_id: str) -> str:
        """What was sealed. PlatformError 503 if no secret of this installation opens it."""
        parts = sealing.parts_of(kept)
        if parts is None:
            return kept
        key_id, sealed = parts
        if key_id not in self._keys:  # of a replica that was started later
            await self._read(connection)
        value = sealing.opened(self._keys[key_id], sealed, account_id) if key_id in self._keys else None
        if value is None:
            log.error("the second factor of account %s cannot be opened: its key is %s", account_id, key_id)
            raise second_factor_unreadable()
        return value.decode()

    def is_newest(self, kept: str) -> bool:
        """Whether it needs not be sealed anew."""
        parts = sealing.parts_of(kept)
        return parts is not None and bool(self._keys) and parts[0] == list(self._keys)[-1]

    async def _prepare(self, connection: AsyncConnection) -> Change:
        await connection.execute(_ALONE, {"lock": LOCK})
        found = sealing.change(await _kept(connection), self._openers, str(uuid.uuid4()), secrets.token_bytes)
        if found.added:
            await connection.execute(_ADD, [vars(each) for each in found.added])
        for each in found.removed:
            await connection.execute(_REMOVE, {"key_id": each.key_id, "opener": each.opener})
        return found

    async def _read(self, connection: AsyncConnection) -> None:
        """What others have made since; nothing is written, since the caller's transaction may be taken back."""
        found = sealing.change(await _kept(connection), self._openers, "", secrets.token_bytes)
        self._keys = {key_id: key for key_id, key in found.keys.items() if key_id}


async def _kept(connection: AsyncConnection) -> list[Wrapped]:
    return [Wrapped(row.key_id, row.opener, row.sealed) for row in await connection.execute(_KEPT)]

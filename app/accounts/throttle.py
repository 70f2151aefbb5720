"""Counting attempts in the database, which all replicas share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, pauses
from app.accounts.pauses import Counted
from app.accounts.refusals import too_many
from app.db import Database

_LOOK = text(
    "SELECT key, failures, extract(epoch FROM blocked_until - now())::float8 AS seconds FROM throttle"
    " WHERE key = ANY (:keys) AND expires_at > now() ORDER BY key FOR UPDATE"
)
_COUNT = text(
    "INSERT INTO throttle (key, failures, blocked_until, expires_at)"
    " VALUES (:key, :failures, now() + :pause, now() + :kept)"
    " ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, blocked_until = excluded.blocked_until,"
    " expires_at = excluded.expires_at"
)
_FORGET = text("DELETE FROM throttle WHERE key = ANY (:keys)")
_TAKE_BACK = text(
    "UPDATE throttle SET failures = greatest(failures - 1, 0), blocked_until = now() WHERE key = ANY (:keys)"
)


async def admit(database: Database, counted: Sequence[Counted]) -> None:
    """Counts an attempt before it is made, as one that failed. PlatformError 429 while there is a pause."""
    await database.write(acting.throttled(one.key for one in counted), _admit, counted)


async def succeeded(database: Database, counted: Sequence[Counted]) -> None:
    """The attempt was none of a guesser: its account's failures are forgotten, its client's are one less."""
    await database.write(acting.throttled(one.key for one in counted), _succeeded, counted)


async def _admit(connection: AsyncConnection, counted: Sequence[Counted]) -> None:
    keys = [one.key for one in counted]
    found = {row.key: row for row in await connection.execute(_LOOK, {"keys": keys})}
    longest = max((row.seconds for row in found.values()), default=0.0)
    if longest > 0:
        raise too_many(timedelta(seconds=longest))
    for one in sorted(counted, key=lambda one: one.key):
        failures = (found[one.key].failures if one.key in found else 0) + 1
        pause = pauses.after(failures, one.allowance)
        await connection.execute(
            _COUNT, {"key": one.key, "failures": failures, "pause": pause, "kept": pauses.FORGOTTEN_AFTER}
        )


async def _succeeded(connection: AsyncConnection, counted: Sequence[Counted]) -> None:
    clients = [one.key for one in counted if one.allowance is pauses.CLIENT_ADDRESS]
    await connection.execute(_FORGET, {"keys": [one.key for one in counted if one.key not in clients]})
    await connection.execute(_TAKE_BACK, {"keys": clients})

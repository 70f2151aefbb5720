"""Doing a request once, however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError

KEPT_HOURS = 24


@dataclass(frozen=True)
class Answer:
    """What a success is made of. `repeated` says that it was given before."""

    status: int
    etag: str | None
    body: bytes
    repeated: bool = False


_LOCK = text("SELECT pg_try_advisory_xact_lock(CAST(:lock AS bigint))")
_FIND = text("SELECT request_sha256, status, etag, body FROM idempotency_key WHERE key_sha256 = :key")
_KEEP = text(
    "INSERT INTO idempotency_key (key_sha256, request_sha256, status, etag, body)"
    " VALUES (:key, :request, :status, :etag, :body)"
)
_FORGET = text("DELETE FROM idempotency_key WHERE created_at < now() - CAST(:hours AS int) * interval '1 hour'")


def digest(*parts: bytes | str) -> bytes:
    """The SHA-256 of several things that are not to be taken for one another."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        made.update(len(data).to_bytes(8, "big") + data)
    return made.digest()


async def once(
    connection: AsyncConnection, key: bytes, request: bytes, work: Callable[[AsyncConnection], Awaitable[Answer]]
) -> Answer:
    """Does `work` and keeps its answer under `key`, in one transaction; or gives the answer that was kept.

    `key` and `request` are SHA-256s. Errors: 409 while another transaction is at it, 422 for another request.
    """
    lock = int.from_bytes(key[:8], "big", signed=True)
    if not (await connection.execute(_LOCK, {"lock": lock})).scalar_one():
        raise PlatformError(
            409,
            "under_way",
            "A request with this Idempotency-Key is under way; try again in a moment.",
            {"Retry-After": "1"},
        )
    # A statement of its own, after the lock: it sees what whoever had the lock before has saved.
    kept = (await connection.execute(_FIND, {"key": key})).first()
    if kept is not None:
        if bytes(kept[0]) != request:
            raise PlatformError(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before; take a new one for each request.",
            )
        return Answer(kept[1], kept[2], bytes(kept[3]), repeated=True)
    answer = await work(connection)
    given = {"status": answer.status, "etag": answer.etag, "body": answer.body}
    await connection.execute(_KEEP, {"key": key, "request": request, **given})
    return answer


async def forget(connection: AsyncConnection) -> int:
    """Forgets what was kept for longer than a day; how many. For the worker."""
    return (await connection.execute(_FORGET, {"hours": KEPT_HOURS})).rowcount

"""What is to be delivered to webhooks, as rows: the trigger on posts makes them, the worker takes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_ATTEMPTS = 8
"""With the pauses between them, over 15 hours."""

# Whoever takes one has it until `next_attempt_at`, which is also when it is tried again: a worker that dies loses none.
# The oldest of a webhook first, and one at a time, so that its messages come in their order while they arrive.
_TAKE = text(
    "UPDATE webhook_delivery SET attempts = attempts + 1,"
    " next_attempt_at = now() + least(interval '10 s' * power(4, attempts), interval '12 h')"
    " FROM webhook WHERE webhook.id = webhook_delivery.webhook_id AND webhook_delivery.id = ("
    "SELECT due.id FROM webhook_delivery due JOIN webhook asked ON asked.id = due.webhook_id"
    " WHERE due.status = 'pending' AND due.next_attempt_at <= now() AND asked.paused_at IS NULL"
    " AND due.webhook_id <> ALL (CAST(:webhooks AS uuid[]))"
    " AND due.organisation_id <> ALL (CAST(:organisations AS uuid[]))"
    " ORDER BY due.next_attempt_at, due.id FOR UPDATE OF due SKIP LOCKED LIMIT 1)"
    " RETURNING webhook_delivery.id, webhook_delivery.organisation_id, webhook_id, attempts,"
    " CAST(payload AS text) AS body, url, signing_key"
)
_DELIVERED = text(
    "UPDATE webhook_delivery SET status = 'delivered', next_attempt_at = NULL, last_error = NULL,"
    " response_status = :status, response_seconds = :seconds WHERE id = CAST(:id AS uuid)"
)
_FAILED = text(
    "UPDATE webhook_delivery SET response_status = :status, response_seconds = :seconds, last_error = :reason,"
    " status = CASE WHEN attempts >= :most THEN 'failed' ELSE status END,"
    " next_attempt_at = CASE WHEN attempts >= :most THEN NULL ELSE next_attempt_at END"
    " WHERE id = CAST(:id AS uuid) AND status = 'pending'"
)
_TIDY = text("DELETE FROM webhook_delivery WHERE created_at < now() - interval '30 days'")


class Due(TypedDict):
    """A message to send now: JSON, to be signed with the key."""

    id: str
    organisation_id: str
    webhook_id: str
    attempts: int
    body: str
    url: str
    signing_key: bytes


async def take(connection: AsyncConnection, *, webhooks: Collection[str], organisations: Collection[str]) -> Due | None:
    """The one that has waited longest, but for those of these webhooks and organisations; None if none is due."""
    besides = {"webhooks": list(webhooks), "organisations": list(organisations)}
    row = (await connection.execute(_TAKE, besides)).mappings().one_or_none()
    return None if row is None else Due(**row)  # type: ignore[typeddict-item]  # the statement's columns


async def mark_delivered(connection: AsyncConnection, delivery_id: str, status: int, seconds: float) -> None:
    """It was answered with `status`, 2xx."""
    await connection.execute(_DELIVERED, {"id": delivery_id, "status": status, "seconds": seconds})


async def mark_failed(
    connection: AsyncConnection, delivery_id: str, reason: str, status: int | None, seconds: float
) -> None:
    """It is tried again at `next_attempt_at`, unless that was the last time."""
    given = {"id": delivery_id, "reason": reason[:1000], "status": status, "seconds": seconds}
    await connection.execute(_FAILED, given | {"most": MOST_ATTEMPTS})


async def tidy(connection: AsyncConnection) -> int:
    """Removes what is older than 30 days, whatever became of it; how many."""
    return (await connection.execute(_TIDY)).rowcount

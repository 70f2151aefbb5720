"""The outbox: mails that are to be sent, as rows."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.mail.messages import Message

_ADD = text(
    "INSERT INTO mail (recipient, subject, body_text, body_html, expires_at)"
    " VALUES (:recipient, :subject, :body_text, :body_html, now() + CAST(:good_for AS interval))"
)
# Never due again, also to a worker of a release that knows of no `dropped_at`.
_DROP = text(
    "UPDATE mail SET dropped_at = now(), send_at = 'infinity', body_text = '', body_html = '',"
    " last_error = left(:reason || coalesce('; before: ' || last_error, ''), 1000)"
    " WHERE sent_at IS NULL AND send_at < 'infinity' AND expires_at <= now()"
)
DROPPED = "not sent: its link had expired"
# Whoever takes one has it until `send_at`, which is also when it is tried again: a worker that dies loses none.
_TAKE = text(
    "UPDATE mail SET attempts = least(attempts + 1, 1000),"
    " send_at = now() + least(interval '30 s' * power(2, least(attempts, 12)), interval '6 h')"
    " WHERE id = (SELECT id FROM mail WHERE sent_at IS NULL AND send_at <= now()"
    " AND (expires_at IS NULL OR expires_at > now()) ORDER BY send_at"
    " FOR UPDATE SKIP LOCKED LIMIT 1)"
    " RETURNING id, recipient, subject, body_text, body_html, attempts"
)
# Another worker may have dropped it while a server was taking it.
_SENT = text(
    "UPDATE mail SET sent_at = now(), dropped_at = NULL, body_text = '', body_html = '', last_error = NULL"
    " WHERE id = :id"
)
_FAILED = text("UPDATE mail SET last_error = :error WHERE id = :id")
_WAITING = text("SELECT count(*) FROM mail WHERE sent_at IS NULL AND send_at < 'infinity'")
_LIST = text(
    "SELECT id, recipient, subject, created_at, sent_at, dropped_at, expires_at, attempts, last_error FROM mail"
    " ORDER BY id DESC LIMIT :limit"
)
_SHOW = text("SELECT recipient, subject, body_text, sent_at, dropped_at FROM mail WHERE id = :id")
_TIDY = text("DELETE FROM mail WHERE created_at < now() - interval '30 days'")


class Due(TypedDict):
    """A mail to send now."""

    id: str
    recipient: str
    subject: str
    body_text: str
    body_html: str
    attempts: int


class Listed(TypedDict):
    """A mail, without what it says. `expires_at`: from then on it is not worth sending, and is dropped."""

    id: str
    recipient: str
    subject: str
    created_at: datetime
    sent_at: datetime | None
    dropped_at: datetime | None
    expires_at: datetime | None
    attempts: int
    last_error: str | None


class Shown(TypedDict):
    """A mail with what it says, which is empty once it was sent or dropped."""

    recipient: str
    subject: str
    body_text: str
    sent_at: datetime | None
    dropped_at: datetime | None


async def add(connection: AsyncConnection, message: Message) -> None:
    """Sends it once the transaction is committed, and not at all otherwise. The app may not read it again."""
    await connection.execute(
        _ADD,
        {
            "recipient": message.recipient,
            "subject": message.subject,
            "body_text": message.text,
            "body_html": message.html,
            "good_for": message.good_for,
        },
    )


async def take(connection: AsyncConnection) -> Due | None:
    """The one that has waited longest, for a worker; None if none is due."""
    row = (await connection.execute(_TAKE)).mappings().one_or_none()
    return None if row is None else Due(**row)  # type: ignore[typeddict-item]  # the statement's columns


async def mark_sent(connection: AsyncConnection, mail_id: str) -> None:
    """A server has taken it over: what it said goes."""
    await connection.execute(_SENT, {"id": mail_id})


async def mark_failed(connection: AsyncConnection, mail_id: str, error: str) -> None:
    """It is tried again at `send_at`."""
    await connection.execute(_FAILED, {"id": mail_id, "error": error[:1000]})


async def drop(connection: AsyncConnection) -> int:
    """Gives up those that are not worth sending any more: why stays, what they said goes. How many."""
    return (await connection.execute(_DROP, {"reason": DROPPED})).rowcount


async def waiting(connection: AsyncConnection) -> int:
    """How many are still to be sent."""
    return int((await connection.execute(_WAITING)).scalar_one())


async def newest(connection: AsyncConnection, *, limit: int) -> list[Listed]:
    """The newest first."""
    rows = (await connection.execute(_LIST, {"limit": limit})).mappings()
    return [Listed(**row) for row in rows]  # type: ignore[typeddict-item]  # as above


async def by_id(connection: AsyncConnection, mail_id: str) -> Shown | None:
    """One with its text; None if there is none."""
    row = (await connection.execute(_SHOW, {"id": mail_id})).mappings().one_or_none()
    return None if row is None else Shown(**row)  # type: ignore[typeddict-item]  # as above


async def tidy(connection: AsyncConnection) -> int:
    """Removes what is older than 30 days; how many."""
    return (await connection.execute(_TIDY)).rowcount

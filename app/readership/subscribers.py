"""Subscribers of a site: people who want its posts by e-mail, or do not any more."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError
from app.rows import Row, Rows, Versions


def not_found() -> PlatformError:
    """The subscriber that the address names does not exist on that site."""
    return PlatformError(
        404, "subscriber_not_found", "There is no such subscriber; list the site's to see which there are."
    )


def _there_already() -> PlatformError:
    return PlatformError(
        409, "subscriber_exists", "The site has a subscriber with this address, whatever its capitals; change that one."
    )


SUBSCRIBERS = Rows(
    "subscriber",
    shown=("id", "site_id", "email", "status", "confirmed_at", "unsubscribed_at", "created_at", "updated_at"),
    taken={"email": "text", "status": "text", "token_sha256": "bytea"},
    missing=not_found,
    filters={"status": "status = :status", "email": "lower(email) = :email"},
    refusals={"uq_subscriber_email": _there_already},
)

# What a status says of the times beside it: who is active has confirmed, who is pending has to, again.
_TIMES_OF_NEW = {"active": {"confirmed_at": "now()"}, "unsubscribed": {"unsubscribed_at": "now()"}}
_TIMES = {
    "pending": {"confirmed_at": "NULL", "unsubscribed_at": "NULL"},
    "active": {"confirmed_at": "coalesce(confirmed_at, now())", "unsubscribed_at": "NULL"},
    "unsubscribed": {"unsubscribed_at": "coalesce(unsubscribed_at, now())"},
}


async def create(connection: AsyncConnection, site_id: str, email: str, status: str) -> Row:
    """Adds an address, in lower case. Nothing is mailed. Errors: 403 beyond the plan's limit, 404, 409."""
    token = hashlib.sha256(secrets.token_bytes(32)).digest()  # nobody knows it: links get their own when there are any
    values = {"email": email, "status": status, "token_sha256": token}
    return await SUBSCRIBERS.create(connection, site_id, values, computed=_TIMES_OF_NEW.get(status, {}))


async def change(
    connection: AsyncConnection, site_id: str, subscriber_id: str, values: Mapping[str, object], *, versions: Versions
) -> Row:
    """Changes the status, if `values` have one, and the times that it says. Errors: 404, 412."""
    times = _TIMES.get(str(values.get("status")), {})
    return await SUBSCRIBERS.change(connection, site_id, subscriber_id, values, computed=times, versions=versions)

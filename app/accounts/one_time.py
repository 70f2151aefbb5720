"""One-time tokens of links: made, and used up with what they are for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting
from app.accounts.secrets import digest, new_secret
from app.accounts.transactions import act

SIGN_UP, MAGIC_LINK, PASSWORD_RESET = "sign_up", "magic_link", "password_reset"
EMAIL_CHANGE, FIRST_ADMINISTRATOR = "email_change", "first_administrator"
GOOD_FOR = {
    SIGN_UP: timedelta(hours=24),
    MAGIC_LINK: timedelta(minutes=15),
    PASSWORD_RESET: timedelta(hours=1),
    EMAIL_CHANGE: timedelta(hours=1),
    FIRST_ADMINISTRATOR: timedelta(days=7),
}

_MAKE = text(
    "INSERT INTO one_time_token (purpose, account_id, email, secret_sha256, expires_at)"
    " VALUES (:purpose, :account, :email, :secret, now() + :good_for)"
)
_USE = text(
    "UPDATE one_time_token SET used_at = now() WHERE secret_sha256 = :secret AND purpose = :purpose"
    " AND used_at IS NULL AND expires_at > now() RETURNING id"
)
_USE_UP = text(
    "UPDATE one_time_token SET used_at = now() WHERE account_id = :account AND used_at IS NULL"
    " AND (CAST(:purpose AS text) IS NULL OR purpose = :purpose)"
)


async def make(
    connection: AsyncConnection, purpose: str, *, account: str | None = None, email: str | None = None
) -> str:
    """The secret of a new one. The transaction acts for the doorkeeper afterwards."""
    secret = new_secret()
    await act(connection, acting.by_secret(digest(secret)))
    values = {"purpose": purpose, "account": account, "email": email, "secret": digest(secret)}
    await connection.execute(_MAKE, values | {"good_for": GOOD_FOR[purpose]})
    return secret


async def use(connection: AsyncConnection, secret: str, purpose: str) -> bool:
    """Uses it up; whether it was good. The transaction acts for the doorkeeper afterwards."""
    await act(connection, acting.by_secret(digest(secret)))
    values = {"secret": digest(secret), "purpose": purpose}
    return (await connection.execute(_USE, values)).one_or_none() is not None


async def use_up(connection: AsyncConnection, account_id: str, purpose: str | None = None) -> None:
    """Uses up all of an account that is acted for; with `purpose`, those for that."""
    await connection.execute(_USE_UP, {"account": account_id, "purpose": purpose})

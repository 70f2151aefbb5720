"""What is read of accounts, sessions and memberships."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A session that was not used for 7 days has ended, and so has one that is 30 days old (`sessions.LONGEST`).
_ACCOUNT_OF_ADDRESS = text("SELECT id FROM account WHERE lower(email) = :email")
_ACCOUNT = text("SELECT email, name, disabled_at FROM account WHERE id = :account")
_CREDENTIAL = text(
    "SELECT account.email, account.disabled_at, credential.password_hash, credential.totp_key,"
    " credential.totp_confirmed_at, credential.totp_last_step"
    " FROM account LEFT JOIN credential ON credential.account_id = account.id WHERE account.id = :account"
)
_SESSION = text(
    "SELECT id, account_id, organisation_id, expires_at, last_used_at < now() - interval '5 minutes' AS stale"
    " FROM session WHERE secret_sha256 = :secret AND expires_at > now() AND last_used_at > now() - interval '7 days'"
)
_PERSON = text(
    "SELECT account.email, account.name, account.disabled_at,"
    " EXISTS (SELECT FROM platform_administrator WHERE account_id = account.id) AS administrator,"
    " (SELECT totp_confirmed_at IS NOT NULL FROM credential WHERE account_id = account.id) AS totp,"
    " (SELECT role FROM member WHERE account_id = account.id AND organisation_id = acting_organisation()"
    " AND ended_at IS NULL) AS role FROM account WHERE id = :account"
)
_SESSIONS = text(
    "SELECT id, created_at, last_used_at, expires_at, host(client_address) AS client_address, user_agent"
    " FROM session WHERE account_id = :account AND expires_at > now() AND last_used_at > now() - interval '7 days'"
    " ORDER BY last_used_at DESC, id"
)
_MEMBERSHIPS = text(
    "SELECT member.organisation_id AS id, member.role,"
    " (SELECT name FROM organisation WHERE id = member.organisation_id) AS name"
    " FROM member WHERE member.account_id = :account AND member.ended_at IS NULL ORDER BY member.id"
)
_TOKEN = text(
    "SELECT purpose, account_id, email FROM one_time_token"
    " WHERE secret_sha256 = :secret AND used_at IS NULL AND expires_at > now()"
)


class Credential(TypedDict):
    """How an account's owner proves who they are. `totp_key`, sealed, counts once `totp_confirmed_at` is there."""

    email: str
    disabled_at: datetime | None
    password_hash: str | None
    totp_key: str | None
    totp_confirmed_at: datetime | None
    totp_last_step: int | None


class Membership(TypedDict):
    """An organisation, and what somebody is in it."""

    id: str
    name: str
    role: str


class SessionRow(TypedDict):
    """A session as its owner sees it."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    client_address: str | None
    user_agent: str


async def account_of_address(connection: AsyncConnection, email: str) -> str | None:
    """The account with an address (in lower case), for the doorkeeper who was told it."""
    found: str | None = (await connection.execute(_ACCOUNT_OF_ADDRESS, {"email": email})).scalar_one_or_none()
    return found


async def account(connection: AsyncConnection, account_id: str) -> Any:
    """`email`, `name` and `disabled_at` of the account that is acted for; None if there is none."""
    return (await connection.execute(_ACCOUNT, {"account": account_id})).one_or_none()


async def credential(connection: AsyncConnection, account_id: str) -> Credential | None:
    """Of the account that is acted for; None if there is none."""
    row = (await connection.execute(_CREDENTIAL, {"account": account_id})).mappings().one_or_none()
    return None if row is None else Credential(**row)  # type: ignore[typeddict-item]  # the statement's columns


async def session(connection: AsyncConnection, secret_sha256: bytes) -> Any:
    """The live session of a secret, for the doorkeeper; None if there is none."""
    return (await connection.execute(_SESSION, {"secret": secret_sha256})).one_or_none()


async def person(connection: AsyncConnection, account_id: str) -> Any:
    """Who somebody is, and their role in the organisation that is acted for."""
    return (await connection.execute(_PERSON, {"account": account_id})).one_or_none()


async def sessions(connection: AsyncConnection, account_id: str) -> list[SessionRow]:
    """All of an account, the one used last first."""
    rows = (await connection.execute(_SESSIONS, {"account": account_id})).mappings()
    return [SessionRow(**row) for row in rows]  # type: ignore[typeddict-item]  # as above


async def memberships(connection: AsyncConnection, account_id: str) -> list[Membership]:
    """The organisations that somebody is in, the oldest membership first; for the doorkeeper (`acting.member`)."""
    rows = (await connection.execute(_MEMBERSHIPS, {"account": account_id})).mappings()
    return [Membership(**row) for row in rows]  # type: ignore[typeddict-item]  # as above


async def token(connection: AsyncConnection, secret_sha256: bytes) -> Any:
    """`purpose`, `account_id` and `email` of a token that is still good, for the doorkeeper; None for any other."""
    return (await connection.execute(_TOKEN, {"secret": secret_sha256})).one_or_none()

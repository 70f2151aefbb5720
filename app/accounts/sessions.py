"""Sessions of browsers: who one is of, how it begins, changes its secret and ends."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, queries
from app.accounts.secrets import csrf_token, digest, new_secret
from app.accounts.transactions import act
from app.accounts.visitor import Visitor
from app.db import Database

COOKIE = "__Host-flotilla_session"
LONGEST = timedelta(days=30)
REMEMBERED_SECONDS = 3.0
"""How long a replica goes by what it read of a session; a session that is ended elsewhere lasts so much longer."""
MOST_REMEMBERED = 10_000

_START = text(
    "INSERT INTO session (account_id, organisation_id, secret_sha256, expires_at, client_address, user_agent)"
    " VALUES (:account, :organisation, :secret, now() + :longest, CAST(:address AS inet), :user_agent)"
)
_RENEW = text("UPDATE session SET secret_sha256 = :secret WHERE id = :id AND account_id = :account RETURNING id")
_CHOOSE = text("UPDATE session SET organisation_id = :organisation WHERE id = :id AND account_id = :account")
_USED = text("UPDATE session SET last_used_at = now() WHERE id = :id")
_END = text("DELETE FROM session WHERE id = :id AND account_id = :account")
_END_ALL = text("DELETE FROM session WHERE account_id = :account AND id IS DISTINCT FROM CAST(:but AS uuid)")


@dataclass(frozen=True)
class Identity:
    """Who a session is of. `role` is theirs in the organisation it acts for; both are None while there is none."""

    session_id: str
    account_id: str
    email: str
    name: str
    organisation_id: str | None
    role: str | None
    administrator: bool
    totp: bool
    csrf_token: str


class Sessions:
    """Finds out whose a session's secret is. What it found counts for `REMEMBERED_SECONDS`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[bytes, tuple[float, Identity]] = {}

    async def find(self, secret: str) -> Identity | None:
        """Whose it is; None if it has ended, or its account is disabled."""
        key = digest(secret)
        known = self._remembered.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        self._remembered.pop(key, None)
        identity = await self._read(key, secret)
        if identity is not None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = (time.monotonic() + REMEMBERED_SECONDS, identity)
        return identity

    def forget(self, account_id: str) -> None:
        """This replica reads anew what it knows of an account's sessions."""
        for key in [key for key, (_, one) in self._remembered.items() if one.account_id == account_id]:
            del self._remembered[key]

    async def _read(self, key: bytes, secret: str) -> Identity | None:
        found = await self._database.read(acting.by_secret(key), queries.session, key)
        if found is None:
            return None
        as_owner = acting.account(found.account_id, found.organisation_id)
        if found.stale:
            await self._database.write(as_owner, _mark_used, found.id)
        person = await self._database.read(as_owner, queries.person, found.account_id)
        if person is None or person.disabled_at is not None:
            return None
        return Identity(
            session_id=found.id,
            account_id=found.account_id,
            email=person.email,
            name=person.name,
            organisation_id=found.organisation_id if person.role else None,
            role=person.role,
            administrator=person.administrator,
            totp=bool(person.totp),
            csrf_token=csrf_token(secret),
        )


async def start(connection: AsyncConnection, account_id: str, visitor: Visitor) -> str:
    """A new session for the account that is acted for, in the organisation that it is in longest; its secret."""
    await act(connection, acting.member(account_id))
    memberships = await queries.memberships(connection, account_id)
    organisation = memberships[0]["id"] if memberships else None
    await act(connection, acting.account(account_id, organisation))
    secret = new_secret()
    await connection.execute(
        _START,
        {
            "account": account_id,
            "organisation": organisation,
            "secret": digest(secret),
            "longest": LONGEST,
            "address": visitor.address,
            "user_agent": visitor.user_agent,
        },
    )
    return secret


async def renew(connection: AsyncConnection, identity: Identity) -> str | None:
    """Another secret for the same session, after its rights have changed; None if it has ended."""
    secret = new_secret()
    values = {"id": identity.session_id, "account": identity.account_id, "secret": digest(secret)}
    renewed = (await connection.execute(_RENEW, values)).one_or_none()
    return None if renewed is None else secret


async def choose(connection: AsyncConnection, identity: Identity, organisation_id: str) -> None:
    """The session acts for this organisation, of which its owner is a member."""
    values = {"id": identity.session_id, "account": identity.account_id, "organisation": organisation_id}
    await connection.execute(_CHOOSE, values)


async def end(connection: AsyncConnection, account_id: str, session_id: str) -> bool:
    """Whether there was such a session of the account."""
    return bool((await connection.execute(_END, {"id": session_id, "account": account_id})).rowcount)


async def end_all(connection: AsyncConnection, account_id: str, but: str | None = None) -> int:
    """Ends every session of the account, `but` one; how many."""
    return (await connection.execute(_END_ALL, {"account": account_id, "but": but})).rowcount


async def _mark_used(connection: AsyncConnection, session_id: str) -> None:
    await connection.execute(_USED, {"id": session_id})

"""Who administers the platform itself; and the first one, who comes with a link that the operator is shown."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, one_time, organisations, pauses, queries, sessions, throttle
from app.accounts.addresses import required
from app.accounts.permissions import OWNER
from app.accounts.refusals import conflict, link_invalid
from app.accounts.secrets import digest
from app.accounts.service import Service
from app.accounts.signing_up import hashed, make_account
from app.accounts.transactions import act
from app.accounts.visitor import Visitor
from app.db import Database
from app.models.base import DEFAULT_ORGANISATION, NO_ID

LOCK = 0x464C4F54_0003
"""Key of the advisory lock under which the first administrator is made: there is one."""

_ANY = text("SELECT EXISTS (SELECT FROM platform_administrator)")
_ALONE = text("SELECT pg_advisory_xact_lock(:lock)")
_ADD = text("INSERT INTO platform_administrator (account_id) VALUES (:account)")


async def exist(database: Database) -> bool:
    """Whether the platform has an administrator."""
    return await database.read(acting.member(NO_ID), _any)


async def first_link_secret(database: Database) -> str | None:
    """The secret of a link that makes the first administrator, for 7 days; None if there is one."""
    return await database.write(acting.member(NO_ID), _first_link_secret)


async def welcome(service: Service, token: str, email: str, name: str, password: str, visitor: Visitor) -> str:
    """Makes the first administrator, who owns the default organisation too; the secret of their first session."""
    counted = pauses.tokens(visitor.address or "")
    await throttle.admit(service.database, counted)
    found = await service.database.read(acting.by_secret(digest(token)), queries.token, digest(token))
    if found is None or found.purpose != one_time.FIRST_ADMINISTRATOR:
        raise link_invalid()
    address = required(email)
    password_hash = await hashed(service, password, address)
    secret = await service.database.write(
        acting.by_secret(digest(token)), _welcome, token, address, name, password_hash, visitor
    )
    await throttle.succeeded(service.database, counted)
    return secret


async def _any(connection: AsyncConnection) -> bool:
    return bool((await connection.execute(_ANY)).scalar_one())


async def _first_link_secret(connection: AsyncConnection) -> str | None:
    if await _any(connection):
        return None
    return await one_time.make(connection, one_time.FIRST_ADMINISTRATOR)


async def _welcome(
    connection: AsyncConnection, token: str, email: str, name: str, password_hash: str, visitor: Visitor
) -> str:
    await connection.execute(_ALONE, {"lock": LOCK})
    if await _any(connection):
        raise conflict("administrator_exists", "The platform has an administrator already; sign in, or ask them.")
    if not await one_time.use(connection, token, one_time.FIRST_ADMINISTRATOR):
        raise link_invalid()
    account_id = await make_account(connection, email, name, password_hash)
    await act(connection, acting.account(account_id, DEFAULT_ORGANISATION))
    await events.of_account(connection, account_id, "became-administrator", visitor)
    await organisations.join(connection, account_id, OWNER)
    await act(connection, acting.member(account_id))
    await connection.execute(_ADD, {"account": account_id})
    return await sessions.start(connection, account_id, visitor)

"""Organisations of a person: made, and chosen for a session."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, queries, sessions
from app.accounts.permissions import OWNER
from app.accounts.queries import Membership
from app.accounts.refusals import not_found, not_signed_in
from app.accounts.service import Service
from app.accounts.sessions import Identity
from app.accounts.transactions import act, new_id
from app.accounts.visitor import Visitor
from app.refusals import refusing

_MAKE = text("INSERT INTO organisation (id, name, plan_id) VALUES (:id, :name, (SELECT id FROM plan WHERE is_default))")
_JOIN = text("INSERT INTO member (account_id, role) VALUES (:account, :role)")


async def of(service: Service, account_id: str) -> list[Membership]:
    """The organisations that somebody is in."""
    return await service.database.read(acting.member(account_id), queries.memberships, account_id)


async def create(service: Service, identity: Identity, name: str, visitor: Visitor) -> tuple[str, str]:
    """Makes one with its maker as owner. The session acts for it from now on: `(its id, the session's new secret)`."""
    made = await service.database.write(acting.account(identity.account_id), _create, identity, name, visitor)
    service.sessions.forget(identity.account_id)
    return made


async def choose(service: Service, identity: Identity, organisation_id: str) -> str:
    """The session acts for another organisation; its new secret. PlatformError 404 for one that its owner is not in."""
    if organisation_id not in {one["id"] for one in await of(service, identity.account_id)}:
        raise not_found("organisation among yours")
    secret = await service.database.write(
        acting.account(identity.account_id, organisation_id), _choose, identity, organisation_id
    )
    service.sessions.forget(identity.account_id)
    return secret


async def join(connection: AsyncConnection, account_id: str, role: str) -> None:
    """A new member of the organisation that is acted for. PlatformError 403 beyond the plan's limit."""
    with refusing({}):
        await connection.execute(_JOIN, {"account": account_id, "role": role})


async def _create(connection: AsyncConnection, identity: Identity, name: str, visitor: Visitor) -> tuple[str, str]:
    organisation_id = await new_id(connection)
    await act(connection, acting.account(identity.account_id, organisation_id))
    await connection.execute(_MAKE, {"id": organisation_id, "name": name})
    await join(connection, identity.account_id, OWNER)
    await events.of_organisation(
        connection, identity.account_id, "organisation-made", "organisation", organisation_id, visitor
    )
    return organisation_id, await _choose(connection, identity, organisation_id)


async def _choose(connection: AsyncConnection, identity: Identity, organisation_id: str) -> str:
    await sessions.choose(connection, identity, organisation_id)
    secret = await sessions.renew(connection, identity)
    if secret is None:
        raise not_signed_in()
    return secret

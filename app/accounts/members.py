"""Members of an organisation: who they are, their roles, and how a membership ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events
from app.accounts.permissions import OWNER, RANKS, Permission, may, may_give
from app.accounts.refusals import conflict, not_allowed, not_found
from app.accounts.service import Service
from app.accounts.sessions import Identity
from app.accounts.visitor import Visitor
from app.acting import Acting
from app.errors import PlatformError, changed_meanwhile
from app.versions import etag

Versions = Sequence[datetime] | None

_SELECT = (
    "SELECT member.account_id, account.name, account.email, member.role, member.created_at, member.updated_at"
    " FROM member JOIN account ON account.id = member.account_id"
    " WHERE member.organisation_id = acting_organisation() AND member.ended_at IS NULL"
)
_PAGE = text(f"{_SELECT} AND member.account_id > CAST(:after AS uuid) ORDER BY member.account_id LIMIT :limit")
_ONE = text(f"{_SELECT} AND member.account_id = CAST(:account AS uuid)")
# Who decides, of whom, and every owner: until the transaction ends, none of them is made anything else. Always in the
# same order, so that two who do this to each other wait and do not block one another.
_LOCK = text(
    "SELECT id, account_id, role FROM member WHERE organisation_id = acting_organisation() AND ended_at IS NULL"
    " AND (role = 'owner' OR account_id IN (CAST(:one AS uuid), CAST(:other AS uuid))) ORDER BY id FOR UPDATE"
)
_CHANGE = text("UPDATE member SET role = :role WHERE id = :id")
_END = text("UPDATE member SET ended_at = now() WHERE id = :id")
# What they may not give any more, nobody gets by a link that they made before.
_TAKE_BACK = text(
    "DELETE FROM invitation WHERE invited_by_account_id = CAST(:account AS uuid) AND accepted_at IS NULL"
    " AND role = ANY(CAST(:roles AS text[]))"
)


class MemberRow(TypedDict):
    """Somebody who is in the organisation."""

    account_id: str
    name: str
    email: str
    role: str
    created_at: datetime
    updated_at: datetime
    etag: str


async def page(service: Service, identity: Identity, *, after: str, limit: int) -> list[MemberRow]:
    """At most `limit` members of the session's organisation with an account's id above `after`, ascending."""
    if not may(identity.role, Permission.MANAGE_MEMBERS):
        raise not_allowed()
    return await service.database.read(_acting(identity), _page, after, limit)


async def change_role(
    service: Service, identity: Identity, account_id: str, role: str, visitor: Visitor, *, versions: Versions
) -> MemberRow:
    """Gives a member another role. Errors: 403 above one's own, 404, 409 for the last owner, 412."""
    changed = await service.database.write(
        _acting(identity), _change_role, identity, account_id, role, visitor, versions
    )
    service.sessions.forget(account_id)
    return changed


async def remove(
    service: Service, identity: Identity, account_id: str, visitor: Visitor, *, versions: Versions
) -> None:
    """Ends a membership, one's own whatever one's role. Errors: 403 above that, 404, 409 for the last owner, 412."""
    await service.database.write(_acting(identity), _remove, identity, account_id, visitor, versions)
    service.sessions.forget(account_id)


async def _page(connection: AsyncConnection, after: str, limit: int) -> list[MemberRow]:
    return [_shown(row) for row in await connection.execute(_PAGE, {"after": after, "limit": limit})]


async def _change_role(
    connection: AsyncConnection, identity: Identity, account_id: str, role: str, visitor: Visitor, versions: Versions
) -> MemberRow:
    decider, member, owners = await _locked(connection, identity, account_id)
    if not (may_give(decider.role, member.role) and may_give(decider.role, role)):
        raise not_allowed()
    before = await _in_version(connection, account_id, versions)
    if member.role == role:
        return before
    if member.role == OWNER and owners == 1:
        raise _last_owner()
    await connection.execute(_CHANGE, {"id": member.id, "role": role})
    await _take_back(connection, account_id, [given for given in RANKS if not may_give(role, given)])
    await events.of_organisation(
        connection,
        identity.account_id,
        "member-role-changed",
        "member",
        member.id,
        visitor,
        before={"role": member.role},
        after={"role": role},
    )
    return _shown((await connection.execute(_ONE, {"account": account_id})).one())


async def _remove(
    connection: AsyncConnection, identity: Identity, account_id: str, visitor: Visitor, versions: Versions
) -> None:
    decider, member, owners = await _locked(connection, identity, account_id)
    leaves = account_id == identity.account_id
    if not (leaves or may_give(decider.role, member.role)):
        raise not_allowed()
    await _in_version(connection, account_id, versions)
    if member.role == OWNER and owners == 1:
        raise _last_owner()
    await connection.execute(_END, {"id": member.id})
    await _take_back(connection, account_id, list(RANKS))
    await events.of_organisation(
        connection,
        identity.account_id,
        "member-left" if leaves else "member-removed",
        "member",
        member.id,
        visitor,
        before={"role": member.role},
    )


async def _locked(connection: AsyncConnection, identity: Identity, account_id: str) -> tuple[Any, Any, int]:
    """Who decides, of whom, and how many owners there are: as it is now, whatever the session remembers."""
    rows = (await connection.execute(_LOCK, {"one": identity.account_id, "other": account_id})).all()
    found = {row.account_id: row for row in rows}
    if identity.account_id not in found:
        raise not_allowed()
    if not (account_id == identity.account_id or may(found[identity.account_id].role, Permission.MANAGE_MEMBERS)):
        raise not_allowed()  # whether there is such a member, is told to nobody who may not list them
    if account_id not in found:
        raise not_found("member")
    return found[identity.account_id], found[account_id], sum(row.role == OWNER for row in rows)


async def _in_version(connection: AsyncConnection, account_id: str, versions: Versions) -> MemberRow:
    row = _shown((await connection.execute(_ONE, {"account": account_id})).one())
    if versions is not None and row["updated_at"] not in versions:
        raise changed_meanwhile(dict(row))
    return row


async def _take_back(connection: AsyncConnection, account_id: str, roles: list[str]) -> None:
    await connection.execute(_TAKE_BACK, {"account": account_id, "roles": roles})


def _last_owner() -> PlatformError:
    return conflict("last_owner", "This is the organisation's last owner; make somebody else an owner first.")


def _shown(row: Row[Any]) -> MemberRow:
    return cast(MemberRow, {**row._mapping, "etag": etag(row.updated_at)})


def _acting(identity: Identity) -> Acting:
    return acting.account(identity.account_id, identity.organisation_id)

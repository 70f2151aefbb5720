"""Changing rows of any table: add, change, delete, each with its audit event in the same transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, delete, insert, null, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.audit import AuditEvent, PlatformAuditEvent
from app.models.post import Post
from app.posts import revisions
from app.surfaces.admin.studio.columns import Kind, facts, primary_key
from app.surfaces.admin.studio.rows import Row, is_row, one, row_of, selected
from app.surfaces.admin.studio.values import audited

_AUDIT = cast(Table, AuditEvent.__table__)
_PLATFORM_AUDIT = cast(Table, PlatformAuditEvent.__table__)
_POST = cast(Table, Post.__table__).name
AUDITS = frozenset({_AUDIT.name, _PLATFORM_AUDIT.name})


@dataclass(frozen=True)
class Cause:
    """Why something is written, and by which request; who does it, the transaction says."""

    reason: str
    request_id: str | None
    client_address: str | None


class Gone(Exception):
    """The row is not there any more, or not for whom the transaction acts."""


class Changed(Exception):
    """Somebody else has changed the row meanwhile; `row` is how it is now."""

    def __init__(self, row: Row) -> None:
        super().__init__("changed meanwhile")
        self.row = row


def version(row: Row) -> str:
    """What is another one after each change of the row."""
    changed = row.values.get("updated_at")
    return str(changed) if changed is not None else ""


async def add(connection: AsyncConnection, table: Table, values: Mapping[str, Any], cause: Cause) -> Row:
    """Adds a row; what is not among the values gets its default."""
    statement = insert(table).values(_storable(table, values)).returning(*selected(table, briefly=False))
    row = row_of(table, (await connection.execute(statement)).mappings().one())
    await _audit(connection, "studio-add", row, cause, after=_told(row, row.values))
    await _keep(connection, row, cause)
    return row


async def change(
    connection: AsyncConnection,
    table: Table,
    key: str,
    seen: str,
    values_for: Callable[[Row], Awaitable[Mapping[str, Any]]],
    cause: Cause,
) -> Row:
    """Changes a row that is as it was `seen`: to `values_for` it, of which those that differ are written.

    Raises Gone and Changed, with nothing written.
    """
    row = await one(connection, table, key, lock=True)
    if row is None:
        raise Gone
    if version(row) != seen:
        raise Changed(row)
    wanted = await values_for(row)
    differing = {name: value for name, value in wanted.items() if value != row.values[name]}
    if not differing:
        return row
    statement = update(table).where(_condition(table, key)).values(_storable(table, differing))
    found = (await connection.execute(statement.returning(*selected(table, briefly=False)))).mappings().first()
    if found is None:
        raise Gone
    after = row_of(table, found)
    names = [*primary_key(table), *differing]
    await _audit(
        connection,
        "studio-change",
        after,
        cause,
        before=_told(row, {name: row.values[name] for name in names}),
        after=_told(after, {name: after.values[name] for name in names}),
    )
    await _keep(connection, after, cause)
    return after


async def remove(connection: AsyncConnection, table: Table, key: str, seen: str, cause: Cause) -> Row:
    """Deletes a row that is as it was `seen`, and what hangs on it by CASCADE. Raises Gone and Changed."""
    row = await one(connection, table, key)
    if row is None:
        raise Gone
    if version(row) != seen:
        raise Changed(row)
    if not (await connection.execute(delete(table).where(_condition(table, key)))).rowcount:
        raise Gone
    await _audit(connection, "studio-delete", row, cause, before=_told(row, row.values))
    return row


async def note(connection: AsyncConnection, action: str, cause: Cause, about: Mapping[str, object]) -> None:
    """Writes into the platform's audit what an operator did that changed no row."""
    await connection.execute(insert(_PLATFORM_AUDIT).values(action=action, after=dict(about), **vars(cause)))


async def _keep(connection: AsyncConnection, row: Row, cause: Cause) -> None:
    """Every save of a post is a revision, here as in the API."""
    if row.table.name == _POST:
        await revisions.keep(connection, row.values["id"], cause.reason)


def _condition(table: Table, key: str) -> Any:
    condition = is_row(table, key)
    if condition is None:
        raise Gone
    return condition


def _storable(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON's null is not the column's."""
    known = facts(table)
    return {
        name: null() if value is None and known[name].kind is Kind.JSON else value for name, value in values.items()
    }


def _told(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    known = facts(row.table)
    return {name: audited(known[name], value) for name, value in values.items()}


async def _audit(
    connection: AsyncConnection,
    action: str,
    row: Row,
    cause: Cause,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """An organisation's event, so that it sees what was done; the platform's for what belongs to none.

    An organisation's events go with it: that it was deleted, the platform's audit keeps.
    """
    table = row.table.name
    whole = table == "organisation"
    organisation = row.values.get("id" if whole else "organisation_id")
    subject = row.values.get("id")
    values: dict[str, Any] = {"action": action, "subject_table": table, "subject_id": subject, **vars(cause)}
    values |= {name: null() if told is None else told for name, told in (("before", before), ("after", after))}
    if organisation is None or (whole and action == "studio-delete"):
        await connection.execute(insert(_PLATFORM_AUDIT).values(values))
    else:
        await connection.execute(insert(_AUDIT).values(values | {"organisation_id": organisation}))

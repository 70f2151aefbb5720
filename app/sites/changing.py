"""Changing and deleting a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import changed_meanwhile, site_not_found, slug_taken
from app.models.site import Site
from app.refusals import refusing
from app.sites import queries
from app.sites.creating import require_possible
from app.sites.queries import COLUMNS, SiteRow, shown

Versions = Sequence[datetime] | None

_CHANGE = update(Site).where(Site.id == bindparam("site_id")).returning(*COLUMNS)
_DELETE = delete(Site).where(Site.id == bindparam("site_id")).returning(Site.id)


async def change(
    connection: AsyncConnection, site_id: str, values: Mapping[str, object], *, versions: Versions
) -> SiteRow:
    """Changes what `values` name, if the site is in one of `versions`. Errors: 404, 409 slug taken, 412, 422."""
    slug = require_possible(values)
    statement = _CHANGE.values(**values, updated_at=func.now())
    if versions is not None:
        statement = statement.where(Site.updated_at.in_(versions))
    with refusing({"uq_site_slug": lambda: slug_taken(slug)}):
        row = (await connection.execute(statement, {"site_id": site_id})).first()
    if row is None:
        await _refuse(connection, site_id)
        raise site_not_found()
    return shown(row)


async def remove(connection: AsyncConnection, site_id: str, *, versions: Versions) -> None:
    """Deletes a site with everything on it, if it is in one of `versions`. Errors: 404, 412."""
    statement = _DELETE if versions is None else _DELETE.where(Site.updated_at.in_(versions))
    if (await connection.execute(statement, {"site_id": site_id})).first() is None:
        await _refuse(connection, site_id)
        raise site_not_found()


async def _refuse(connection: AsyncConnection, site_id: str) -> None:
    """Raises 412 if the site is there: then it was in another version."""
    row = await queries.by_id(connection, site_id)
    if row is not None:
        raise changed_meanwhile(dict(row))

"""Creating a site."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import invalid_member, slug_taken
from app.models.site import Site
from app.sites.queries import COLUMNS, SiteRow, shown
from app.sites.slug import fault

_INSERT = insert(Site).returning(*COLUMNS)


async def create(connection: AsyncConnection, *, slug: str, title: str, others: Mapping[str, object]) -> SiteRow:
    """Creates a site. Errors: 422 for a slug that cannot be, 409 for one that is taken.

    `others` are further columns that the API takes.
    """
    wrong = fault(slug)
    if wrong is not None:
        raise invalid_member("/slug", wrong)
    try:
        row = (await connection.execute(_INSERT, {**others, "slug": slug, "title": title})).one()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == "23505":  # unique_violation
            raise slug_taken(slug) from error
        raise
    return shown(row)

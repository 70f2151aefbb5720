"""Creating a site."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError, invalid_member, slug_taken
from app.models.site import Site
from app.refusals import refusing
from app.sites.queries import COLUMNS, SiteRow, shown
from app.sites.slug import fault

_INSERT = insert(Site).returning(*COLUMNS)


async def create(connection: AsyncConnection, values: Mapping[str, object]) -> SiteRow:
    """Creates a site. Errors: 422 for a slug that cannot be, 409 for one that is taken, 403 beyond the plan's limit."""
    slug = require_possible(values)
    with refusing({"uq_site_slug": lambda: slug_taken(slug)}, elsewhere=_of_one_site):
        row = (await connection.execute(_INSERT, dict(values))).one()
    return shown(row)


def require_possible(values: Mapping[str, object]) -> str:
    """The slug among a site's values, or none. Raises PlatformError 422."""
    slug = str(values.get("slug", ""))
    wrong = fault(slug) if "slug" in values else None
    if wrong is not None:
        raise invalid_member("/slug", wrong)
    return slug


def _of_one_site() -> PlatformError:
    return PlatformError(403, "key_of_one_site", "This key is for one site alone; take one of the organisation.")

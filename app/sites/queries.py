"""Reading sites."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.site import Site
from app.versions import etag

# Named one by one: a statement that the pooler keeps prepared survives a column that a migration adds.
COLUMNS = (
    Site.id,
    Site.slug,
    Site.title,
    Site.base_path,
    Site.language,
    Site.time_zone,
    Site.theme,
    Site.theme_settings,
    Site.post_count,
    Site.created_at,
    Site.updated_at,
)


class SiteRow(TypedDict):
    """A site as the API shows it."""

    id: str
    slug: str
    title: str
    base_path: str
    language: str
    time_zone: str
    theme: str
    theme_settings: dict[str, Any]
    post_count: int
    created_at: datetime
    updated_at: datetime
    etag: str


_NAMES = tuple(SiteRow.__annotations__)[:-1]


def shown(row: Iterable[Any]) -> SiteRow:
    """A row of `COLUMNS` under their names. SQLAlchemy's own way to a dict costs seven times as much."""
    named = dict(zip(_NAMES, row, strict=True))
    named["etag"] = etag(named["updated_at"])
    return cast(SiteRow, named)


_BY_ID = select(*COLUMNS).where(Site.id == bindparam("site_id"))
_BY_SLUG = select(*COLUMNS).where(Site.slug == bindparam("slug"))
_PAGE = select(*COLUMNS).where(Site.id > bindparam("after")).order_by(Site.id).limit(bindparam("limit"))


async def by_id(connection: AsyncConnection, site_id: str) -> SiteRow | None:
    """The site with that id."""
    row = (await connection.execute(_BY_ID, {"site_id": site_id})).first()
    return None if row is None else shown(row)


async def by_slug(connection: AsyncConnection, slug: str) -> SiteRow | None:
    """The site at `<slug>.<blog domain>`."""
    row = (await connection.execute(_BY_SLUG, {"slug": slug})).first()
    return None if row is None else shown(row)


async def page(connection: AsyncConnection, *, after: str, limit: int) -> list[SiteRow]:
    """At most `limit` sites with an id above `after`, ascending."""
    rows = await connection.execute(_PAGE, {"after": after, "limit": limit})
    return [shown(row) for row in rows]

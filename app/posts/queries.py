"""Reading posts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.post import Post, PostStatus
from app.models.shown import columns_shown
from app.models.site import Site

COLUMNS = columns_shown(Post)


class PostRow(TypedDict):
    """A post as the API shows it; what the model shows besides is there too."""

    id: str
    site_id: str
    title: str
    body: str
    created_at: datetime


_NAMES = tuple(column.key for column in COLUMNS)


def shown(row: Iterable[Any]) -> PostRow:
    """A row of `COLUMNS` under their names. SQLAlchemy's own way to a dict costs seven times as much."""
    return cast(PostRow, dict(zip(_NAMES, row, strict=True)))


_PAGE = (
    select(*COLUMNS)
    .where(Post.site_id == bindparam("site_id"), Post.id > bindparam("after"))
    .order_by(Post.id)
    .limit(bindparam("limit"))
)
_NEWEST = (
    select(*COLUMNS)
    .where(Post.site_id == bindparam("site_id"), Post.status == literal_column(f"'{PostStatus.PUBLISHED.value}'"))
    .order_by(Post.published_at.desc(), Post.id.desc())
    .limit(bindparam("limit"))
)
_SITE = select(Site.id).where(Site.id == bindparam("site_id"))


async def page(connection: AsyncConnection, site_id: str, *, after: str, limit: int) -> list[PostRow] | None:
    """At most `limit` posts of a site with an id above `after`, ascending; None if there is no such site."""
    rows = (await connection.execute(_PAGE, {"site_id": site_id, "after": after, "limit": limit})).all()
    if not rows and (await connection.execute(_SITE, {"site_id": site_id})).first() is None:
        return None
    return [shown(row) for row in rows]


async def newest(connection: AsyncConnection, site_id: str, *, limit: int) -> list[PostRow]:
    """The last `limit` posts that a site has published, newest first."""
    rows = await connection.execute(_NEWEST, {"site_id": site_id, "limit": limit})
    return [shown(row) for row in rows]

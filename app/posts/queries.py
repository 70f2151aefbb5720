"""Reading posts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import bindparam, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.post import Post, PostStatus
from app.models.shown import columns_shown
from app.models.site import Site
from app.statements import Statement
from app.versions import etag

COLUMNS = columns_shown(Post)
NAMES = tuple(column.key for column in COLUMNS)


class PostRow(TypedDict):
    """A post as a list of the API shows it; what the model shows besides is there too."""

    id: str
    site_id: str
    slug: str
    title: str
    body: str
    excerpt: str
    status: str
    published_at: datetime | None
    language: str | None
    translation_group_id: str | None
    cover_media_id: str | None
    seo_title: str | None
    seo_description: str | None
    canonical_url: str | None
    created_at: datetime
    updated_at: datetime
    etag: str


class WholePostRow(PostRow):
    """A post with what other tables say of it: slugs of its tags by name, accounts of its authors in their order."""

    tags: list[str]
    authors: list[str]


def shown(row: Iterable[Any]) -> PostRow:
    """A row of `COLUMNS` under their names. SQLAlchemy's own way to a dict costs seven times as much."""
    named = dict(zip(NAMES, row, strict=True))
    named["etag"] = etag(named["updated_at"])
    return cast(PostRow, named)


def whole(row: Iterable[Any]) -> WholePostRow:
    """A row of `COLUMNS`, tags and authors under their names."""
    *columns, tags, authors = row
    return cast(WholePostRow, {**shown(columns), "tags": tags, "authors": authors})


# As SQL, for statements that change posts as well.
WHOLE = ", ".join(NAMES) + (  # noqa: S608 - names alone
    ", ARRAY(SELECT tag.slug FROM post_tag JOIN tag ON tag.id = post_tag.tag_id"
    " WHERE post_tag.post_id = post.id ORDER BY tag.slug)"
    ", ARRAY(SELECT post_author.account_id FROM post_author WHERE post_author.post_id = post.id ORDER BY position)"
)
_BY_ID = Statement(
    text(f"SELECT {WHOLE} FROM post WHERE id = CAST(:post_id AS uuid) AND site_id = CAST(:site_id AS uuid)")  # noqa: S608 - names alone
)
_PAGE = Statement(
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


async def by_id(connection: AsyncConnection, site_id: str, post_id: str) -> WholePostRow | None:
    """The post with that id, if it is on that site."""
    rows = await _BY_ID.rows(connection, {"site_id": site_id, "post_id": post_id})
    return whole(rows[0]) if rows else None


async def page(connection: AsyncConnection, site_id: str, *, after: str, limit: int) -> list[PostRow] | None:
    """At most `limit` posts of a site with an id above `after`, ascending; None if there is no such site."""
    rows = await _PAGE.rows(connection, {"site_id": site_id, "after": after, "limit": limit})
    if not rows and not await site_exists(connection, site_id):
        return None
    return [shown(row) for row in rows]


async def site_exists(connection: AsyncConnection, site_id: str) -> bool:
    """Whether there is such a site."""
    return (await connection.execute(_SITE, {"site_id": site_id})).first() is not None


async def newest(connection: AsyncConnection, site_id: str, *, limit: int) -> list[PostRow]:
    """The last `limit` posts that a site has published, newest first."""
    rows = await connection.execute(_NEWEST, {"site_id": site_id, "limit": limit})
    return [shown(row) for row in rows]

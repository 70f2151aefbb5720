"""Lists of posts that are filtered and sorted, and the cursors that lead through them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import Fault, PlatformError, invalid
from app.models.post import Post, PostStatus
from app.posts.queries import COLUMNS, PostRow, shown, site_exists

SORTED_BY = {"id": Post.id, "published_at": Post.published_at, "updated_at": Post.updated_at, "title": Post.title}
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TAGGED = text(
    "EXISTS (SELECT FROM post_tag JOIN tag ON tag.id = post_tag.tag_id"
    " WHERE post_tag.post_id = post.id AND tag.slug = :tag)"
)
_WRITTEN_BY = text(
    "EXISTS (SELECT FROM post_author WHERE post_author.post_id = post.id AND account_id = CAST(:author AS uuid))"
)


@dataclass(frozen=True)
class Wanted:
    """Which posts, in which order. `sort` is a key of SORTED_BY, with a `-` before it for the other direction."""

    sort: str = "id"
    status: str | None = None
    tag: str | None = None
    author: str | None = None
    language: str | None = None
    title_prefix: str | None = None
    published_from: datetime | None = None
    published_before: datetime | None = None

    @property
    def plain(self) -> bool:
        """Whether it is all posts in the order of their ids."""
        return self == Wanted()


@dataclass(frozen=True)
class Cursor:
    """The last post of a page: what it is sorted by, and its id."""

    value: str
    post_id: str


def cursor_of(sort: str, row: PostRow) -> str:
    """What leads to the page after this post: nobody has to understand it. By ids it is the id."""
    by = sort.removeprefix("-")
    if by == "id":
        return row["id"]
    value: Any = row[by]  # type: ignore[literal-required]  # a key of SORTED_BY
    told = [sort, value.isoformat() if isinstance(value, datetime) else value, row["id"]]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def read_cursor(sort: str, given: str) -> Cursor:
    """The post that a cursor names. Raises PlatformError 422 for one that is none, or of another order."""
    if sort.removeprefix("-") == "id":
        if not _ID.fullmatch(given):
            raise _wrong("`after` has to be the `next` of a page in the same order.")
        return Cursor(given, given)
    try:
        told = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _wrong("`after` has to be the `next` of a page in the same order.") from error
    if not (isinstance(told, list) and len(told) == 3 and all(isinstance(part, str) for part in told)):
        raise _wrong("`after` has to be the `next` of a page in the same order.")
    order, value, post_id = told
    if order != sort:
        raise _wrong("`after` is of a list in another order; begin without it, or keep to the order.")
    if not _ID.fullmatch(post_id) or "\0" in value or not value.isprintable():
        raise _wrong("`after` has to be the `next` of a page in the same order.")
    if sort.endswith("_at"):
        try:
            datetime.fromisoformat(value)
        except ValueError as error:
            raise _wrong("`after` has to be the `next` of a page in the same order.") from error
    return Cursor(value, post_id)


def _wrong(sentence: str) -> PlatformError:
    return invalid(sentence, [Fault(where="query", pointer="/after", detail=sentence)])


async def page(
    connection: AsyncConnection, site_id: str, wanted: Wanted, *, after: Cursor | None, limit: int
) -> list[PostRow] | None:
    """At most `limit` posts after a cursor; None if there is no such site."""
    statement, given = _statement(wanted, after)
    rows = (await connection.execute(statement, {"site_id": site_id, "limit": limit, **given})).all()
    if not rows and not await site_exists(connection, site_id):
        return None
    return [shown(row) for row in rows]


def _statement(wanted: Wanted, after: Cursor | None) -> tuple[Any, dict[str, object]]:
    by, falling = SORTED_BY[wanted.sort.removeprefix("-")], wanted.sort.startswith("-")
    statement: Any = select(*COLUMNS).where(Post.site_id == bindparam("site_id")).limit(bindparam("limit"))
    given: dict[str, object] = {}
    for condition, name, value in (
        (Post.language == bindparam("language"), "language", wanted.language),
        (_TAGGED, "tag", wanted.tag),
        (_WRITTEN_BY, "author", wanted.author),
        (Post.published_at >= bindparam("published_from"), "published_from", wanted.published_from),
        (Post.published_at < bindparam("published_before"), "published_before", wanted.published_before),
    ):
        if value is not None:
            statement = statement.where(condition)
            given[name] = value
    if wanted.status is not None:
        # Said literally, so that an index of these rows alone is taken.
        statement = statement.where(Post.status == literal_column(f"'{PostStatus(wanted.status).value}'"))
    if wanted.title_prefix is not None:
        statement = statement.where(Post.title.istartswith(bindparam("title_prefix"), autoescape=False))
        given["title_prefix"] = re.sub(r"([\\%_])", r"\\\1", wanted.title_prefix)
    if by is Post.published_at:
        statement = statement.where(Post.published_at.is_not(None))
    if after is not None:
        statement = statement.where(_behind(by, falling, Post.id))
        given |= {"value": after.value, "post_id": after.post_id}
    order = [by] if by is Post.id else [by, Post.id]
    return statement.order_by(*(column.desc() if falling else column for column in order)), given


def _behind(by: Any, falling: bool, identity: Any) -> Any:
    """Rows after the cursor's, in an order that is the same for all of them."""
    value, post_id = bindparam("value", type_=by.type), bindparam("post_id", type_=identity.type)
    if by is identity:
        return identity < post_id if falling else identity > post_id
    beyond = by < value if falling else by > value
    return or_(beyond, and_(by == value, identity < post_id if falling else identity > post_id))

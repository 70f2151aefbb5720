"""What a post was each time that it was saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.posts import queries

_NAMES = ("id", "post_id", "account_id", "operator", "title", "excerpt", "reason", "created_at")
_OF_POST = "site_id = CAST(:site_id AS uuid) AND post_id = CAST(:post_id AS uuid)"
_PAGE = text(
    f"SELECT {', '.join(_NAMES)} FROM revision WHERE {_OF_POST}"  # noqa: S608 - names alone
    " AND id > CAST(:after AS uuid) ORDER BY id LIMIT :limit"
)
_BY_ID = text(f"SELECT {', '.join(_NAMES)}, body FROM revision WHERE {_OF_POST} AND id = CAST(:revision_id AS uuid)")  # noqa: S608

# Who saved it, the column's default says: an operator, whose transaction names him.
_KEEP = text(
    "INSERT INTO revision (organisation_id, site_id, post_id, title, body, excerpt, reason)"
    " SELECT organisation_id, site_id, id, title, body, excerpt, :reason FROM post WHERE id = CAST(:post_id AS uuid)"
)


class RevisionRow(TypedDict):
    """A revision as a list shows it. `account_id` is null where a program saved, or an operator in Studio."""

    id: str
    post_id: str
    account_id: str | None
    operator: str | None
    title: str
    excerpt: str
    reason: str
    created_at: datetime


class WholeRevisionRow(RevisionRow):
    """A revision with its text."""

    body: str


async def keep(connection: AsyncConnection, post_id: str, reason: str) -> None:
    """What an operator has just made of a post, as a revision; `changing` and `creating` keep their own."""
    await connection.execute(_KEEP, {"post_id": post_id, "reason": reason})


async def page(
    connection: AsyncConnection, site_id: str, post_id: str, *, after: str, limit: int
) -> list[RevisionRow] | None:
    """At most `limit` revisions with an id above `after`, the oldest first; None if there is no such post."""
    given: dict[str, Any] = {"site_id": site_id, "post_id": post_id, "after": after, "limit": limit}
    rows = (await connection.execute(_PAGE, given)).all()
    if not rows and await queries.by_id(connection, site_id, post_id) is None:
        return None
    return [cast(RevisionRow, dict(zip(_NAMES, row, strict=True))) for row in rows]


async def by_id(connection: AsyncConnection, site_id: str, post_id: str, revision_id: str) -> WholeRevisionRow | None:
    """The revision with that id, if it is of that post."""
    given = {"site_id": site_id, "post_id": post_id, "revision_id": revision_id}
    row = (await connection.execute(_BY_ID, given)).first()
    return None if row is None else cast(WholeRevisionRow, dict(zip((*_NAMES, "body"), row, strict=True)))

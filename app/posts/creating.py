"""Creating a post."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import site_not_found
from app.models import Post
from app.posts.queries import COLUMNS, PostRow, shown

_INSERT = insert(Post).returning(*COLUMNS)


async def create(connection: AsyncConnection, site_id: int, *, title: str, body: str) -> PostRow:
    """Adds a post to a site; the site's counter is left to the worker. Errors: 404 for an unknown site."""
    try:
        row = (await connection.execute(_INSERT, {"site_id": site_id, "title": title, "body": body})).one()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == "23503":  # foreign_key_violation
            raise site_not_found() from error
        raise
    return shown(row)

"""Creating a post."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import func, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import site_not_found
from app.models.post import Post, PostStatus
from app.posts.queries import COLUMNS, PostRow, shown
from app.posts.slug import slug

_INSERT = insert(Post).values(status=PostStatus.PUBLISHED.value, published_at=func.now()).returning(*COLUMNS)


async def create(
    connection: AsyncConnection, site_id: str, *, title: str, body: str, others: Mapping[str, object]
) -> PostRow:
    """Publishes a post on a site; the site's counter is left to the worker. Errors: 404 for an unknown site.

    `others` are further columns that the API takes.
    """
    values = {**others, "site_id": site_id, "title": title, "body": body, "slug": slug(title, secrets.token_hex(6))}
    try:
        row = (await connection.execute(_INSERT, values)).one()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == "23503":  # foreign_key_violation
            raise site_not_found() from error
        raise
    return shown(row)

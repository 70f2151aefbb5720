"""Creating a post."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import site_not_found
from app.models.post import Post
from app.models.shown import casts
from app.posts.labels import Labels
from app.posts.labels import label as put_labels
from app.posts.queries import NAMES, WholePostRow, shown, whole
from app.posts.refusals import POST
from app.posts.slug import slug
from app.refusals import refusing
from app.statements import Statement

_CASTS = casts(Post)
SETTABLE = tuple(_CASTS)
"""Columns that a client says; what else there is, the database makes."""

_COLUMNS = ", ".join(NAMES)
_VALUES = {
    **{name: f"CAST(:{name} AS {type_})" for name, type_ in _CASTS.items()},
    "published_at": "coalesce(CAST(:published_at AS timestamptz),"
    " CASE WHEN CAST(:status AS text) IN ('published', 'unlisted') THEN now() END)",
}
# The post and its first revision in one statement, which is one round trip.
_INSERT = Statement(
    text(
        f"WITH post AS (INSERT INTO post (site_id, {', '.join(SETTABLE)})"  # noqa: S608 - names alone
        f" VALUES (CAST(:site_id AS uuid), {', '.join(_VALUES.values())}) RETURNING {_COLUMNS}),"
        " kept AS (INSERT INTO revision (site_id, post_id, account_id, title, body, excerpt, reason)"
        " SELECT site_id, id, acting_account(), title, body, excerpt, :reason FROM post)"
        f" SELECT {_COLUMNS} FROM post"
    )
)


async def create(
    connection: AsyncConnection, site_id: str, values: Mapping[str, object], *, reason: str, labels: Labels
) -> WholePostRow:
    """Saves a new post of a site, with `values` for all of SETTABLE; the site's counter is left to the worker.

    Without a slug it gets one of its title. Errors: 404 for an unknown site, 403 beyond the plan's limit, 409, 422.
    """
    given = dict(values)
    given["slug"] = given["slug"] or slug(str(given["title"]), secrets.token_hex(6))
    with refusing(POST, elsewhere=site_not_found):
        (row,) = await _INSERT.rows(connection, {"site_id": site_id, "reason": reason, **given})
        if labels == Labels():
            return whole([*row, [], []])
        made = shown(row)
        await put_labels(connection, site_id, made["id"], labels)
    return {**made, "tags": sorted(labels.tags or ()), "authors": list(labels.authors or ())}

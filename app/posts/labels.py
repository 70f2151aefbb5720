"""What other tables say of a post: its tags and its authors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Labels:
    """Slugs of tags, without any twice, and accounts of authors in their order; None leaves them as they are."""

    tags: tuple[str, ...] | None = None
    authors: tuple[str, ...] | None = None


_NEW_TAGS = text(
    "INSERT INTO tag (site_id, slug, name) SELECT CAST(:site_id AS uuid), slug, slug"
    " FROM unnest(CAST(:tags AS text[])) AS slug ORDER BY slug ON CONFLICT (site_id, slug) DO NOTHING"
)
_UNTAG = text(
    "DELETE FROM post_tag USING tag WHERE post_tag.post_id = CAST(:post_id AS uuid)"
    " AND tag.id = post_tag.tag_id AND tag.slug <> ALL(CAST(:tags AS text[]))"
)
_TAG = text(
    "INSERT INTO post_tag (site_id, post_id, tag_id) SELECT site_id, CAST(:post_id AS uuid), id FROM tag"
    " WHERE site_id = CAST(:site_id AS uuid) AND slug = ANY(CAST(:tags AS text[])) ON CONFLICT DO NOTHING"
)
_NO_AUTHORS = text("DELETE FROM post_author WHERE post_id = CAST(:post_id AS uuid)")
_AUTHORS = text(
    "INSERT INTO post_author (site_id, post_id, account_id, position)"
    " SELECT CAST(:site_id AS uuid), CAST(:post_id AS uuid), account, place - 1"
    " FROM unnest(CAST(:authors AS uuid[])) WITH ORDINALITY AS given (account, place)"
)


async def label(connection: AsyncConnection, site_id: str, post_id: str, labels: Labels) -> None:
    """Gives a post these tags, making those that the site has not yet, and these authors."""
    ids: dict[str, object] = {"site_id": site_id, "post_id": post_id}
    if labels.tags is not None:
        given = {**ids, "tags": list(labels.tags)}
        await connection.execute(_NEW_TAGS, given)
        await connection.execute(_UNTAG, given)
        await connection.execute(_TAG, given)
    if labels.authors is not None:
        await connection.execute(_NO_AUTHORS, ids)
        await connection.execute(_AUTHORS, {**ids, "authors": list(labels.authors)})

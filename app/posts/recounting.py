"""The worker's periodic job: every site's number of posts."""

from __future__ import annotations

from sqlalchemy import BigInteger, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.post import Post
from app.models.site import Site

# Any number, the same in every worker.
LOCK = 0x464C4F54_0001

_LOCK = select(func.pg_try_advisory_xact_lock(literal(LOCK, BigInteger)))
_COUNTED = (
    select(Site.id, func.count(Post.id).label("posts"))
    .outerjoin(Post, Post.site_id == Site.id)
    .group_by(Site.id)
    .subquery("counted")
)
_RECOUNT = (
    update(Site)
    .where(Site.id == _COUNTED.c.id, Site.post_count != _COUNTED.c.posts)
    .values(post_count=_COUNTED.c.posts)
)


async def recount(connection: AsyncConnection) -> int | None:
    """Corrects `post_count` where it differs; how many sites, or None while another worker is at it.

    The lock ends with the transaction: PgBouncer's transaction mode allows no other.
    """
    if not (await connection.execute(_LOCK)).scalar_one():
        return None
    return (await connection.execute(_RECOUNT)).rowcount

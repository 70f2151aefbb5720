"""The worker's periodic job: what is scheduled is published when its time has come."""

from __future__ import annotations

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.post import Post, PostStatus

_PUBLISH = (
    update(Post)
    .where(Post.status == PostStatus.SCHEDULED.value, Post.published_at <= func.now())
    .values(status=PostStatus.PUBLISHED.value)
)


async def publish_due(connection: AsyncConnection) -> int:
    """Publishes posts of all organisations whose time has come; how many. Two workers at once do no harm."""
    return (await connection.execute(_PUBLISH)).rowcount

"""`/sites/{site_id}/posts`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.errors import site_not_found
from app.models.base import NO_ID
from app.posts import creating, queries
from app.surfaces.api.answers import NOT_FOUND, acting_of, database_of, json
from app.surfaces.api.columns import others
from app.surfaces.api.schemas import After, Key, Limit, NewPost, Post, PostPage

router = APIRouter(prefix="/sites/{site_id}/posts", tags=["posts"], responses=NOT_FOUND)


@router.post("", status_code=201, response_model=Post)
async def create_post(request: Request, site_id: Key, post: NewPost) -> Response:
    """Adds a post to a site. The answer means that it is saved."""
    return json(
        await database_of(request).write(
            acting_of(request),
            creating.create,
            site_id,
            title=post.title,
            body=post.body,
            others=others(post, "title", "body"),
        ),
        201,
    )


@router.get("", response_model=PostPage)
async def list_posts(request: Request, site_id: Key, limit: Limit = 20, after: After = NO_ID) -> Response:
    """Lists a site's posts in the order of their ids."""
    rows = await database_of(request).read(acting_of(request), queries.page, site_id, after=after, limit=limit + 1)
    if rows is None:
        raise site_not_found()
    return json({"items": rows[:limit], "next": rows[limit - 1]["id"] if len(rows) > limit else None})

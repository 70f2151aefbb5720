"""`/sites/{site_id}/posts`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator

from app.errors import invalid_member, post_not_found, site_not_found
from app.models.base import NO_ID
from app.models.post import PostStatus
from app.models.scopes import Scope
from app.posts import changing, creating, listing, queries
from app.posts.labels import Labels
from app.surfaces.api.answers import (
    CHANGED,
    CONFLICT,
    MEDIA_TYPE,
    NOT_FOUND,
    acting_of,
    caller_of,
    database_of,
    json,
    single,
    write,
)
from app.surfaces.api.post_schemas import NewPost, Post, PostChange, PostPage, Sort, Status
from app.surfaces.api.route import Route, needs
from app.surfaces.api.schemas import IdempotencyKey, IdOf, IfMatch, Key, Limit, Time, one_line
from app.versions import wanted

router = APIRouter(prefix="/sites/{site_id}/posts", tags=["posts"], responses=NOT_FOUND, route_class=Route)
READ, WRITE = needs(Scope.READ_CONTENT), needs(Scope.WRITE_CONTENT)
_BESIDE = frozenset({"tags", "authors", "reason"})

Word = Annotated[str | None, Query(max_length=200), AfterValidator(lambda value: value and one_line(value))]


@router.post("", status_code=201, response_model=Post, responses={**CONFLICT, **MEDIA_TYPE}, openapi_extra=WRITE)
async def create_post(
    request: Request, site_id: Key, post: NewPost, idempotency_key: IdempotencyKey = None
) -> Response:
    """Adds a post to a site. The answer means that it is saved."""
    values = {name: getattr(post, name) for name in creating.SETTABLE}
    _require_time(values)
    labels = Labels(tuple(post.tags) or None, tuple(post.authors) or None)
    return await write(request, 201, creating.create, site_id, values, reason=post.reason, labels=labels)


@router.get("", response_model=PostPage, openapi_extra=READ)
async def list_posts(
    request: Request,
    site_id: Key,
    limit: Limit = 20,
    after: Annotated[
        str | None, Query(max_length=2000, description="`next` of the page before, in the same order.")
    ] = None,
    sort: Annotated[Sort, Query(description="What they are sorted by; with `-`, the other way round.")] = "id",
    status: Annotated[
        Status | None, Query(description="A key that reads content sees what is published alone.")
    ] = None,
    tag: Word = None,
    author: IdOf | None = None,
    language: Word = None,
    title: Annotated[Word, Query(description="How the title begins, whatever its capitals.")] = None,
    published_from: Time | None = None,
    published_before: Time | None = None,
) -> Response:
    """Lists a site's posts. Sorted by `published_at`, it has those alone that have such a time."""
    if caller_of(request).published_only:
        status = PostStatus.PUBLISHED.value if status in {None, PostStatus.PUBLISHED.value} else status
    sought = listing.Wanted(sort, status, tag, author, language, title, published_from, published_before)
    cursor = None if after is None else listing.read_cursor(sort, after)
    database, acting = database_of(request), acting_of(request)
    if caller_of(request).published_only and status != PostStatus.PUBLISHED.value:
        return json({"items": [], "next": None})
    if sought.plain:
        start = cursor.post_id if cursor else NO_ID
        rows = await database.read(acting, queries.page, site_id, after=start, limit=limit + 1)
    else:
        rows = await database.read(acting, listing.page, site_id, sought, after=cursor, limit=limit + 1)
    if rows is None:
        raise site_not_found()
    following = listing.cursor_of(sort, rows[limit - 1]) if len(rows) > limit else None
    return json({"items": rows[:limit], "next": following})


@router.get("/{post_id}", response_model=Post, openapi_extra=READ)
async def get_post(request: Request, site_id: Key, post_id: Key) -> Response:
    """Shows a post."""
    row = await database_of(request).read(acting_of(request), queries.by_id, site_id, post_id)
    if row is None:
        raise post_not_found()
    return single(request, row)


@router.patch("/{post_id}", response_model=Post, responses={**CONFLICT, **CHANGED, **MEDIA_TYPE}, openapi_extra=WRITE)
async def change_post(
    request: Request,
    site_id: Key,
    post_id: Key,
    change: PostChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes what is sent of a post; the rest stays. Every save keeps a revision."""
    said = change.said()
    values = {name: value for name, value in said.items() if name not in _BESIDE}
    _require_time(values)
    labels = Labels(*(tuple(said[name]) if name in said else None for name in ("tags", "authors")))
    return await write(
        request,
        200,
        changing.change,
        site_id,
        post_id,
        values,
        reason=said.get("reason", ""),
        labels=labels,
        versions=wanted(if_match),
    )


@router.delete("/{post_id}", status_code=204, responses=CHANGED, openapi_extra=WRITE)
async def delete_post(request: Request, site_id: Key, post_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a post with its revisions."""
    return await write(request, 204, changing.remove, site_id, post_id, versions=wanted(if_match))


def _require_time(values: dict[str, Any]) -> None:
    """What is scheduled says when; what is published now does not say later."""
    if values.get("status") == PostStatus.SCHEDULED.value and values.get("published_at", True) is None:
        raise invalid_member("/published_at", "A post that is scheduled needs the time in `published_at`.")

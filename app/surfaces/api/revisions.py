"""`/sites/{site_id}/posts/{post_id}/revisions`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.errors import post_not_found
from app.models.base import NO_ID
from app.models.scopes import Scope
from app.posts import changing, revisions
from app.surfaces.api.answers import CHANGED, CONFLICT, NOT_FOUND, acting_of, database_of, json, page, write
from app.surfaces.api.post_schemas import Post, Revision, RevisionPage
from app.surfaces.api.route import Route, needs
from app.surfaces.api.schemas import After, IdempotencyKey, IfMatch, Key, Limit
from app.versions import wanted

router = APIRouter(
    prefix="/sites/{site_id}/posts/{post_id}/revisions", tags=["posts"], responses=NOT_FOUND, route_class=Route
)
WRITE = needs(Scope.WRITE_CONTENT)


@router.get("", response_model=RevisionPage, openapi_extra=WRITE)
async def list_revisions(
    request: Request, site_id: Key, post_id: Key, limit: Limit = 20, after: After = NO_ID
) -> Response:
    """Lists what a post was each time that it was saved, the oldest first."""
    rows = await database_of(request).read(
        acting_of(request), revisions.page, site_id, post_id, after=after, limit=limit + 1
    )
    if rows is None:
        raise post_not_found()
    return page(rows, limit)


@router.get("/{revision_id}", response_model=Revision, openapi_extra=WRITE)
async def get_revision(request: Request, site_id: Key, post_id: Key, revision_id: Key) -> Response:
    """Shows a post as it was saved once."""
    row = await database_of(request).read(acting_of(request), revisions.by_id, site_id, post_id, revision_id)
    if row is None:
        raise post_not_found()
    return json(row)


@router.post("/{revision_id}/restore", response_model=Post, responses={**CONFLICT, **CHANGED}, openapi_extra=WRITE)
async def restore_revision(
    request: Request,
    site_id: Key,
    post_id: Key,
    revision_id: Key,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Gives a post the title, the text and the excerpt of a revision; that is a save like any other."""
    return await write(request, 200, changing.restore, site_id, post_id, revision_id, versions=wanted(if_match))

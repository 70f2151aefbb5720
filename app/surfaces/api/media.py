"""`/sites/{site_id}/media`: what is known of pictures and other files. Nothing can be uploaded yet."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, StringConstraints

from app.media.media import MEDIA
from app.models.scopes import Scope
from app.surfaces.api.answers import CHANGED, CONFLICT, MEDIA_TYPE, NOT_FOUND, write
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import AnyAfter, Sort, listed, one
from app.surfaces.api.schemas import Etag, Given, Id, IdempotencyKey, IfMatch, Key, Limit, left_out, lines
from app.versions import wanted

router = APIRouter(prefix="/sites/{site_id}/media", tags=["media"], responses=NOT_FOUND, route_class=Route)
READ, WRITE = needs(Scope.READ_CONTENT), needs(Scope.WRITE_CONTENT)

AlternativeText = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(lines)]


class MediaChange(Given):
    """What is to be changed of a picture or file; what is left out stays."""

    alternative_text: AlternativeText = left_out()


class Media(BaseModel):
    """A picture or another file of a site; `alternative_text` is for who does not see it."""

    id: Id
    site_id: Id
    file_name: str
    content_type: str
    size_bytes: int
    width_pixels: int | None
    height_pixels: int | None
    duration_seconds: float | None
    alternative_text: str
    created_at: datetime
    updated_at: datetime
    etag: Etag


class MediaPage(BaseModel):
    """Pictures and files in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: list[Media]
    next: Id | None


@router.get("", response_model=MediaPage, openapi_extra=WRITE)
async def list_media(
    request: Request, site_id: Key, limit: Limit = 20, after: AnyAfter = None, sort: Sort = "id"
) -> Response:
    """Lists a site's pictures and files, those of drafts too, in the order of ids: with `-id`, the newest first."""
    return await listed(request, MEDIA, site_id, limit, after, falling=sort == "-id")


@router.get("/{media_id}", response_model=Media, openapi_extra=READ)
async def get_media(request: Request, site_id: Key, media_id: Key) -> Response:
    """Shows what is known of a picture or file, such as a post's `cover_media_id`."""
    return await one(request, MEDIA, site_id, media_id)


@router.patch("/{media_id}", response_model=Media, responses={**CONFLICT, **CHANGED, **MEDIA_TYPE}, openapi_extra=WRITE)
async def change_media(
    request: Request,
    site_id: Key,
    media_id: Key,
    change: MediaChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes the alternative text of a picture or file."""
    return await write(request, 200, MEDIA.change, site_id, media_id, change.said(), versions=wanted(if_match))


@router.delete("/{media_id}", status_code=204, responses=CHANGED, openapi_extra=WRITE)
async def delete_media(request: Request, site_id: Key, media_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a picture or file. Posts that had it as their cover have none then, and are in another version."""
    return await write(request, 204, MEDIA.remove, site_id, media_id, versions=wanted(if_match))

"""`/sites/{site_id}/media`: pictures and other files, and what is known of them."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import AfterValidator, BaseModel, StringConstraints
from pydantic_core import PydanticCustomError
from starlette.requests import ClientDisconnect

from app.media import uploading
from app.media.media import MEDIA
from app.models.scopes import Scope
from app.surfaces.api.answers import (
    CHANGED,
    CONFLICT,
    MEDIA_TYPE,
    NOT_FOUND,
    Answers,
    Problem,
    acting_of,
    database_of,
    write,
)
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import AnyAfter, Sort, listed, one
from app.surfaces.api.schemas import Etag, Given, Id, IdempotencyKey, IfMatch, Key, Limit, left_out, lines, one_line
from app.versions import unchanged, wanted

router = APIRouter(prefix="/sites/{site_id}/media", tags=["media"], responses=NOT_FOUND, route_class=Route)
READ, WRITE = needs(Scope.READ_CONTENT), needs(Scope.WRITE_CONTENT)

UPLOAD = re.compile(r"/api/v1/sites/[^/]+/media")
"""The path to which files are POSTed; they may be larger than other bodies."""

# A file is held in memory several times over while it passes: of one replica's requests, two may do so at a time.
_TURNS = asyncio.Semaphore(2)
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}
FILE_TYPE: Answers = {415: {"model": Problem, "description": "The body is no file of a kind that is kept."}}
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": {"*/*": _BINARY}}}
# What somebody uploaded is shown as what it was found to be, and runs nothing.
_GUARDED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-cache",
}


def _file_name(value: str) -> str:
    if "/" in one_line(value) or "\\" in value:
        raise PydanticCustomError("file_name", "A file's name is without slashes; leave its folder out")
    return value


FileName = Annotated[
    str,
    Query(min_length=1, max_length=255, description="How the file is called; it gets an ending of its type."),
    AfterValidator(_file_name),
]
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


@router.post(
    "", status_code=201, response_model=Media, responses={**CONFLICT, **FILE_TYPE}, openapi_extra={**WRITE, **_FILE}
)
async def upload_media(
    request: Request,
    site_id: Key,
    file_name: FileName,
    alternative_text: Annotated[AlternativeText, Query()] = "",
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Keeps a file, which is the body. What the site has already, by its content, is answered as it is there."""
    async with _TURNS:
        try:
            content = await request.body()
        except ClientDisconnect as error:
            raise HTTPException(400) from error
        return await write(request, 201, uploading.keep, site_id, file_name, alternative_text, content)


@router.get("/{media_id}/content", response_class=Response, responses=_CONTENT, openapi_extra=READ)
async def get_media_content(request: Request, site_id: Key, media_id: Key) -> Response:
    """The file itself, with its type; pictures are to be shown, everything else to be saved."""
    async with _TURNS:
        found = await database_of(request).read(acting_of(request), uploading.content_of, site_id, media_id)
    tag = f'"{found["content_sha256"].hex()}"'
    shown = "inline" if found["content_type"].startswith("image/") else "attachment"
    headers = {
        **_GUARDED,
        "ETag": tag,
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(found['file_name'], safe='')}",
    }
    if unchanged(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(found["content"], headers=headers, media_type=found["content_type"])


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

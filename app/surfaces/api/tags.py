"""`/sites/{site_id}/tags`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, StringConstraints

from app.errors import site_not_found
from app.models.base import NO_ID
from app.models.post import EXCERPT_LENGTH
from app.models.scopes import Scope
from app.posts import tags
from app.surfaces.api.answers import (
    CHANGED,
    CONFLICT,
    MEDIA_TYPE,
    NOT_FOUND,
    acting_of,
    database_of,
    page,
    single,
    write,
)
from app.surfaces.api.post_schemas import Slug
from app.surfaces.api.route import Route, needs
from app.surfaces.api.schemas import (
    After,
    Etag,
    Given,
    Id,
    IdempotencyKey,
    IfMatch,
    Key,
    Limit,
    left_out,
    lines,
    one_line,
)
from app.versions import wanted

router = APIRouter(prefix="/sites/{site_id}/tags", tags=["tags"], responses=NOT_FOUND, route_class=Route)
READ, WRITE = needs(Scope.READ_CONTENT), needs(Scope.WRITE_CONTENT)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(one_line)]
Description = Annotated[str, StringConstraints(max_length=EXCERPT_LENGTH), AfterValidator(lines)]


class TagChange(Given):
    """What is to be changed of a tag; what is left out stays."""

    slug: Slug = left_out()
    name: Name = left_out()
    description: Description = left_out()


class NewTag(Given):
    """A tag to create."""

    slug: Slug
    name: Name
    description: Description = ""


class Tag(BaseModel):
    """What posts of a site are about."""

    id: Id
    site_id: Id
    slug: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime
    etag: Etag


class TagPage(BaseModel):
    """Tags in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Tag]
    next: Id | None


@router.post("", status_code=201, response_model=Tag, responses={**CONFLICT, **MEDIA_TYPE}, openapi_extra=WRITE)
async def create_tag(request: Request, site_id: Key, tag: NewTag, idempotency_key: IdempotencyKey = None) -> Response:
    """Makes a tag for a site's posts."""
    return await write(request, 201, tags.create, site_id, tag.model_dump())


@router.get("", response_model=TagPage, openapi_extra=READ)
async def list_tags(request: Request, site_id: Key, limit: Limit = 20, after: After = NO_ID) -> Response:
    """Lists a site's tags in the order of their ids."""
    rows = await database_of(request).read(acting_of(request), tags.page, site_id, after=after, limit=limit + 1)
    if rows is None:
        raise site_not_found()
    return page(rows, limit)


@router.get("/{tag_id}", response_model=Tag, openapi_extra=READ)
async def get_tag(request: Request, site_id: Key, tag_id: Key) -> Response:
    """Shows a tag."""
    row = await database_of(request).read(acting_of(request), tags.by_id, site_id, tag_id)
    if row is None:
        raise tags.not_found()
    return single(request, row)


@router.patch("/{tag_id}", response_model=Tag, responses={**CONFLICT, **CHANGED, **MEDIA_TYPE}, openapi_extra=WRITE)
async def change_tag(
    request: Request,
    site_id: Key,
    tag_id: Key,
    change: TagChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes what is sent of a tag; posts that have it are shown with its new slug."""
    return await write(request, 200, tags.change, site_id, tag_id, change.said(), versions=wanted(if_match))


@router.delete("/{tag_id}", status_code=204, responses=CHANGED, openapi_extra=WRITE)
async def delete_tag(request: Request, site_id: Key, tag_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a tag and takes it from its posts."""
    return await write(request, 204, tags.remove, site_id, tag_id, versions=wanted(if_match))

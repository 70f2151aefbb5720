"""`/sites`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.errors import site_not_found
from app.models.base import NO_ID
from app.models.scopes import Scope
from app.sites import changing, creating, queries
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
from app.surfaces.api.route import Route, needs
from app.surfaces.api.schemas import After, IdempotencyKey, IfMatch, Key, Limit
from app.surfaces.api.site_schemas import NewSite, Site, SiteChange, SitePage
from app.versions import wanted

router = APIRouter(prefix="/sites", tags=["sites"], route_class=Route)
READ, MANAGE = needs(Scope.READ_CONTENT), needs(Scope.MANAGE)


@router.post("", status_code=201, response_model=Site, responses={**CONFLICT, **MEDIA_TYPE}, openapi_extra=MANAGE)
async def create_site(request: Request, site: NewSite, idempotency_key: IdempotencyKey = None) -> Response:
    """Creates a site at `<slug>.<blog domain>`."""
    return await write(request, 201, creating.create, site.said())


@router.get("", response_model=SitePage, openapi_extra=READ)
async def list_sites(request: Request, limit: Limit = 20, after: After = NO_ID) -> Response:
    """Lists the sites in the order of their ids."""
    return page(await database_of(request).read(acting_of(request), queries.page, after=after, limit=limit + 1), limit)


@router.get("/{site_id}", response_model=Site, responses=NOT_FOUND, openapi_extra=READ)
async def get_site(request: Request, site_id: Key) -> Response:
    """Shows a site."""
    row = await database_of(request).read(acting_of(request), queries.by_id, site_id)
    if row is None:
        raise site_not_found()
    return single(request, row)


@router.patch(
    "/{site_id}",
    response_model=Site,
    responses={**NOT_FOUND, **CONFLICT, **CHANGED, **MEDIA_TYPE},
    openapi_extra=MANAGE,
)
async def change_site(
    request: Request,
    site_id: Key,
    change: SiteChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes what is sent of a site; the rest stays."""
    return await write(request, 200, changing.change, site_id, change.said(), versions=wanted(if_match))


@router.delete("/{site_id}", status_code=204, responses={**NOT_FOUND, **CHANGED}, openapi_extra=MANAGE)
async def delete_site(request: Request, site_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a site with everything on it."""
    return await write(request, 204, changing.remove, site_id, versions=wanted(if_match))

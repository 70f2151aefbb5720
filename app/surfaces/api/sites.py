"""`/sites`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.errors import site_not_found
from app.models.base import NO_ID
from app.sites import creating, queries
from app.surfaces.api.answers import CONFLICT, NOT_FOUND, acting_of, database_of, json
from app.surfaces.api.columns import others
from app.surfaces.api.schemas import After, Key, Limit, NewSite, Site, SitePage

router = APIRouter(prefix="/sites", tags=["sites"])


@router.post("", status_code=201, response_model=Site, responses=CONFLICT)
async def create_site(request: Request, site: NewSite) -> Response:
    """Creates a site at `<slug>.<blog domain>`."""
    return json(
        await database_of(request).write(
            acting_of(request), creating.create, slug=site.slug, title=site.title, others=others(site, "slug", "title")
        ),
        201,
    )


@router.get("", response_model=SitePage)
async def list_sites(request: Request, limit: Limit = 20, after: After = NO_ID) -> Response:
    """Lists the sites in the order of their ids."""
    rows = await database_of(request).read(acting_of(request), queries.page, after=after, limit=limit + 1)
    return json({"items": rows[:limit], "next": rows[limit - 1]["id"] if len(rows) > limit else None})


@router.get("/{site_id}", response_model=Site, responses=NOT_FOUND)
async def get_site(request: Request, site_id: Key) -> Response:
    """Shows a site."""
    row = await database_of(request).read(acting_of(request), queries.by_id, site_id)
    if row is None:
        raise site_not_found()
    return json(row)

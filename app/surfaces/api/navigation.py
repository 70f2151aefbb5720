"""`/sites/{site_id}/navigation`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.models.base import NO_ID
from app.models.scopes import Scope
from app.models.words import URL_LENGTH
from app.sites import navigation
from app.sites.navigation import NAVIGATION
from app.surfaces.api.answers import CHANGED, CONFLICT, MEDIA_TYPE, NOT_FOUND, write
from app.surfaces.api.patterns import LINK_PATTERN
from app.surfaces.api.redirects import PLAIN, target
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import listed, one
from app.surfaces.api.schemas import (
    After,
    Etag,
    Given,
    Id,
    IdempotencyKey,
    IdOf,
    IfMatch,
    Key,
    Limit,
    left_out,
    one_line,
)
from app.versions import wanted

router = APIRouter(prefix="/sites/{site_id}/navigation", tags=["navigation"], responses=NOT_FOUND, route_class=Route)
READ, MANAGE = needs(Scope.READ_CONTENT), needs(Scope.MANAGE)

Menu = Literal["header", "footer"]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(one_line)]
_BESIDES = re.compile(rf"#{PLAIN}*|mailto:{PLAIN}+")


def _link(value: str) -> str:
    """Where a redirect may lead, within the page, or an address of mail: nothing that runs in the reader's browser."""
    return value if _BESIDES.fullmatch(value) else target(value)


Link = Annotated[str, StringConstraints(pattern=LINK_PATTERN, max_length=URL_LENGTH), AfterValidator(_link)]
Position = Annotated[int, Field(ge=0, le=navigation.MOST_ENTRIES)]


class NavigationItemChange(Given):
    """What is to be changed of an entry; what is left out stays."""

    label: Label = left_out()
    url: Link = left_out()
    parent_id: IdOf | None = left_out()
    position: Position = left_out()


class NewNavigationItem(NavigationItemChange):
    """An entry to put into a menu: last below its parent, or at the top, unless `position` says where from 0."""

    menu: Menu
    label: Label
    url: Link


class NavigationItem(BaseModel):
    """An entry of a menu; `position` is its place among those of the same menu and parent, from 0."""

    id: Id
    site_id: Id
    menu: Menu
    parent_id: Id | None
    position: int
    label: str
    url: str
    created_at: datetime
    updated_at: datetime
    etag: Etag


class NavigationPage(BaseModel):
    """Entries in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[NavigationItem]
    next: Id | None


@router.post(
    "", status_code=201, response_model=NavigationItem, responses={**CONFLICT, **MEDIA_TYPE}, openapi_extra=MANAGE
)
async def create_navigation_item(
    request: Request, site_id: Key, item: NewNavigationItem, idempotency_key: IdempotencyKey = None
) -> Response:
    """Puts an entry into a menu of a site. Those behind its place move on, and are in another version."""
    return await write(request, 201, navigation.create, site_id, item.said())


@router.get("", response_model=NavigationPage, openapi_extra=READ)
async def list_navigation(
    request: Request, site_id: Key, limit: Limit = 20, after: After = NO_ID, menu: Menu | None = None
) -> Response:
    """Lists the entries of a site's menus in the order of their ids; `parent_id` and `position` say where they are."""
    return await listed(request, NAVIGATION, site_id, limit, after, menu=menu)


@router.get("/{item_id}", response_model=NavigationItem, openapi_extra=READ)
async def get_navigation_item(request: Request, site_id: Key, item_id: Key) -> Response:
    """Shows an entry of a menu."""
    return await one(request, NAVIGATION, site_id, item_id)


@router.patch(
    "/{item_id}", response_model=NavigationItem, responses={**CONFLICT, **CHANGED, **MEDIA_TYPE}, openapi_extra=MANAGE
)
async def change_navigation_item(
    request: Request,
    site_id: Key,
    item_id: Key,
    change: NavigationItemChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes what is sent of an entry, or moves it: below another parent it is last unless `position` says where."""
    return await write(request, 200, navigation.change, site_id, item_id, change.said(), versions=wanted(if_match))


@router.delete("/{item_id}", status_code=204, responses=CHANGED, openapi_extra=MANAGE)
async def delete_navigation_item(request: Request, site_id: Key, item_id: Key, if_match: IfMatch = None) -> Response:
    """Takes an entry out of its menu, with all that is below it."""
    return await write(request, 204, navigation.remove, site_id, item_id, versions=wanted(if_match))

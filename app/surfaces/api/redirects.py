"""`/sites/{site_id}/redirects`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, StringConstraints
from pydantic_core import PydanticCustomError

from app.models.base import NO_ID
from app.models.scopes import Scope
from app.models.words import URL_LENGTH
from app.sites.redirects import REDIRECTS
from app.surfaces.api.answers import CHANGED, CONFLICT, MEDIA_TYPE, NOT_FOUND, write
from app.surfaces.api.patterns import PATH_PATTERN, TARGET_PATTERN
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import listed, one
from app.surfaces.api.schemas import After, Etag, Given, Id, IdempotencyKey, IfMatch, Key, Limit, left_out
from app.versions import wanted

router = APIRouter(prefix="/sites/{site_id}/redirects", tags=["redirects"], responses=NOT_FOUND, route_class=Route)
READ, MANAGE = needs(Scope.READ_CONTENT), needs(Scope.MANAGE)

# What a request's path has, without a query; what stands after `Location:` as it is. The document says how they begin:
# more of a pattern would only be slow to make examples of.
PLAIN = r"[^\s\x00-\x1f\x7f-\x9f\\]"
_PATH = re.compile(rf"/((?![?#]){PLAIN})*")
_TARGET = re.compile(rf"/(?!/){PLAIN}*|https?://(?![/?#]){PLAIN}+")


def _path(value: str) -> str:
    if not _PATH.fullmatch(value):
        raise PydanticCustomError("path", "A path is without spaces, control characters, backslashes, `?` and `#`")
    return value


def target(value: str) -> str:
    """Refuses what is neither a path of the same site, which does not begin like another host, nor an address."""
    if not _TARGET.fullmatch(value):
        raise PydanticCustomError(
            "target", "This leads nowhere; give a path such as /new, or an address such as https://example.org/"
        )
    return value


Path = Annotated[str, StringConstraints(pattern=PATH_PATTERN, max_length=URL_LENGTH), AfterValidator(_path)]
Target = Annotated[str, StringConstraints(pattern=TARGET_PATTERN, max_length=URL_LENGTH), AfterValidator(target)]
StatusCode = Literal[301, 302, 307, 308, 410]


class RedirectChange(Given):
    """What is to be changed of a redirect; what is left out stays."""

    from_path: Path = left_out()
    to_url: Target | None = left_out()
    status_code: StatusCode = left_out()


class NewRedirect(RedirectChange):
    """A redirect to create: 308 to `to_url`, unless `status_code` says otherwise; 410 has no `to_url`."""

    from_path: Path


class Redirect(BaseModel):
    """What is said for an old path: another address, or that it is gone for good."""

    id: Id
    site_id: Id
    from_path: str
    to_url: str | None
    status_code: StatusCode
    created_at: datetime
    updated_at: datetime
    etag: Etag


class RedirectPage(BaseModel):
    """Redirects in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Redirect]
    next: Id | None


@router.post("", status_code=201, response_model=Redirect, responses={**CONFLICT, **MEDIA_TYPE}, openapi_extra=MANAGE)
async def create_redirect(
    request: Request, site_id: Key, redirect: NewRedirect, idempotency_key: IdempotencyKey = None
) -> Response:
    """Says for a path of a site that it leads elsewhere, or that it is gone."""
    return await write(request, 201, REDIRECTS.create, site_id, redirect.said())


@router.get("", response_model=RedirectPage, openapi_extra=READ)
async def list_redirects(
    request: Request,
    site_id: Key,
    limit: Limit = 20,
    after: After = NO_ID,
    from_path: Annotated[Path | None, Query(description="The one of this path.")] = None,
) -> Response:
    """Lists a site's redirects in the order of their ids."""
    return await listed(request, REDIRECTS, site_id, limit, after, from_path=from_path)


@router.get("/{redirect_id}", response_model=Redirect, openapi_extra=READ)
async def get_redirect(request: Request, site_id: Key, redirect_id: Key) -> Response:
    """Shows a redirect."""
    return await one(request, REDIRECTS, site_id, redirect_id)


@router.patch(
    "/{redirect_id}", response_model=Redirect, responses={**CONFLICT, **CHANGED, **MEDIA_TYPE}, openapi_extra=MANAGE
)
async def change_redirect(
    request: Request,
    site_id: Key,
    redirect_id: Key,
    change: RedirectChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes what is sent of a redirect; the rest stays."""
    return await write(request, 200, REDIRECTS.change, site_id, redirect_id, change.said(), versions=wanted(if_match))


@router.delete("/{redirect_id}", status_code=204, responses=CHANGED, openapi_extra=MANAGE)
async def delete_redirect(request: Request, site_id: Key, redirect_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a redirect."""
    return await write(request, 204, REDIRECTS.remove, site_id, redirect_id, versions=wanted(if_match))

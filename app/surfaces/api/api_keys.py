"""`/api-keys`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.keys import queries
from app.models.base import NO_ID
from app.models.scopes import Scope
from app.surfaces.api.answers import (
    CHANGED,
    MEDIA_TYPE,
    NOT_FOUND,
    acting_of,
    caller_of,
    database_of,
    page,
    single,
    write,
)
from app.surfaces.api.key_schemas import ApiKey, ApiKeyPage, ApiKeyWithSecret, NewApiKey
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import require_once
from app.surfaces.api.schemas import After, IfMatch, Key, Limit
from app.versions import wanted

router = APIRouter(prefix="/api-keys", tags=["keys"], route_class=Route)
MANAGE = needs(Scope.MANAGE)


@router.post("", status_code=201, response_model=ApiKeyWithSecret, responses=MEDIA_TYPE, openapi_extra=MANAGE)
async def create_api_key(request: Request, key: NewApiKey) -> Response:
    """Makes a key. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here."""
    require_once(request)
    return await write(
        request,
        201,
        queries.create,
        name=key.name,
        scopes=sorted(set(key.scopes)),
        site_id=key.site_id or caller_of(request).site_id,
        expires_at=key.expires_at,
    )


@router.get("", response_model=ApiKeyPage, openapi_extra=MANAGE)
async def list_api_keys(request: Request, limit: Limit = 20, after: After = NO_ID) -> Response:
    """Lists the keys in the order of their ids, those too that were revoked."""
    return page(await database_of(request).read(acting_of(request), queries.page, after=after, limit=limit + 1), limit)


@router.get("/{key_id}", response_model=ApiKey, responses=NOT_FOUND, openapi_extra=MANAGE)
async def get_api_key(request: Request, key_id: Key) -> Response:
    """Shows a key."""
    row = await database_of(request).read(acting_of(request), queries.by_id, key_id)
    if row is None:
        raise queries.not_found()
    return single(request, row)


@router.delete("/{key_id}", status_code=204, responses={**NOT_FOUND, **CHANGED}, openapi_extra=MANAGE)
async def revoke_api_key(request: Request, key_id: Key, if_match: IfMatch = None) -> Response:
    """Revokes a key for good; replicas that know it let it in for some seconds more. It goes on being listed."""
    return await write(request, 204, queries.revoke, key_id, versions=wanted(if_match))

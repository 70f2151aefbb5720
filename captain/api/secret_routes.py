"""Secrets of apps: values that captain takes and never tells."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from captain.accounts.book import Scope
from captain.api.models import DeploymentOut, SecretOut
from captain.api.needs import COUNTED, AuditIn, Who, WorkIn, accepted, note, require
from captain.api.problems import Problem
from captain.apps import app_secrets
from captain.apps.app_secrets import MOST_BYTES
from captain.apps.observe import observe

router = APIRouter(tags=["Secrets"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/secrets")
def list_secrets(who: Who, work: WorkIn) -> list[SecretOut]:
    """Those that apps may have, and which have them. A token for some apps sees what those have."""
    require(who, Scope.READ)
    with work.place() as place:
        observed = observe(place.engine, place.stack, place.domains)
        found = [app_secrets.as_json(row) for row in app_secrets.rows(place.engine.secrets(), observed)]
    shown = [SecretOut.model_validate(row) for row in found]
    if not who.apps:
        return shown
    own = [row.model_copy(update={"apps": [app for app in row.apps if app in who.apps]}) for row in shown]
    return [row for row in own if row.apps]


@router.put("/secrets/{secret}", status_code=202, openapi_extra=_BODY, max_body_size=COUNTED)
async def set_secret(
    secret: str,
    request: Request,
    who: Who,
    work: WorkIn,
    audit: AuditIn,
    app: Annotated[str, Query(description="Give it to this app, too.")] = "",
) -> list[DeploymentOut]:
    """Keep a value, the body, and roll out every app that has the secret: a deployment for each.

    If none of them gets live, the old value stays.
    """
    require(who, Scope.ADMIN)
    await to_thread.run_sync(note, request, audit, who)
    value = await _value(request)
    found = await to_thread.run_sync(work.set_secret, secret, value, app or None, who)
    return [DeploymentOut.of(deployment) for deployment in found]


@router.delete("/secrets/{secret}", status_code=204)
def remove_secret(secret: str, request: Request, who: Who, work: WorkIn, audit: AuditIn) -> None:
    """With all of its values; not while an app has it."""
    require(who, Scope.ADMIN)
    note(request, audit, who)
    with work.place() as place:
        app_secrets.remove(place.engine, observe(place.engine, place.stack, place.domains), secret)


@router.delete("/apps/{app}/secrets/{secret}", status_code=202)
def take_secret(
    app: str, secret: str, request: Request, response: Response, who: Who, work: WorkIn, audit: AuditIn
) -> DeploymentOut:
    """Take it from the app, and keep it."""
    require(who, Scope.DEPLOY, app)
    work.app(app)
    note(request, audit, who)
    return accepted(work.take_secret(app, secret, who), response)


async def _value(request: Request) -> bytes:
    value = bytearray()
    async for chunk in request.stream():
        value += chunk
        if len(value) > MOST_BYTES:
            raise Problem(413, "too_large", f"A secret has at most {MOST_BYTES} bytes.")
    return bytes(value)

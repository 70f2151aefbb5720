"""Where an app's source is, and the webhooks that say that it moved."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from captain.accounts.book import Scope
from captain.api.models import DeploymentOut, HookOut, SourceIn, SourceOut
from captain.api.needs import COUNTED, AuditIn, OriginsIn, Who, note, require
from captain.api.problems import Problem
from captain.client_address import client_of
from captain.git.notices import Sender
from captain.git.origins import NotGenuine, Shown

router = APIRouter(tags=["Sources"])
MOST_BODY_BYTES = 5 * 2**20
"""Of a webhook; the edge may take more."""
_FORM = "application/x-www-form-urlencoded"


@router.put("/apps/{app}/source")
def put_source(app: str, wanted: SourceIn, request: Request, who: Who, origins: OriginsIn, audit: AuditIn) -> SourceOut:
    """Say where the app's source is. The answer has what the repository's service has to be given."""
    require(who, Scope.DEPLOY, app)
    note(request, audit, who)
    return _told(origins.declare(app, wanted.repository, wanted.branch, who, wanted.renew), True)


@router.get("/apps/{app}/source")
def get_source(app: str, who: Who, origins: OriginsIn) -> SourceOut:
    """Where it is."""
    require(who, Scope.READ, app)
    return _told(origins.get(app), False)


@router.delete("/apps/{app}/source", status_code=204)
def delete_source(app: str, request: Request, who: Who, origins: OriginsIn, audit: AuditIn) -> None:
    """Webhooks of the app are refused from now on; the app stays as it is."""
    require(who, Scope.DEPLOY, app)
    note(request, audit, who)
    origins.remove(app)


@router.post("/apps/{app}/source", status_code=202)
def deploy_source(
    app: str, request: Request, response: Response, who: Who, origins: OriginsIn, audit: AuditIn
) -> DeploymentOut:
    """Deploy what the branch is at, as a webhook would."""
    require(who, Scope.DEPLOY, app)
    note(request, audit, who)
    made = origins.deploy(app, who.user, who.token)
    response.headers["Location"] = f"/api/v1/deployments/{made.id}"
    return DeploymentOut.of(made)


@router.post("/apps/{app}/webhooks/{sender}", status_code=202, max_body_size=COUNTED)
async def take_webhook(app: str, sender: Sender, request: Request, origins: OriginsIn, audit: AuditIn) -> HookOut:
    """What GitHub, GitLab or Bitbucket calls. It needs no token, but the secret that PUT …/source told."""
    raw = await body_of(request)
    try:
        found = await to_thread.run_sync(origins.told, app, sender, dict(request.headers), raw)
    except NotGenuine:
        await to_thread.run_sync(audit.note, "", client_of(request), f"webhook of {sender.value} for {app}", False)
        raise
    if isinstance(found, str):
        return HookOut(deployment=None, why=found)
    await to_thread.run_sync(audit.note, "", client_of(request), f"webhook of {sender.value} for {app}")
    return HookOut(deployment=found.id, why="")


async def body_of(request: Request) -> bytes:
    """As it was sent. `Problem` for one that is too large."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > MOST_BODY_BYTES:
            raise Problem(413, "too_large", f"A webhook has at most {MOST_BODY_BYTES} bytes.")
    return bytes(received)


def _told(found: Shown, with_secrets: bool) -> SourceOut:
    return SourceOut(
        repository=found.origin.repository,
        branch=found.origin.branch,
        deploy_key=found.deploy_key,
        secret=found.secret if with_secrets else None,
        trigger=found.trigger if with_secrets else None,
    )

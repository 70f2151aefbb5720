"""Deployments, and what happens to them as it happens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from captain.accounts.book import Scope
from captain.api.models import DeploymentOut
from captain.api.needs import AuditIn, SourcesIn, StreamsIn, Who, WorkIn, note, require
from captain.api.problems import Problem
from captain.api.streams import stream
from captain.apps.app_work import AppWork
from captain.deployment import Deployment

router = APIRouter(tags=["Deployments"])
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


@router.get("/deployments")
def list_deployments(
    who: Who, work: WorkIn, app: Annotated[str, Query(description="Only this app's.")] = ""
) -> list[DeploymentOut]:
    """The last ones, newest first. What was before is in the releases."""
    return [DeploymentOut.of(found) for found in work.deployments.of(app) if who.may(Scope.READ, found.app)]


@router.get("/deployments/{deployment}")
def get_deployment(deployment: int, who: Who, work: WorkIn) -> DeploymentOut:
    """One of them, with the last lines of its log."""
    found = _found(work, deployment)
    require(who, Scope.READ, found.app)
    return DeploymentOut.of(found, work.deployments.lines(deployment)[1])


@router.get("/deployments/{deployment}/events", response_class=StreamingResponse, responses=_STREAM)
async def follow_deployment(deployment: int, who: Who, work: WorkIn, streams: StreamsIn) -> StreamingResponse:
    """Its states and the lines of its log from the first one that is remembered, until it is over."""
    found = _found(work, deployment)
    require(who, Scope.READ, found.app)
    return stream(work.deployments, streams, 0, lambda _: True, deployment)


@router.post("/deployments/{deployment}/cancel", status_code=202)
def cancel_deployment(
    deployment: int, request: Request, who: Who, work: WorkIn, sources: SourcesIn, audit: AuditIn
) -> DeploymentOut:
    """End a build that waits or goes on. What is being rolled out ends in its own time."""
    found = _found(work, deployment)
    require(who, Scope.DEPLOY, found.app)
    note(request, audit, who)
    if not sources.cancel(deployment):
        raise Problem(409, "not_cancellable", "It is no build, or is over, or is being rolled out already.")
    return DeploymentOut.of(_found(work, deployment))


@router.get("/events", response_class=StreamingResponse, responses=_STREAM)
async def follow_all(
    who: Who,
    work: WorkIn,
    streams: StreamsIn,
    last_event_id: Annotated[int | None, Header(description="Go on after this one.")] = None,
) -> StreamingResponse:
    """What happens to all apps that the token may see, from now on or after an event that was seen last."""
    after = work.deployments.last_event() if last_event_id is None else last_event_id
    return stream(work.deployments, streams, after, lambda found: who.may(Scope.READ, found.app))


def _found(work: AppWork, number: int) -> Deployment:
    found = work.deployments.get(number)
    if found is None:
        raise Problem(
            404, "no_deployment", f"There is no deployment {number}: list the releases to see what came of it."
        )
    return found

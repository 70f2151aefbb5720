"""Apps: what there is, and what is asked for, which becomes a deployment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from captain.accounts.book import Caller, Scope
from captain.api.merge import merged
from captain.api.models import (
    AppDocument,
    AppOut,
    DeploymentOut,
    MetricsOut,
    PlanIn,
    ReleaseOut,
    ReplicasIn,
    RollbackIn,
    StepOut,
)
from captain.api.needs import AuditIn, DomainIn, PrometheusIn, Who, WorkIn, accepted, note, require
from captain.api.problems import Problem
from captain.apps.app import App
from captain.apps.app_document import Document
from captain.apps.app_file import parse_app
from captain.apps.app_metrics import as_json as as_figures
from captain.apps.app_plan import as_json, plan
from captain.apps.app_releases import running_number
from captain.apps.app_work import AppWork
from captain.apps.metrics_command import read
from captain.apps.observe import observe
from captain.apps.release_rows import release_rows
from captain.errors import CaptainError
from captain.ledger import JSON

router = APIRouter(tags=["Apps"])
NoteIn = Annotated[str, Query(alias="note", max_length=200, description="Shown beside the release.")]


@router.get("/apps")
def list_apps(who: Who, work: WorkIn, domain: DomainIn) -> list[AppOut]:
    """All apps that the token may see."""
    return [_shown(app, work, who, domain) for app in work.apps().values() if who.may(Scope.READ, app.name)]


@router.get("/apps/{app}")
def get_app(app: str, who: Who, work: WorkIn, domain: DomainIn) -> AppOut:
    """One app."""
    require(who, Scope.READ, app)
    return _shown(work.app(app), work, who, domain)


@router.get("/apps/{app}/releases")
def list_releases(app: str, who: Who, work: WorkIn) -> list[ReleaseOut]:
    """Its releases, oldest first."""
    require(who, Scope.READ, app)
    found = work.app(app)
    return [ReleaseOut.model_validate(row) for row in release_rows(found.releases, found.service)]


@router.get("/apps/{app}/metrics")
def get_metrics(app: str, who: Who, work: WorkIn, url: PrometheusIn) -> MetricsOut:
    """What Prometheus says of it; 503 while that does not answer."""
    require(who, Scope.READ, app)
    work.app(app)
    try:
        found = read(url, app)
    except CaptainError as error:
        raise Problem(503, "metrics_away", str(error)) from error
    return MetricsOut.model_validate(as_figures(app, found))


@router.post("/plan")
def plan_apps(wanted: PlanIn, who: Who, work: WorkIn) -> list[StepOut]:
    """What would be done for these apps, and what that restarts. Writes nothing."""
    for name in wanted.apps:
        require(who, Scope.READ, name)
    apps = [parse_app(name, document) for name, document in wanted.apps.items()]
    with work.place() as place:
        steps = plan(apps, observe(place.engine, place.stack, place.domains))
    return [StepOut.model_validate(step) for step in as_json(steps)]


@router.put("/apps/{app}", status_code=202)
def put_app(
    app: str,
    document: Annotated[AppDocument, Body()],
    request: Request,
    response: Response,
    who: Who,
    work: WorkIn,
    audit: AuditIn,
    said: NoteIn = "",
) -> DeploymentOut:
    """Make the app so, whether there is one or not."""
    require(who, Scope.DEPLOY, app)
    parse_app(app, document)  # what cannot be is said at once
    note(request, audit, who)
    return accepted(work.put(app, document, who, said), response)


@router.patch("/apps/{app}", status_code=202)
def patch_app(
    app: str,
    patch: Annotated[AppDocument, Body()],
    request: Request,
    response: Response,
    who: Who,
    work: WorkIn,
    audit: AuditIn,
    said: NoteIn = "",
) -> DeploymentOut:
    """Change some of it: a JSON merge patch on what the app is when its turn has come."""
    require(who, Scope.DEPLOY, app)
    patched(work.app(app).document, {"patch": patch})
    note(request, audit, who)
    return accepted(work.change(app, "patch", "patch", who, {"patch": patch}, said), response)


@router.delete("/apps/{app}", status_code=202)
def delete_app(app: str, request: Request, response: Response, who: Who, work: WorkIn, audit: AuditIn) -> DeploymentOut:
    """Take it away with its releases; volumes stay."""
    require(who, Scope.DEPLOY, app)
    work.app(app)
    note(request, audit, who)
    return accepted(work.remove(app, who), response)


@router.post("/apps/{app}/rollback", status_code=202)
def roll_back(
    app: str, to: RollbackIn, request: Request, response: Response, who: Who, work: WorkIn, audit: AuditIn
) -> DeploymentOut:
    """Go back to an earlier release, which becomes a new one."""
    require(who, Scope.DEPLOY, app)
    work.app(app)
    note(request, audit, who)
    return accepted(work.roll_back(app, to.release, who), response)


@router.put("/apps/{app}/replicas", status_code=202)
def scale_app(
    app: str, to: ReplicasIn, request: Request, response: Response, who: Who, work: WorkIn, audit: AuditIn
) -> DeploymentOut:
    """Set the number of replicas; not where the autoscaler owns it."""
    require(who, Scope.DEPLOY, app)
    work.app(app)
    note(request, audit, who)
    return accepted(work.scale(app, to.replicas, who), response)


def patched(before: Document, words: JSON) -> Document:
    """The app with a merge patch. `CaptainError` for one that makes no app of it."""
    after = merged(before, words["patch"])
    if not isinstance(after, dict):
        raise CaptainError("An app is a mapping of keys to values.")
    return after


def _shown(app: App, work: AppWork, who: Caller, domain: str) -> AppOut:
    document = app.document if who.may(Scope.DEPLOY, app.name) else _without_values(app.document)
    return AppOut(
        app=app.name,
        document=document,
        hosts=list(app.hosts(domain)),
        image="" if app.service is None else app.service.image,
        rollout=(app.service and app.service.update_state) or "none",
        release=running_number(app.service),
        wanted=None if app.service is None else app.service.replicas,
        ready=app.ready,
        ended=app.ended,
        is_busy=work.deployments.is_busy(app.name),
    )


def _without_values(document: Document) -> Document:
    """As it is told to who may only read: no value of the environment, no hash of a password."""
    told = dict(document)
    if "environment" in told:
        told["environment"] = dict.fromkeys(told["environment"], "")
    if "basic_auth" in told.get("http", {}):
        told["http"] = {**told["http"], "basic_auth": {**told["http"]["basic_auth"], "password_hash": ""}}
    return told

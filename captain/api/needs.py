"""What the routes are given: who asks, and the parts of captain that do the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from captain.accounts.book import Caller, Scope
from captain.accounts.users import Users
from captain.api.models import DeploymentOut
from captain.api.open_streams import OpenStreams
from captain.api.problems import Problem
from captain.apps.app_work import AppWork
from captain.audit import Audit
from captain.client_address import client_of
from captain.deployment import Deployment
from captain.git.origins import Origins
from captain.source_work import SourceWork
from captain.template_work import TemplateWork

COUNTED = 2**63 - 1
"""`max_body_size` of a route that counts what it reads, in pieces."""
_BEARER = HTTPBearer(auto_error=False, description="A token of captain's, which begins with fc_.")


def _state(name: str) -> Callable[[Request], Any]:
    """A part of captain that `service.create` put there."""

    def found(request: Request) -> Any:
        return getattr(request.app.state, name)

    return found


WorkIn: TypeAlias = Annotated[AppWork, Depends(_state("work"))]
UsersIn: TypeAlias = Annotated[Users, Depends(_state("users"))]
AuditIn: TypeAlias = Annotated[Audit, Depends(_state("audit"))]
SourcesIn: TypeAlias = Annotated[SourceWork, Depends(_state("sources"))]
TemplatesIn: TypeAlias = Annotated[TemplateWork, Depends(_state("templates"))]
StreamsIn: TypeAlias = Annotated[OpenStreams, Depends(_state("streams"))]
ThreadsIn: TypeAlias = Annotated[OpenStreams, Depends(_state("threads"))]
UploadsIn: TypeAlias = Annotated[OpenStreams, Depends(_state("uploads"))]
OriginsIn: TypeAlias = Annotated[Origins, Depends(_state("origins"))]
DomainIn: TypeAlias = Annotated[str, Depends(_state("domain"))]
PrometheusIn: TypeAlias = Annotated[str, Depends(_state("prometheus_url"))]


def _caller(users: UsersIn, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
    found = users.caller(given.credentials) if given is not None else None
    if found is None:
        how = "Send a token of captain's in the header `Authorization: Bearer <token>`."
        raise Problem(401, "unauthorized", how, {"WWW-Authenticate": "Bearer"})
    return found


Who: TypeAlias = Annotated[Caller, Depends(_caller)]


def require(who: Caller, scope: Scope, app: str = "") -> None:
    """A 403 for somebody who may not do this with the app; without one, with what is no single app's."""
    if not who.may(scope, app):
        what = f"the app {app}" if app else "this"
        raise Problem(403, "not_allowed", f"Your token may not {scope.value} {what}.")


def accepted(deployment: Deployment, response: Response) -> DeploymentOut:
    """The answer to what is now being done."""
    response.headers["Location"] = f"/api/v1/deployments/{deployment.id}"
    return DeploymentOut.of(deployment)


def wants_events(request: Request) -> bool:
    """Whether the answer is to go on as server-sent events."""
    return "text/event-stream" in request.headers.get("accept", "")


def note(request: Request, audit: Audit, who: Caller) -> None:
    """The audit's line of a request that was let through."""
    audit.note(who.user, client_of(request), f"{request.method} {request.url.path}")

"""One-click templates: the text comes with the request, so that captain fetches nothing for anybody."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from captain.accounts.book import Caller, Scope
from captain.api.models import TemplateIn, TemplateKnownOut, TemplatePlanOut
from captain.api.needs import AuditIn, DomainIn, TemplatesIn, ThreadsIn, Who, note, require
from captain.api.open_streams import EventStream, Left, Once, Put, event, from_thread
from captain.template_work import Asked, TemplateWork
from captain.templates import documents

_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}

router = APIRouter(tags=["Templates"])


@router.get("/apps/{app}/template")
def get_template(app: str, who: Who, templates: TemplatesIn, domain: DomainIn) -> TemplateKnownOut:
    """Which template the app was made of, if of any, and which variables need no answer again."""
    require(who, Scope.DEPLOY, app)
    template, answered = templates.answered(app)
    return TemplateKnownOut(template=template or None, answered=list(answered), domain=domain)


@router.post("/apps/{app}/template/plan")
def plan_template(app: str, wanted: TemplateIn, who: Who, templates: TemplatesIn) -> TemplatePlanOut:
    """What would be done, what is built for it, and what of the template is left out. Writes nothing."""
    asked = _asked(app, wanted, who)
    installation = templates.prepared(asked, who)
    _require_all(who, [found.spec.name for found in installation.becomes.apps])
    return TemplatePlanOut.model_validate(documents.planned(installation))


@router.post("/apps/{app}/template", response_class=StreamingResponse, responses=_STREAM)
def deploy_template(
    app: str, wanted: TemplateIn, request: Request, who: Who, templates: TemplatesIn, threads: ThreadsIn, audit: AuditIn
) -> StreamingResponse:
    """Deploy its apps in the order in which they need each other. What was begun goes on when the reader leaves.

    Events are `note` and at the end `done`, with what became of each app, or `problem`.
    """
    asked = _asked(app, wanted, who)
    _require_all(who, [found.spec.name for found in templates.prepared(asked, who).becomes.apps])
    note(request, audit, who)
    # The place is the thread's, which may outlive the stream.
    give_back, began = Once(threads.take()), threading.Event()

    def work(put: Put) -> None:
        began.set()
        try:
            _deploy(templates, asked, who, put)
        finally:
            give_back()

    return EventStream(from_thread(work, lambda: None), lambda: None if began.is_set() else give_back())


def _deploy(templates: TemplateWork, asked: Asked, who: Caller, put: Put) -> None:
    def say(line: str) -> None:
        with suppress(Left):  # what was begun is seen through
            put(event("note", {"text": line}))

    put(event("done", templates.deploy(asked, who, say)))


def _asked(app: str, wanted: TemplateIn, who: Caller) -> Asked:
    require(who, Scope.DEPLOY, app)
    if wanted.allow_docker_socket:
        require(who, Scope.ADMIN, app)
    return Asked(app, wanted.template, wanted.text, wanted.values, wanted.allow_docker_socket)


def _require_all(who: Caller, names: list[str]) -> None:
    for name in names:
        require(who, Scope.DEPLOY, name)

"""One-click templates: the text comes with the request, so that captain fetches nothing for anybody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from captain.accounts.book import Caller, Scope
from captain.api.models import DeploymentOut, TemplateIn, TemplateKnownOut, TemplatePlanOut
from captain.api.needs import AuditIn, DomainIn, TemplatesIn, Who, accepted, note, require
from captain.template_work import TemplateWork, Wanted
from captain.templates import documents
from captain.templates.installation import Installation

router = APIRouter(tags=["Templates"])


@router.get("/apps/{app}/template")
def get_template(app: str, who: Who, templates: TemplatesIn, domain: DomainIn) -> TemplateKnownOut:
    """Which template the app was made of, if of any, which variables need no answer again, and what to do next."""
    require(who, Scope.DEPLOY, app)
    record = templates.record(app)
    if record is None:
        return TemplateKnownOut(template=None, answered=[], instructions="", domain=domain)
    answered, instructions = sorted(record.values), record.instructions
    return TemplateKnownOut(template=record.template, answered=answered, instructions=instructions, domain=domain)


@router.post("/apps/{app}/template/plan")
def plan_template(app: str, wanted: TemplateIn, who: Who, templates: TemplatesIn) -> TemplatePlanOut:
    """What would be done, what is built for it, and what of the template is left out. Writes nothing."""
    return TemplatePlanOut.model_validate(documents.planned(_allowed(templates, _wanted(app, wanted, who), who)))


@router.post("/apps/{app}/template", status_code=202)
def deploy_template(
    app: str,
    wanted: TemplateIn,
    request: Request,
    response: Response,
    who: Who,
    templates: TemplatesIn,
    audit: AuditIn,
) -> DeploymentOut:
    """Deploy its apps in the order in which they need each other."""
    found = _wanted(app, wanted, who)
    _allowed(templates, found, who)  # what cannot be is said at once
    note(request, audit, who)
    return accepted(templates.submit(found, who), response)


def _wanted(app: str, wanted: TemplateIn, who: Caller) -> Wanted:
    require(who, Scope.DEPLOY, app)
    if wanted.allow_docker_socket:
        require(who, Scope.ADMIN, app)
    return Wanted(app, wanted.template, wanted.text, wanted.values, wanted.allow_docker_socket)


def _allowed(templates: TemplateWork, wanted: Wanted, who: Caller) -> Installation:
    installation = templates.prepared(wanted, who)
    for found in installation.becomes.apps:
        require(who, Scope.DEPLOY, found.spec.name)
    return installation

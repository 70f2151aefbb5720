"""CapRover's one-click deployment: `/user/oneclick/deploy`, and how it gets on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from captain.accounts.book import Caller, Scope
from captain.apps.app_spec import name_mistake
from captain.apps.app_work import AppWork
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.deployment import State
from captain.errors import CaptainError
from captain.oneclick.template import APP_NAME, Template, parse
from captain.oneclick.variables import InvalidVariables, id_of
from captain.template_work import TemplateWork, Wanted

_LONGEST_NAME = 100


class OneClickDeploy:
    """Each method is one route. Templates may ask for what reaches beyond an app, so they are an administrator's."""

    def __init__(self, work: AppWork, templates: TemplateWork) -> None:
        self._work = work
        self._templates = templates

    def deploy(self, call: Call) -> Answer:
        """POST deploy: answered when it waits, after all that keeps it from being deployed has been looked for."""
        caller = call.require(Scope.ADMIN)
        name, text = _template(call.body)
        given = _values(call.body.get("values"), parse(text, name))
        app = given.get(APP_NAME, "")
        mistake = name_mistake(app)
        if mistake:
            raise Refusal(Status.BAD_NAME, f"The name {app[:_LONGEST_NAME]} {mistake}: say it as {APP_NAME} in values.")
        wanted = Wanted(app, name, text, given)
        try:
            self._templates.prepared(wanted, caller)
        except CaptainError as error:
            if isinstance(error.__cause__, InvalidVariables):  # without what the command line says of its options
                raise Refusal(Status.ILLEGAL_PARAMETER, str(error.__cause__)) from error
            raise
        deployment = self._templates.submit(wanted, caller)
        return Answer(Status.OK, "Deployment is started", {"jobId": str(deployment.id)})

    def progress(self, call: Call) -> Answer:
        """GET deploy/progress: what has been done, and how it ended."""
        number = call.query.get("jobId", "")
        found = self._work.deployments.get(int(number)) if number.isdecimal() else None
        if found is None:
            call.require(Scope.READ)
            raise Refusal(Status.NOT_FOUND, "captain knows of no such deployment, or not any more.")
        who = call.require(Scope.READ, found.app)
        total, lines = self._work.deployments.lines(found.id)
        steps = [found.what, *lines]
        data = {
            "steps": steps,
            "currentStep": len(steps) if found.state is State.LIVE else len(steps) - 1,
            "error": found.why if found.state is State.FAILED else "",
            "successMessage": self._success(found.app, who) if found.state is State.LIVE else "",
        }
        return Answer(Status.OK, f"{found.what}: {found.state.value}, {total} lines", data)

    def _success(self, app: str, who: Caller) -> str:
        """With the template's instructions for who may see secrets, which may be in it."""
        record = self._templates.record(app) if who.may(Scope.DEPLOY, app) else None
        return "\n\n".join([f"{app} is live.", *([record.instructions] if record and record.instructions else [])])


def _template(body: Mapping[str, Any]) -> tuple[str, str]:
    """The name that an installation is remembered by, and what was sent as text."""
    raw = body.get("template")
    if not isinstance(raw, Mapping):
        raise Refusal(Status.ILLEGAL_PARAMETER, "template is needed: the whole of it, as template/app tells it.")
    about = raw.get("caproverOneClickApp")
    name = body.get("templateName") or (about.get("displayName") if isinstance(about, Mapping) else "")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise Refusal(Status.ILLEGAL_PARAMETER, f"templateName is needed: at most {_LONGEST_NAME} characters.")
    return name, json.dumps(raw, ensure_ascii=False)


def _values(sent: object, template: Template) -> dict[str, str]:
    """By the ids of the template's variables, and the name of the app."""
    if not isinstance(sent, list) or not all(isinstance(entry, Mapping) for entry in sent):
        raise Refusal(Status.ILLEGAL_PARAMETER, "values has to be a list of objects, each with key and value.")
    known = {APP_NAME, *(variable.id for variable in template.variables)}
    given = {str(entry.get("key")): str(entry.get("value") or "") for entry in sent}
    return {id_of(key, known) or key: value for key, value in given.items()}

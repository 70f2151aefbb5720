"""CapRover's one-click deployment: `/user/oneclick/deploy`, and how it gets on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from captain.accounts.book import Scope
from captain.apps.app_rollout import Place
from captain.apps.app_spec import name_mistake
from captain.apps.app_work import AppWork
from captain.apps.turn import turn
from captain.builds.context import Source
from captain.builds.queue import State as BuildState
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.deployments import Done, Say, State
from captain.errors import CaptainError
from captain.oneclick.template import APP_NAME, Template, parse
from captain.oneclick.translate import OneClickApp
from captain.oneclick.variables import InvalidVariables, id_of
from captain.source_work import SourceWork
from captain.templates.installation import Installation, earlier_values, install, prepare

_LONGEST_NAME = 100


class OneClickDeploy:
    """Each method is one route. Templates may ask for what reaches beyond an app, so they are an administrator's."""

    def __init__(self, work: AppWork, sources: SourceWork) -> None:
        self._work = work
        self._sources = sources

    def deploy(self, call: Call) -> Answer:
        """POST deploy: answered when it waits, after all that keeps it from being deployed has been looked for."""
        caller = call.require(Scope.ADMIN)
        template = _template(call.body)
        given = _values(call.body.get("values"), template)
        app = given.get(APP_NAME, "")
        mistake = name_mistake(app)
        if mistake:
            raise Refusal(Status.BAD_NAME, f"The name {app[:_LONGEST_NAME]} {mistake}: say it as {APP_NAME} in values.")
        with self._work.place() as place:
            _prepared(place, template, app, given)
        work = partial(self._installed, template, app, given)
        what = f"template {template.name}"
        deployment = self._work.deployments.submit(app, what, caller.user, caller.token, work)
        return Answer(Status.OK, "Deployment is started", {"jobId": str(deployment.id)})

    def progress(self, call: Call) -> Answer:
        """GET deploy/progress: what has been done, and how it ended."""
        number = call.query.get("jobId", "")
        found = self._work.deployments.get(int(number)) if number.isdecimal() else None
        if found is None:
            call.require(Scope.READ)
            raise Refusal(Status.NOT_FOUND, "captain knows of no such deployment: it was begun before captain's start.")
        call.require(Scope.READ, found.app)
        total, lines = self._work.deployments.lines(found.id)
        steps = [found.what, *lines]
        data = {
            "steps": steps,
            "currentStep": len(steps) if found.state is State.LIVE else len(steps) - 1,
            "error": found.why if found.state is State.FAILED else "",
            "successMessage": f"{found.app} is live." if found.state is State.LIVE else "",
        }
        return Answer(Status.OK, f"{found.what}: {found.state.value}, {total} lines", data)

    def _installed(self, template: Template, app: str, given: Mapping[str, str], say: Say) -> Done:
        with self._work.place(say) as place:
            installation = _prepared(place, template, app, given)
            for entry in installation.becomes.unsupported:
                say(f"left out: {entry}")
            in_turn = partial(turn, Path(tempfile.gettempdir()), say=say)
            last = install(place, installation, in_turn, partial(self._image, say))[-1]
        return Done(last.release, f"{last.app}: {last.why}" if last.why else "", last.log, ended=last.ended)

    def _image(self, say: Say, app: OneClickApp) -> str:
        """Of one that has Dockerfile lines. `CaptainError` says why there is none."""
        images: list[str] = []

        def keep(image: str, _: Say) -> str:
            images.append(image)
            return ""

        definition = json.dumps({"schemaVersion": 2, "dockerfileLines": list(app.dockerfile_lines)})
        builds = self._sources.builds
        say(f"{app.spec.name}: its image is built from {len(app.dockerfile_lines)} Dockerfile lines")
        number = builds.submit(app.spec.name, Source(None, definition), keep, arguments=app.spec.environment).id
        ended = builds.wait(number)
        if ended.state is not BuildState.DONE or not images:
            raise CaptainError(f"it could not be built: {ended.why}")
        return images[-1]


def _prepared(place: Place, template: Template, app: str, given: Mapping[str, str]) -> Installation:
    try:
        return prepare(place, template, app, {**earlier_values(place, app, template), **given}, ())
    except CaptainError as error:
        if isinstance(error.__cause__, InvalidVariables):  # without what the command line says of its options
            raise Refusal(Status.ILLEGAL_PARAMETER, str(error.__cause__)) from error
        raise


def _template(body: Mapping[str, Any]) -> Template:
    """What was sent, with the name that an installation is remembered by."""
    raw = body.get("template")
    if not isinstance(raw, Mapping):
        raise Refusal(Status.ILLEGAL_PARAMETER, "template is needed: the whole of it, as template/app tells it.")
    about = raw.get("caproverOneClickApp")
    name = body.get("templateName") or (about.get("displayName") if isinstance(about, Mapping) else "")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise Refusal(Status.ILLEGAL_PARAMETER, f"templateName is needed: at most {_LONGEST_NAME} characters.")
    return parse(json.dumps(raw, ensure_ascii=False), name)


def _values(sent: object, template: Template) -> dict[str, str]:
    """By the ids of the template's variables, and the name of the app."""
    if not isinstance(sent, list) or not all(isinstance(entry, Mapping) for entry in sent):
        raise Refusal(Status.ILLEGAL_PARAMETER, "values has to be a list of objects, each with key and value.")
    known = {APP_NAME, *(variable.id for variable in template.variables)}
    given = {str(entry.get("key")): str(entry.get("value") or "") for entry in sent}
    return {id_of(key, known) or key: value for key, value in given.items()}

"""CapRover's API about projects: `/user/projects/…`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from captain.accounts.book import Scope
from captain.apps.app_work import AppWork
from captain.caprover import project_store
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.caprover.projects import Project, project_of, with_project, without_project


class ProjectCalls:
    """Each method is one route."""

    def __init__(self, work: AppWork) -> None:
        self._work = work

    def projects(self, call: Call) -> Answer:
        """GET projects."""
        call.require(Scope.READ)
        with self._work.place() as place:
            found = project_store.read(place.engine, place.stack)
        data = {"projects": [project.told() for project in found.values()]}
        return Answer(Status.OK, "Projects are retrieved.", data)

    def register(self, call: Call) -> Answer:
        """POST projects/register; the answer tells the id, which CapRover's does not."""
        call.require(Scope.DEPLOY)
        made = _project(str(uuid.uuid4()), call.body, call.text("projectName"))
        with self._work.place() as place:
            project_store.change(place.engine, place.stack, lambda before: with_project(before, made))
        return Answer(Status.OK, f"Project is saved: {made.name}", made.told())

    def update(self, call: Call) -> Answer:
        """POST projects/update: all of it, as with CapRover."""
        call.require(Scope.DEPLOY)
        wanted = call.body.get("projectDefinition")
        if not isinstance(wanted, Mapping):
            raise Refusal(
                Status.ILLEGAL_PARAMETER, "projectDefinition is needed: id, name, parentProjectId, description."
            )
        project = _project(_text(wanted, "id"), wanted, _text(wanted, "name"))
        with self._work.place() as place:

            def replaced(before: Mapping[str, Project]) -> Mapping[str, Project]:
                project_of(before, project.id)
                return with_project(before, project)

            project_store.change(place.engine, place.stack, replaced)
        return Answer(Status.OK, "Project Saved")

    def delete(self, call: Call) -> Answer:
        """POST projects/delete; one that has apps or projects in it stays."""
        call.require(Scope.DEPLOY)
        project_id = call.text("projectId")
        with self._work.place() as place:
            used = set(project_store.members(place.engine).values())
            project_store.change(place.engine, place.stack, lambda before: without_project(before, project_id, used))
        return Answer(Status.OK, "Project deleted")


def _project(project_id: str, body: Mapping[str, Any], name: str) -> Project:
    return Project(project_id, name.strip(), _text(body, "parentProjectId"), _text(body, "description"))


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key) or ""
    if not isinstance(value, str):
        raise Refusal(Status.ILLEGAL_PARAMETER, f"{key} has to be a text.")
    return value.strip()

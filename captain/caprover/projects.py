"""Projects, which CapRover groups apps in: a name, and maybe another project that it is a part of. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from captain.caprover.envelope import Refusal, Status
from captain.errors import CaptainError

MOST = 200
"""All of them are one config, of which each manager holds 500 kB at most in memory."""
LONGEST_NAME = 50
LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class Project:
    """`parent` is another one's id; empty for none."""

    id: str
    name: str
    parent: str = ""
    description: str = ""

    def told(self) -> dict[str, str]:
        """As clients list it."""
        return {"id": self.id, "name": self.name, "parentProjectId": self.parent, "description": self.description}


Projects = Mapping[str, Project]
"""By their ids."""


def with_project(projects: Projects, project: Project) -> Projects:
    """With this one, in the place of one of its id. `Refusal` for what cannot be."""
    if not 0 < len(project.name) <= LONGEST_NAME or not project.name.isprintable():
        raise Refusal(Status.BAD_NAME, f"A project's name has 1 to {LONGEST_NAME} characters.")
    if len(project.description) > LONGEST_DESCRIPTION:
        raise Refusal(
            Status.ILLEGAL_PARAMETER, f"A project's description has {LONGEST_DESCRIPTION} characters at most."
        )
    if project.id not in projects and len(projects) >= MOST:
        raise Refusal(Status.ILLEGAL_OPERATION, f"There are {MOST} projects, and no more can be: delete one first.")
    for other in projects.values():
        if (other.name, other.parent) == (project.name, project.parent) and other.id != project.id:
            raise Refusal(Status.ALREADY_EXISTS, f"There is a project {project.name} there already: give another name.")
    made = {**projects, project.id: project}
    above, seen = project.parent, {project.id}
    while above:
        if above in seen:
            raise Refusal(Status.ILLEGAL_OPERATION, "A project cannot be a part of itself.")
        seen.add(above)
        above = project_of(made, above).parent
    return made


def without_project(projects: Projects, project_id: str, used: Collection[str]) -> Projects:
    """Without it. `used` are the ids of those that apps are in. `Refusal` where anything is in it."""
    project = project_of(projects, project_id)
    parts = [other.name for other in projects.values() if other.parent == project_id]
    if parts or project_id in used:
        what = f"the project {', '.join(sorted(parts))}" if parts else "apps"
        raise Refusal(
            Status.ILLEGAL_OPERATION, f"The project {project.name} has {what} in it: move or delete that first."
        )
    return {id_: other for id_, other in projects.items() if id_ != project_id}


def project_of(projects: Projects, project_id: str) -> Project:
    """One of them; `Refusal` without it."""
    if project_id not in projects:
        raise Refusal(Status.NOT_FOUND, f"There is no project {project_id[:100]}.")
    return projects[project_id]


def dump(projects: Projects) -> bytes:
    """The content of its config."""
    return json.dumps([asdict(project) for project in projects.values()], sort_keys=True).encode()


def parse(data: bytes) -> Projects:
    """Back from `dump`; nothing is none. `CaptainError` for what no captain wrote."""
    try:
        found = [Project(**raw) for raw in json.loads(data or b"[]")]
    except (ValueError, TypeError) as error:
        raise CaptainError(f"The config with projects cannot be read: {error!r}.") from error
    return {project.id: project for project in found}

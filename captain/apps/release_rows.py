"""Releases and apps as rows for programs: what the command line and the API tell of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from captain.apps.app_document import changes
from captain.apps.app_endings import ended
from captain.apps.app_plan import Observed, hosts
from captain.apps.app_releases import Release, running_number, word
from swarm.engine_objects import Service, Task


def release_rows(own: Sequence[Release], service: Service | None) -> list[dict[str, object]]:
    """An app's releases, oldest first, each with what it changed in captain.yml's words."""
    rows = []
    for number, release in enumerate(own):
        at = release.created_at.astimezone(UTC) if release.created_at else datetime.fromtimestamp(0, UTC)
        rows.append(
            {
                "release": release.number,
                "created_at": at.isoformat(timespec="seconds"),
                "state": word(release, service),
                "image": release.image,
                "note": release.note,
                "changes": changes(own[number - 1].document, release.document) if number else [],
            }
        )
    return rows


def app_row(name: str, observed: Observed, tasks: Sequence[Task]) -> dict[str, object]:
    """An app that has a release; `tasks` are its own."""
    service = observed.services[name]
    number = running_number(service)
    spec = next((found.spec() for found in observed.releases[name] if found.number == number), None)
    return {
        "app": name,
        "release": number,
        "image": service.image,
        "wanted": service.replicas,
        "ready": sum(task.ready for task in tasks),
        "ended": ended(service, tasks),
        "rollout": service.update_state or "none",
        "hosts": [] if spec is None else list(hosts(spec, observed.domain)),
    }

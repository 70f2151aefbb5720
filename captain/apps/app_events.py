"""What happened to apps, out of what the Swarm remembers of them: releases, rollouts, tasks. Pure.

The Swarm keeps the last five tasks of each replica, and captain ten releases: older things are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from captain.apps.app_releases import Release
from swarm.engine_objects import Service, Task

_ENDED = ("complete", "shutdown", "failed", "rejected", "orphaned")
_ROLLOUT = {
    "updating": "is being rolled out",
    "paused": "its rollout is paused",
    "completed": "its rollout is complete",
    "rollback_started": "is being rolled back by the Swarm",
    "rollback_paused": "its rollback is paused",
    "rollback_completed": "was rolled back by the Swarm",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to `app`. `what` is a word for programs, `text` the end of a sentence about the app."""

    at: datetime
    app: str
    what: str
    text: str


def events(
    releases: Mapping[str, Sequence[Release]],
    services: Iterable[Service],
    tasks: Mapping[str, Sequence[Task]],
    nodes: Mapping[str, str],
) -> list[Event]:
    """All of it, oldest first. `tasks` are by the id of their service, `nodes` are names by id."""
    found: list[Event] = []
    for service in services:
        if service.name in releases:
            found += _of_service(service)
            found += (event for task in tasks.get(service.id, ()) for event in _of_task(service.name, task, nodes))
    for name, own in releases.items():
        found += (_of_release(name, release) for release in own if release.created_at is not None)
    return sorted(found, key=lambda event: (event.at, event.app, event.text))


def scaled(before: Mapping[str, int], now: Mapping[str, int], at: datetime) -> list[Event]:
    """Numbers of replicas that are others than at the last look."""
    return [
        Event(at, name, "scaled", f"replicas {before[name]} → {count}")
        for name, count in now.items()
        if name in before and before[name] != count
    ]


def _of_release(name: str, release: Release) -> Event:
    assert release.created_at is not None
    note = f" ({release.note})" if release.note else ""
    return Event(release.created_at, name, "release", f"release {release.number} was begun: {release.image}{note}")


def _of_service(service: Service) -> Iterable[Event]:
    at = service.update_completed_at or service.update_started_at
    if service.update_state in _ROLLOUT and at is not None:
        message = f": {service.update_message}" if service.update_state in ("paused", "rollback_paused") else ""
        yield Event(at, service.name, service.update_state or "", f"{_ROLLOUT[service.update_state]}{message}")


def _of_task(name: str, task: Task, nodes: Mapping[str, str]) -> Iterable[Event]:
    replica = f"replica {task.slot}" if task.slot is not None else "a replica"
    node = nodes.get(task.node_id, "")
    where = f" on {node}" if node else ""
    if task.created_at is not None:
        yield Event(task.created_at, name, "task", f"{replica} was asked for ({task.id})")
    if task.state_since is None:
        return
    if task.state == "running":
        yield Event(task.state_since, name, "ready", f"{replica} became ready{where} ({task.id})")
        if not task.ready and task.updated_at is not None:
            yield Event(task.updated_at, name, "ending", f"{replica} is being ended{where} ({task.id})")
    elif task.state in _ENDED:
        ended = f", exit code {task.exit_code}" if task.exit_code else ""
        why = f": {task.error}" if task.error else ""
        yield Event(task.state_since, name, task.state, f"{replica} ended{where}{ended}{why} ({task.id})")
    elif task.error:
        yield Event(task.state_since, name, task.state, f"{replica} waits: {task.error} ({task.id})")

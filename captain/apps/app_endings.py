"""Replicas of apps that have ended on purpose, and are not started again. Pure.

An app with `http` has none: one that has ended answers nobody, whatever it ended with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from captain.difference import same_template
from captain.labels import APP_LABEL, HTTP_LABEL
from captain.rollout import wanted_tasks
from swarm.engine_objects import Service, Task


def may_end(service: Service) -> bool:
    """Whether this is an app whose replicas are done when they end with 0."""
    policy = service.spec["TaskTemplate"].get("RestartPolicy") or {}
    is_app = service.labels.get(APP_LABEL) == service.name
    return is_app and HTTP_LABEL not in service.labels and policy.get("Condition", "any") != "any"


def ended(service: Service, tasks: Sequence[Task]) -> int:
    """How many replicas of what the service is now have ended with 0, at most as many as are wanted beside the ready.

    `tasks` are its own, ended ones too; the newest of a replica counts.
    """
    if not may_end(service):
        return 0
    newest: dict[int, Task] = {}
    for task in sorted(tasks, key=_created):
        newest[task.slot or 0] = task
    template = service.spec["TaskTemplate"]
    done = sum(task.state == "complete" and same_template(task.spec, template) for task in newest.values())
    missing = wanted_tasks(service, tasks) - sum(task.ready for task in tasks)
    return max(0, min(done, missing))


def is_held_up(service: Service, tasks: Sequence[Task]) -> bool:
    """Whether Swarm has paused a rollout only because a new replica was done soon.

    It takes any early end for a failure. Writing the service once more makes it go on with the others.
    """
    if service.update_state != "paused" or not may_end(service):
        return False
    template, began = service.spec["TaskTemplate"], service.update_started_at
    new = [task for task in tasks if began is None or _created(task) >= began]
    own = [task for task in new if same_template(task.spec, template)]
    return any(task.state == "complete" for task in own) and not any(
        task.state in ("failed", "rejected", "orphaned") for task in own
    )


def _created(task: Task) -> datetime:
    return task.created_at or datetime.min.replace(tzinfo=UTC)

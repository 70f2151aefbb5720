"""How far a service has come, from what the engine says of it and its tasks, and why no further. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from swarm.engine_objects import JSON, Service, Task

# A rollout that replaces tasks shows within this time of the write; one with nothing to replace never does.
_ROLLOUT_BEGINS_WITHIN = timedelta(seconds=10)
# An engine and this program may read clocks of two machines.
_CLOCK_SKEW = timedelta(seconds=5)


class Phase(Enum):
    """`FAILED` is final for this rollout; everything else may still become `READY`."""

    READY = "ready"
    STARTING = "starting"
    UPDATING = "updating"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Written:
    """A write of this run: when the engine stored it, and whether it has to replace tasks."""

    at: datetime
    restarts_tasks: bool
    template: JSON | None = None
    """The task template as the engine stored it."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """`problem` is the last error of a task or of the rollout, empty when there is none."""

    name: str
    wanted: int
    ready: int
    phase: Phase
    problem: str


def service_state(
    service: Service, tasks: Sequence[Task], now: datetime, since: datetime, written: Written | None = None
) -> ServiceState:
    """The state of one service.

    `tasks` are its tasks, ended ones too; ended before `since` they say nothing. `written` is given for a
    service that this run has written: a rollback is then this run's failure, and tasks that are older than
    the write are not what was asked for.
    """
    wanted = wanted_tasks(service, tasks)
    ready = sum(task.ready for task in tasks)
    error = last_error(tasks, since)
    failure = _failed_rollout(service, written, error)
    if failure:
        return ServiceState(service.name, wanted, ready, Phase.FAILED, failure)
    if service.update_state == "rollback_started":
        return ServiceState(service.name, wanted, ready, Phase.UPDATING, f"rolling back: {error}")
    if service.update_state == "updating":
        return ServiceState(service.name, wanted, ready, Phase.UPDATING, error)
    if written is not None and _still_to_begin(service, tasks, written, now):
        return ServiceState(service.name, wanted, ready, Phase.UPDATING, "")
    if ready >= wanted:
        return ServiceState(service.name, wanted, ready, Phase.READY, "")
    return ServiceState(service.name, wanted, ready, Phase.STARTING, error)


def wanted_tasks(service: Service, tasks: Sequence[Task]) -> int:
    """The number of replicas, or for a global service the tasks that Swarm wants to run, at least one."""
    if service.replicas is not None:
        return service.replicas
    nodes = {task.node_id or task.id for task in tasks if task.desired_state in ("running", "ready")}
    return max(1, len(nodes))


def by_service(tasks: Sequence[Task]) -> Mapping[str, list[Task]]:
    """Tasks by the id of their service."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.service_id, []).append(task)
    return found


def _failed_rollout(service: Service, written: Written | None, error: str) -> str:
    why = error or service.update_message
    if service.update_state == "paused":
        return f"its rollout is paused: {why}"
    if service.update_state == "rollback_paused":
        return f"its rollback is paused: {why}"
    if written is not None and _taken_back(service, written):
        return f"it was rolled back to what ran before: {why or 'somebody wrote over it'}"
    return ""


def _taken_back(service: Service, written: Written) -> bool:
    if service.update_state == "rollback_completed":
        return True
    over = service.update_state in (None, "completed")
    return over and written.template is not None and service.spec["TaskTemplate"] != written.template


def _still_to_begin(service: Service, tasks: Sequence[Task], written: Written, now: datetime) -> bool:
    """Whether the rollout of the write has not shown yet, so that the ready tasks are the old ones."""
    if not written.restarts_tasks or service.update_state == "completed":
        return False
    old = any(task.ready and task.created_at is not None and task.created_at < written.at for task in tasks)
    return old and now < written.at + _ROLLOUT_BEGINS_WITHIN


def last_error(tasks: Sequence[Task], since: datetime) -> str:
    """Why the newest task that failed, or cannot be placed, did."""
    telling = [
        task
        for task in tasks
        if task.error
        and (
            task.desired_state == "running"
            or (task.state_since is not None and task.state_since >= since - _CLOCK_SKEW)
        )
    ]
    if not telling:
        return ""
    latest = max(telling, key=lambda task: task.state_since.timestamp() if task.state_since else 0.0)
    return latest.error

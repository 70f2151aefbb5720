"""When a rollout does not get on: whether to roll it back, and to what. Pure.

Swarm's updater has no deadline: a task that cannot be placed leaves a service `updating` for ever.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from captain.labels import NAMESPACE_LABEL
from captain.rollout import last_error
from swarm.engine_objects import JSON, Service, Task

DEADLINE_LABEL = "flotilla.rollout.deadline_seconds"
DEFAULT_DEADLINE_SECONDS = 300.0


class Step(Enum):
    """What to do about a rollout now."""

    NONE = "none"
    ROLL_BACK = "roll back"
    """Swarm still holds what ran before, with the same count."""
    RESTORE = "restore"
    """The same, by writing `Verdict.spec`: what Swarm holds has another count, or is the new release itself."""
    STUCK = "stuck"
    """Nothing that can be written would help; somebody has to look."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`stalled_seconds` since the rollout began or last made a new task ready, 0 without one."""

    step: Step
    stalled_seconds: float = 0.0
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    sentence: str = ""
    spec: JSON | None = None


def is_watched(service: Service, stack: str) -> bool:
    """Services of the stack, and any other that carries the label."""
    return service.labels.get(NAMESPACE_LABEL) == stack or DEADLINE_LABEL in service.labels


def is_rolling(service: Service) -> bool:
    """Whether Swarm's updater is at work on it, or has paused and leaves the rest to captain, as it does with apps."""
    if service.update_state == "paused" and DEADLINE_LABEL in service.labels:
        return (service.spec.get("UpdateConfig") or {}).get("FailureAction") == "pause"
    return service.update_state in ("updating", "rollback_started")


def deadline_seconds(service: Service) -> float:
    """The label's number; the default where there is none, or where it is not a number above 0."""
    try:
        seconds = float(service.labels.get(DEADLINE_LABEL, ""))
    except ValueError:
        return DEFAULT_DEADLINE_SECONDS
    return seconds if math.isfinite(seconds) and seconds > 0 else DEFAULT_DEADLINE_SECONDS


def judge(service: Service, tasks: Sequence[Task], now: datetime) -> Verdict:
    """What to do about the service's rollout at `now`. `tasks` are its own, ended ones too."""
    began = _began(service)
    if not is_rolling(service) or began is None:
        return Verdict(Step.NONE)
    stalled = max(0.0, (now - _last_progress(tasks, began)).total_seconds())
    deadline = deadline_seconds(service)
    if stalled < deadline:
        return Verdict(Step.NONE, stalled, deadline)
    error = last_error(tasks, began).rstrip(".") or "no task says why"
    if service.update_state == "rollback_started":
        sentence = (
            f"{service.name}: its rollback has made no new task ready for {stalled:.0f} s: {error}. "
            "Nothing is left to go back to: make room for it, or deploy a release that can run."
        )
        return Verdict(Step.STUCK, stalled, deadline, sentence)
    stands = f"{service.name}: its rollout has made no new task ready for {stalled:.0f} s: {error}"
    previous = service.previous_spec
    if previous is not None and previous["TaskTemplate"] != service.spec["TaskTemplate"]:
        sentence = f"{stands}. It is rolled back to what ran before."
        if previous.get("Mode") == service.spec["Mode"]:
            return Verdict(Step.ROLL_BACK, stalled, deadline, sentence)
        return Verdict(Step.RESTORE, stalled, deadline, sentence, {**previous, "Mode": service.spec["Mode"]})
    old = _template_of_old_tasks(service, tasks)
    if old is not None:
        # Somebody scaled during the rollout: since then Swarm holds the new release as the previous one.
        spec = {**copy.deepcopy(service.spec), "TaskTemplate": old}
        sentence = f"{stands}. It is put back to what its running tasks are made of."
        return Verdict(Step.RESTORE, stalled, deadline, sentence, spec)
    sentence = f"{stands}. Neither Swarm nor a running task knows what ran before: deploy a release that can run."
    return Verdict(Step.STUCK, stalled, deadline, sentence)


def _began(service: Service) -> datetime | None:
    """When the rollout, or the rollback, began. Nothing writes a service while it rolls but what ends that."""
    times = [service.update_started_at]
    if service.update_state == "rollback_started":
        times.append(service.updated_at)
    return max((at for at in times if at is not None), default=None)


def _last_progress(tasks: Sequence[Task], began: datetime) -> datetime:
    made_ready = [
        task.state_since
        for task in tasks
        if task.ready and task.state_since is not None and task.created_at is not None and task.created_at >= began
    ]
    return max([began, *made_ready])


def _template_of_old_tasks(service: Service, tasks: Sequence[Task]) -> JSON | None:
    """What the newest of the tasks that still run from another template was made of."""
    old = [task for task in tasks if task.ready and task.spec and task.spec != service.spec["TaskTemplate"]]
    newest = max(old, key=lambda task: task.created_at.timestamp() if task.created_at else 0.0, default=None)
    return None if newest is None else newest.spec

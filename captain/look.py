"""What a look at the Swarm says in numbers: tasks that are missing or fit nowhere, rollouts, nodes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from captain.apps.app_endings import ended
from captain.labels import EXEC_LABEL, JOB_LABEL, RUN_LABEL
from captain.rollout import by_service, wanted_tasks
from swarm.engine_objects import Node, Service, Task

ENDED = (None, "completed", "rollback_completed")
"""States of a rollout in which nothing is under way any more."""


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Of one service; `rollout_seconds` is how long its rollout has been under way or paused, 0 without one."""

    wanted: int
    ready: int
    unplaceable: int
    rollout_seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """Services by name; nodes by host name, whether Swarm finds them ready."""

    services: Mapping[str, ServiceFigures]
    nodes: Mapping[str, bool]


def look(services: Sequence[Service], tasks: Sequence[Task], nodes: Sequence[Node], now: datetime) -> Look:
    """The figures of a moment."""
    found = by_service(tasks)
    return Look(
        services={
            service.name: _figures(service, found.get(service.id, []), now)
            for service in services
            # A command's tasks end, and nothing is wrong.
            if service.mode in ("replicated", "global")
            and not {RUN_LABEL, JOB_LABEL, EXEC_LABEL} & service.labels.keys()
        },
        nodes={node.hostname: node.state == "ready" for node in nodes},
    )


def rollout_seconds(service: Service, now: datetime) -> float:
    """How long the rollout has not ended; 0 when there is none, or the engine does not say since when."""
    if service.update_state in ENDED or service.update_started_at is None:
        return 0.0
    return max(0.0, (now - service.update_started_at).total_seconds())


def _figures(service: Service, tasks: Sequence[Task], now: datetime) -> ServiceFigures:
    return ServiceFigures(
        wanted=wanted_tasks(service, tasks) - ended(service, tasks),  # what is done is not missing
        ready=sum(task.ready for task in tasks),
        unplaceable=sum(task.unplaceable for task in tasks),
        rollout_seconds=rollout_seconds(service, now),
    )

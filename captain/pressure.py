"""Whether a service is being scaled up right now, so that its rollout had better wait a moment. Pure.

A rollout freezes the count. One that begins while replicas are on their way takes the place of those that are ready
one by one, under a load that already needs more. An autoscaler writes within a second or two of a rise in load, so
what the Swarm itself knows is enough: more replicas wanted than ready, and the rest of them young and on their way.
What does not come up is no scaling up, and the rollout may be what mends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from swarm.engine_objects import Service, Task

PATIENCE_SECONDS = 30.0
"""The rollout waits no longer than this."""
_YOUNG = timedelta(seconds=60)
_AUTOSCALED = "flotilla.autoscale.enabled"
_OVER = (None, "completed", "rollback_completed")
_ENDED = ("failed", "rejected")


@dataclass(frozen=True, slots=True)
class Rise:
    """A count that was raised and is not reached."""

    ready: int
    wanted: int


def rise(service: Service, tasks: Sequence[Task], now: datetime) -> Rise | None:
    """The scaling up that is under way; None if none is. `tasks` are the service's own, ended ones too."""
    if service.labels.get(_AUTOSCALED, "").lower() != "true" or service.update_state not in _OVER:
        return None
    ready = sum(task.ready for task in tasks)
    if service.replicas is None or service.replicas <= ready:
        return None
    coming = [task for task in tasks if task.desired_state == "running" and not task.ready]
    stuck = any(task.unplaceable or not _is_young(task, now) for task in coming)
    failing = any(task.state in _ENDED and _is_young(task, now) for task in tasks)
    return None if stuck or failing else Rise(ready, service.replicas)


def _is_young(task: Task, now: datetime) -> bool:
    return task.created_at is not None and now - task.created_at < _YOUNG

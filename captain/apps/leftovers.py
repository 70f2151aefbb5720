"""When what captain began in a service of its own is nobody's any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from swarm.engine_objects import Secret, Service, Task

ENDED = ("complete", "failed", "rejected", "shutdown", "orphaned")
_UNPLACED = ("new", "pending")
LEFT_AFTER = timedelta(seconds=30)
"""Whoever lives removes what has ended within a second."""
NODE_WITHIN = timedelta(minutes=10)
"""So long a command waits for a node that takes it: one may be coming."""


def is_unplaced(tasks: Sequence[Task]) -> bool:
    """Whether no node has taken it."""
    return all(task.state in _UNPLACED for task in tasks)


def is_left(service: Service, tasks: Sequence[Task], now: datetime, node_within: timedelta) -> bool:
    """Whether it has ended, or waits for a node, for longer than whoever began it looks on."""
    ends = [task.state_since for task in tasks if task.state in ENDED and task.state_since is not None]
    if tasks and len(ends) == len(tasks):
        return now - max(ends) >= LEFT_AFTER
    began = service.created_at
    return began is not None and is_unplaced(tasks) and now - began >= node_within + LEFT_AFTER


def left_secrets(secrets: Iterable[Secret], label: str, services: Iterable[str], now: datetime) -> list[Secret]:
    """Those with the label, of whose name there is no service, and that are older than it takes to create one."""
    names = set(services)
    return [
        secret
        for secret in secrets
        if label in secret.labels
        and secret.name not in names
        and secret.created_at is not None
        and now - secret.created_at >= LEFT_AFTER
    ]

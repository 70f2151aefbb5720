"""Which task a container is, and what it may use. Pure: inspected containers in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from swarm.engine import ContainerDetails

TASK_ID = "com.docker.swarm.task.id"
_TASK_NAME = "com.docker.swarm.task.name"
_SERVICE_NAME = "com.docker.swarm.service.name"
_NODE_ID = "com.docker.swarm.node.id"

_PERIOD_MICROSECONDS = 100_000  # the kernel's default, which Docker uses for `--cpus`


@dataclass(frozen=True, slots=True)
class MeteredTask:
    """One running container of a Swarm task. A limit that does not exist is None, never 0.

    `slot` is the replica's number; for a global service the node's id. CPU quota and period in microseconds.
    """

    container_id: str
    service: str
    task: str
    slot: str
    node: str
    started_at_seconds: float | None
    cpu_quota_microseconds: int | None
    cpu_period_microseconds: int | None
    memory_limit_bytes: int | None


def describe(container: ContainerDetails, node: str | None) -> MeteredTask | None:
    """The task of an inspected container; None if it is no Swarm task's. `node`: a name, else None."""
    labels = container.labels
    task, service = labels.get(TASK_ID), labels.get(_SERVICE_NAME)
    if not task or not service:
        return None
    quota, period = _cpu(container)
    return MeteredTask(
        container_id=container.id,
        service=service,
        task=task,
        slot=slot_of(labels.get(_TASK_NAME, ""), service, task),
        node=node or labels.get(_NODE_ID, ""),
        started_at_seconds=None if container.started_at is None else container.started_at.timestamp(),
        cpu_quota_microseconds=quota,
        cpu_period_microseconds=period,
        memory_limit_bytes=container.memory_limit_bytes or None,
    )


def slot_of(task_name: str, service: str, task: str) -> str:
    """The middle of `SERVICE.SLOT.TASK`; names of services may have dots of their own."""
    return task_name.removeprefix(f"{service}.").removesuffix(f".{task}")


def _cpu(container: ContainerDetails) -> tuple[int | None, int | None]:
    if container.nano_cpus > 0:
        return round(container.nano_cpus * _PERIOD_MICROSECONDS / 1_000_000_000), _PERIOD_MICROSECONDS
    if container.cpu_quota > 0:
        return container.cpu_quota, container.cpu_period or _PERIOD_MICROSECONDS
    return None, None


@dataclass(slots=True)
class Restarts:
    """How often a slot's task was replaced on this node since the meter started, for whatever reason."""

    _latest: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def see(self, tasks: Iterable[MeteredTask]) -> None:
        """Take note of tasks not seen before, in the order of their start."""
        for task in sorted(tasks, key=lambda one: one.started_at_seconds or 0.0):
            slot = (task.service, task.slot)
            before = self._latest.get(slot)
            if before is not None and before != task.task:
                self._counts[slot] = self._counts.get(slot, 0) + 1
            self._latest[slot] = task.task

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """(service, slot) → replacements; a slot without one is missing."""
        return self._counts

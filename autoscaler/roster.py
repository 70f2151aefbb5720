"""The tasks of the services that are followed, without a list of all of them at every tick.

A list of ten thousand tasks is thirty megabytes. What a service's tasks are is remembered, and listed again when its
version or its counts of tasks say that something changed, while it is not settled, and now and then for what neither
would show. A task that went and came again between two looks at the counts is missed until then: its readings are
missing for so long, and missing readings release nothing.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from swarm.engine import Service, Task

REFRESH_SECONDS = 60.0
"""A settled service's tasks are listed again after this long, each service at a moment of its own."""
SERVICES_PER_LIST = 40
"""So many services' tasks are asked for at a time: the answer for ten tasks each is about a megabyte."""


class TaskLists(Protocol):
    """The part of `swarm.engine.Engine` that lists tasks."""

    def tasks(self, service: str | None = None, filters: Mapping[str, Iterable[str]] | None = None) -> list[Task]:
        """Tasks by filters."""


@dataclass(frozen=True, slots=True)
class Member:
    """What matters of a task that is meant to run. Times are Unix seconds, by the clocks of the Swarm's nodes."""

    id: str
    ready: bool
    since: float
    """When it came into its state; of a ready one, when it became ready."""
    created: float
    unplaceable: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A service's tasks as they were last listed."""

    members: tuple[Member, ...]
    mark: tuple[object, ...]
    """What has to be the same for the list to be taken for true still; see `mark`."""
    at: float
    startups: tuple[float, ...] = ()
    """Seconds from created to ready of those that became ready between the list before and this one."""
    changed: float = -math.inf
    """When the tasks were others than the time before."""
    until: float = math.inf
    """When they are listed again, whatever the mark."""
    ids: tuple[str, ...] = field(init=False)
    settled: bool = field(init=False)
    """Whether all tasks are ready: nothing is on its way that the counts would not show."""
    newest: float = field(init=False)
    """When the last one came into its state."""
    unplaceable: int = field(init=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "ids", tuple(member.id for member in self.members))
        put(self, "settled", all(member.ready for member in self.members))
        put(self, "newest", max((member.since for member in self.members), default=-math.inf))
        put(self, "unplaceable", sum(member.unplaceable for member in self.members))


def mark(service: Service) -> tuple[object, ...]:
    """What changes when the tasks do, as far as the list of services tells."""
    return service.version_index, service.update_state, service.running_tasks, service.desired_tasks


def is_due(listed: Listed | None, service: Service, now: float) -> bool:
    """Whether the service's tasks have to be listed at `now`."""
    if listed is None or service.running_tasks is None or listed.mark != mark(service) or not listed.settled:
        return True
    return service.running_tasks != len(listed.members) or not listed.at <= now < listed.until


def _until(service: Service, now: float) -> float:
    """When the list is made again, whatever the counts say. Spread over the whole time, or all services would be listed
    in the same tick for ever."""
    offset = zlib.crc32(service.id.encode()) / 2**32 * REFRESH_SECONDS
    return offset + ((now - offset) // REFRESH_SECONDS + 1) * REFRESH_SECONDS


def listed(before: Listed | None, service: Service, tasks: Iterable[Task], now: float) -> Listed:
    """A new list in the place of the one before; None: there was none, and what is ready was so before."""
    members = tuple(_member(task) for task in tasks)
    known = {member.id for member in before.members if member.ready} if before else None
    startups = (
        tuple(max(0.0, one.since - one.created) for one in members if one.ready and one.id not in known)
        if known is not None
        else ()
    )
    changed = before.changed if before else -math.inf
    if before and set(before.ids) != {member.id for member in members}:
        changed = now
    return Listed(members, mark(service), now, startups, changed, _until(service, now))


def _member(task: Task) -> Member:
    return Member(
        id=task.id,
        ready=task.ready,
        since=task.state_since.timestamp() if task.state_since else 0.0,
        created=task.created_at.timestamp() if task.created_at else 0.0,
        # Other errors of a task that waits, such as a network that is not there yet, pass by themselves.
        unplaceable=task.unplaceable and "no suitable node" in task.error,
    )


class Roster:
    """What is remembered of the tasks of all services that are followed."""

    def __init__(self, engine: TaskLists) -> None:
        self._engine = engine
        self._listed: dict[str, Listed] = {}

    def look(self, services: Sequence[Service], now: float) -> Mapping[str, Listed]:
        """The tasks by service id, listed at `now` where that is due. Raises `EngineError`."""
        found, due = dict[str, Listed](), dict[str, Service]()
        for service in services:
            known = self._listed.get(service.id)
            if known is None or is_due(known, service, now):
                due[service.id] = service
            else:
                found[service.id] = replace(known, startups=()) if known.startups else known
        for ids in _portions(list(due)):
            by_service: dict[str, list[Task]] = defaultdict(list)
            for task in self._engine.tasks(filters={"desired-state": ["running"], "service": ids}):
                by_service[task.service_id].append(task)
            for one in ids:
                found[one] = listed(self._listed.get(one), due[one], by_service[one], now)
        self._listed = found
        return found


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), SERVICES_PER_LIST):
        yield ids[start : start + SERVICES_PER_LIST]

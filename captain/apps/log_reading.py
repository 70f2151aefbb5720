"""Reads an app's log: rows for programs, from all replicas that the Swarm still knows."""

from __future__ import annotations

import heapq
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from captain.apps import app_logs
from captain.apps.app_rollout import Place
from captain.apps.observe import app_service, observe
from swarm.engine import Engine
from swarm.engine_logs import HangUp, LogLine, service_log

Row: TypeAlias = Mapping[str, object]
_NEW_TASKS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: the `last` ones of each replica, and no more than the `most` newest of all.

    `replicas` are numbers; all without any.
    """

    since: datetime | None = None
    last: int | None = None
    replicas: Collection[int] = ()
    most: int | None = None


def rows(place: Place, app: str, wanted: Wanted, follow: bool = False, hang_up: HangUp | None = None) -> Iterator[Row]:
    """In the order of their times; with `follow` as they come, until it is hung up. `CaptainError` without the app."""
    service = app_service(observe(place.engine, place.stack, place.domains), app)
    lines = service_log(
        place.engine, service.id, since=wanted.since, last=wanted.last, follow=follow, hang_up=hang_up
    )  # fmt: skip
    if not follow:
        newest = lines if wanted.most is None else heapq.nlargest(wanted.most, lines, key=_time)
        lines = iter(sorted(newest, key=_time))
    replicas = _replicas(place.engine, app)
    looked = time.monotonic()
    for line in lines:
        if line.task not in replicas and time.monotonic() - looked > _NEW_TASKS_SECONDS:
            replicas, looked = _replicas(place.engine, app), time.monotonic()
        if not wanted.replicas or replicas.get(line.task) in {f"{app}.{number}" for number in wanted.replicas}:
            yield app_logs.as_json(line, app, replicas)


def _time(line: LogLine) -> datetime:
    return line.at


def _replicas(engine: Engine, app: str) -> dict[str, str]:
    return {task.id: f"{app}.{task.slot}" for task in engine.tasks(app)}

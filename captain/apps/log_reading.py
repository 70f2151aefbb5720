"""Reads an app's log: rows for programs, from all replicas that the Swarm still knows and from what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from captain.apps import app_logs
from captain.apps.app_rollout import Place
from captain.apps.observe import app_service, observe
from captain.errors import CaptainError
from captain.logs.kept_logs import KeptLogs
from captain.logs.newest import Newest, united
from captain.logs.seen import Seen
from swarm.engine import Engine
from swarm.engine_logs import HangUp, LogLine, service_log

Row: TypeAlias = Mapping[str, object]
_NEW_TASKS_SECONDS = 1.0
_MOST_IN_BETWEEN = 5000
"""Lines of a task that it writes between what is there and what comes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: the `last` ones of each replica, and no more than the `most` newest of all that are there.

    `replicas` are numbers; all without any.
    """

    since: datetime | None = None
    last: int | None = None
    replicas: Collection[int] = ()
    most: int | None = None


def rows(
    place: Place,
    kept: KeptLogs,
    app: str,
    wanted: Wanted,
    follow: bool = False,
    hang_up: HangUp | None = None,
    on_cut: Callable[[], None] | None = None,
) -> Iterator[Row]:
    """What is there in the order of its times; with `follow` then what comes, until it is hung up.

    `on_cut` is called before the first line where more are there than the `most` that are wanted.
    `CaptainError` without the app, or where what is kept cannot be read.
    """
    service = app_service(observe(place.engine, place.stack, place.domains), app)
    reading = _Reading(place.engine, kept, app, service.id, wanted, hang_up or HangUp())
    there = reading.there(follow)
    if reading.is_cut and on_cut is not None:
        on_cut()
    for line in there:
        yield app_logs.as_json(line, app, reading.replicas)
    for line in reading.coming() if follow else ():
        yield app_logs.as_json(line, app, reading.replicas)


class _Reading:
    """Of one app. `replicas` are their names, by the ids of tasks."""

    def __init__(self, engine: Engine, kept: KeptLogs, app: str, service: str, wanted: Wanted, hang_up: HangUp) -> None:
        self._engine, self._kept, self._app, self._service = engine, kept, app, service
        self._wanted, self._hang_up = wanted, hang_up
        self._names = {f"{app}.{number}" for number in wanted.replicas}
        self._seen = Seen()
        self.replicas: dict[str, str] = {}
        self.is_cut = False
        """Whether more is `there` than the `most` that are wanted."""
        self._look()

    def there(self, goes_on: bool) -> list[LogLine]:
        """Kept and live lines, each once, oldest first; where it `goes_on` all of them are remembered."""
        kept, live = Newest[LogLine](self._most_of_a_group()), Newest[LogLine](self._most_of_a_group())
        for found, lines in ((kept, self._kept_lines()), (live, self._live_lines(goes_on))):
            for line in lines:
                if goes_on:
                    self._seen.add(line)  # twice what is kept and live, of which neither comes again with a later time
                if self._is_wanted(line):
                    found.add(self._group(line), line)
        of_kept, of_live, last = kept.groups(), live.groups(), self._wanted.last
        joined: list[LogLine] = []
        for group in of_kept.keys() | of_live.keys():
            both = united(of_kept.get(group, ()), of_live.get(group, ()))
            joined += both if last is None else both[max(0, len(both) - last) :]
        joined.sort(key=lambda line: line.at)
        most = self._wanted.most
        if most is not None:
            self.is_cut = len(joined) > most or (last is None and (kept.has_left_out or live.has_left_out))
        return joined if most is None else joined[max(0, len(joined) - most) :]

    def coming(self) -> Iterator[LogLine]:
        """What is written from then on, as it comes."""
        self._seen.begin_again()
        tail = 0 if self._wanted.last == 0 else max(_MOST_IN_BETWEEN, self._wanted.last or 0)
        lines = service_log(
            self._engine, self._service, since=self._wanted.since, last=tail, follow=True, hang_up=self._hang_up
        )  # fmt: skip
        return (line for line in lines if self._seen.is_new(line) and self._is_wanted(line))

    def _kept_lines(self) -> Iterator[LogLine]:
        try:
            for line, number in self._kept.read(self._app, self._service):
                if number is not None:
                    self.replicas.setdefault(line.task, f"{self._app}.{number}")
                if self._wanted.since is None or line.at >= self._wanted.since:
                    yield line
        except OSError as error:
            raise CaptainError(f"The kept log of {self._app} cannot be read: {error}.") from error

    def _live_lines(self, goes_on: bool) -> Iterator[LogLine]:
        last = self._wanted.last
        if goes_on and last:  # no fewer than come once more with what is new
            last = max(_MOST_IN_BETWEEN, last)
        return service_log(
            self._engine, self._service, since=self._wanted.since, last=last, hang_up=self._hang_up
        )  # fmt: skip

    def _most_of_a_group(self) -> int | None:
        return self._wanted.most if self._wanted.last is None else self._wanted.last

    def _group(self, line: LogLine) -> str:
        return "" if self._wanted.last is None else self.replicas.get(line.task, line.task)

    def _is_wanted(self, line: LogLine) -> bool:
        if line.task not in self.replicas and time.monotonic() - self._looked > _NEW_TASKS_SECONDS:
            self._look()
        return not self._names or self.replicas.get(line.task) in self._names

    def _look(self) -> None:
        self.replicas |= {task.id: f"{self._app}.{task.slot}" for task in self._engine.tasks(self._app)}
        self._looked = time.monotonic()

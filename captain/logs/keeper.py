"""Follows the logs of all apps and keeps them: one thread of `captain serve`, whatever the number of apps.

What cannot be kept at the moment is not held in memory. The log is let go, and asked for again from what is kept: the
engine has the lines until then.
"""

from __future__ import annotations

import logging
import math
import selectors
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge

from captain.apps.app_spec import name_mistake
from captain.labels import APP_LABEL
from captain.logs.bounds import LEAST_FREE_BYTES, surplus
from captain.logs.kept_logs import KeptLogs, folder_name
from captain.logs.resuming import since
from captain.logs.segments import Segments
from swarm.engine import Engine, EngineError, NotFound
from swarm.engine_logs import LogLine

FIRST_LINES = 5000
"""Of each task of an app that nothing was kept of yet."""
_LOOK_SECONDS = 2.0
_WAIT_SECONDS = 0.5
_LEAST_PAUSE_SECONDS, _MOST_PAUSE_SECONDS = 1.0, 30.0
_IDLE = 3.0
"""Times as long as it was busy it then does nothing: a flood of lines takes a quarter of a processor at most."""
_MOST_IDLE_SECONDS = 1.0
_MEBIBYTE = 1024**2

log = logging.getLogger("captain.logs")


class Log(Protocol):
    """See `swarm.engine_follow.Followed`."""

    def fileno(self) -> int: ...
    def read(self) -> list[LogLine] | None: ...
    def close(self) -> None: ...


Follow = Callable[[Engine, str, datetime | None, int | None], Log]
"""Asks for the log of a service, from a moment on, and of each task so many lines. Raises `EngineError`."""


class LogMetrics:
    """What Prometheus is told of kept logs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lines = Counter(
            "flotilla_captain_log_lines_kept_total", "Lines of apps that were kept on captain's disk", registry=registry
        )
        self.failed = Counter(
            "flotilla_captain_log_failures_total",
            "Times that the log of an app could not be kept or read; it is tried again",
            ["why"],
            registry=registry,
        )
        for why in ("disk", "engine"):
            self.failed.labels(why)
        self.bytes = Gauge("flotilla_captain_log_bytes", "Kept logs of apps on captain's disk", registry=registry)
        self.followed = Gauge("flotilla_captain_logs_followed", "Apps whose log is followed", registry=registry)
        self.bytes.set(math.nan)


@dataclass
class _App:
    name: str
    service: str
    segments: Segments | None = None
    followed: Log | None = None
    again_at: float = 0.0
    pause_seconds: float = _LEAST_PAUSE_SECONDS
    told: str = ""


@dataclass
class _Known:
    """What the last look saw."""

    apps: dict[str, _App] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


class Keeper:
    """Two captains may have one at once: the second waits for the first one's end."""

    def __init__(
        self,
        connect: Callable[[], Engine],
        follow: Follow,
        kept: KeptLogs,
        metrics: LogMetrics,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        self._connect, self._follow, self._kept, self._metrics = connect, follow, kept, metrics
        self._least_free_bytes = least_free_bytes
        self._engine: Engine | None = None
        self._known = _Known()
        self._selector = selectors.DefaultSelector()
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. What keeps it from its work is said once, and it tries again."""
        while not stop.is_set():
            try:
                with self._kept.ours() as ours:
                    while ours and not stop.is_set():
                        self.step(stop)
            except OSError as error:
                self._disk_refuses(error)
            except Exception:  # the thread's outer edge: logged and counted; it begins anew
                self._metrics.failed.labels("engine").inc()
                log.exception("The logs of apps could not be kept.")
            self.let_go()
            stop.wait(_LOOK_SECONDS)

    def step(self, stop: threading.Event) -> None:
        """A look at what apps there are, and what they write until the next."""
        self.look()
        until = time.monotonic() + _LOOK_SECONDS
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            if not self._selector.get_map():
                stop.wait(left)
            else:
                busy = self._read(min(left, _WAIT_SECONDS))
                stop.wait(min(busy * _IDLE, _MOST_IDLE_SECONDS))

    def look(self) -> None:
        """Apps that came are followed, those that went are forgotten, and what is too much goes."""
        try:
            self._engine = self._engine or self._connect()
            services = self._engine.services_with_counts(APP_LABEL)
        except EngineError as error:
            self._engine_refuses(error)
            return
        there = {
            folder_name(service.name, service.id): (service.name, service.id)
            for service in services
            if service.labels.get(APP_LABEL) == service.name and not name_mistake(service.name)
        }
        for name in self._known.apps.keys() - there.keys():
            self._close(self._known.apps.pop(name))
        for name, (app, service) in there.items():
            self._known.apps.setdefault(name, _App(app, service))
        try:
            self._tidy(set(there))
        except OSError as error:
            self._disk_refuses(error)
            return
        if self._told:
            log.info("what apps write is kept again")
            self._told = ""
        for own in self._known.apps.values():
            if own.followed is None and time.monotonic() >= own.again_at:
                self._begin(own)
        self._metrics.followed.set(len(self._selector.get_map()))

    def let_go(self) -> None:
        """Of all logs; what is kept stays."""
        for own in self._known.apps.values():
            self._close(own)
        self._known = _Known()

    def _tidy(self, there: set[str]) -> None:
        """Of apps that are gone at the second look; and what is too much. Raises `OSError` for a disk that is full."""
        gone = frozenset(self._kept.names()) - there
        self._kept.forget(gone & self._known.gone)
        self._known.gone = gone
        sizes = self._kept.sizes()
        going = surplus(sizes)
        for file in going:
            self._kept.remove(file)
        self._metrics.bytes.set(sum(size.size_bytes for size in sizes) - sum(size.size_bytes for size in going))
        free = self._kept.free_bytes()
        if free < self._least_free_bytes:
            raise OSError(f"less than {self._least_free_bytes // _MEBIBYTE} MiB of the disk are free")

    def _begin(self, own: _App) -> None:
        assert self._engine is not None
        try:
            own.segments = own.segments or self._kept.segments(own.name, own.service)
            if own.segments.is_empty:
                own.followed = self._follow(self._engine, own.service, None, FIRST_LINES)
            else:
                made = {task.id: task.created_at for task in self._engine.tasks(own.service)}
                start = since(made, own.segments.seen.until(), own.segments.oldest())
                own.segments.seen.begin_again()
                own.followed = self._follow(self._engine, own.service, start, None)
        except (EngineError, OSError) as error:
            self._put_off(own, error)
        else:
            self._selector.register(own.followed, selectors.EVENT_READ, own)

    def _read(self, seconds: float) -> float:
        """What has come until then; how many seconds of a processor that took."""
        began = time.thread_time()
        for key, _ in self._selector.select(seconds):
            self._take(key.data)
        return time.thread_time() - began

    def _take(self, own: _App) -> None:
        assert own.followed is not None and own.segments is not None and self._engine is not None
        try:
            lines = own.followed.read()
            if lines is None:
                self._close(own)  # an engine that goes, or a log that has come to its end: it is asked for again
                own.again_at = time.monotonic() + own.pause_seconds
                return
            new = [line for line in lines if own.segments.seen.is_new(line)]
            if any(not own.segments.knows(line.task) for line in new):
                own.segments.append(new, {task.id: task.slot for task in self._engine.tasks(own.service)})
            else:
                own.segments.append(new, {})
        except (EngineError, OSError) as error:
            self._put_off(own, error)
            return
        self._metrics.lines.inc(len(new))
        if new:
            own.pause_seconds, own.told = _LEAST_PAUSE_SECONDS, ""

    def _put_off(self, own: _App, error: EngineError | OSError) -> None:
        """The log is let go for a while. What the disk has is read anew: it may not be what was thought."""
        self._close(own)
        own.segments = None
        own.again_at = time.monotonic() + own.pause_seconds
        if isinstance(error, NotFound):  # the app was removed since the last look, and the next one says so
            return
        own.pause_seconds = min(own.pause_seconds * 2, _MOST_PAUSE_SECONDS)
        self._metrics.failed.labels("disk" if isinstance(error, OSError) else "engine").inc()
        if own.told != str(error):
            own.told = str(error)
            log.warning("what %s writes is not kept at the moment: %s", own.name, error)

    def _close(self, own: _App) -> None:
        if own.followed is not None:
            with suppress(KeyError):
                self._selector.unregister(own.followed)
            own.followed.close()
            own.followed = None

    def _engine_refuses(self, error: EngineError) -> None:
        self._metrics.failed.labels("engine").inc()
        self._tell(f"it cannot be looked for apps whose logs are to be kept: {error}")

    def _disk_refuses(self, error: OSError) -> None:
        self._metrics.failed.labels("disk").inc()
        for own in self._known.apps.values():
            self._close(own)
            own.segments = None
        self._tell(f"what apps write is not kept at the moment: {error}")

    def _tell(self, what: str) -> None:
        if self._told != what:
            self._told = what
            log.warning("%s", what)

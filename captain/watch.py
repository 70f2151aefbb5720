"""The watch over rollouts in `captain serve`: every few seconds it ends those that do not get on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from captain.deadline import Step, Verdict, is_rolling, is_watched
from captain.rollout import by_service
from captain.stalled import end_stalled
from swarm.engine import Engine, EngineError, Service

_PAUSE_SECONDS = 3.0

log = logging.getLogger("captain")


class WatchMetrics:
    """What Prometheus is told of rollouts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.stalled = Gauge(
            "flotilla_captain_rollout_stalled_seconds",
            "Seconds since a running rollout began or last made a new task ready",
            ["service"],
            registry=registry,
        )
        self.rolled_back = Counter(
            "flotilla_captain_rollbacks_total",
            "Rollouts that missed their deadline and were rolled back",
            ["service"],
            registry=registry,
        )
        self.looked = Gauge(
            "flotilla_captain_last_look_timestamp_seconds",
            "When the rollouts were last looked at",
            registry=registry,
        )
        self.failed_looks = Counter(
            "flotilla_captain_failed_looks_total",
            "Looks at rollouts, and for what was begun and not ended, that ended in an error; see captain's log",
            registry=registry,
        )


class RolloutWatch:
    """Looks at every rollout again and again. One that cannot be helped is said once."""

    def __init__(self, connect: Callable[[], Engine], stack: str, metrics: WatchMetrics) -> None:
        self._connect = connect
        self._stack = stack
        self._metrics = metrics
        self._engine: Engine | None = None
        self._said: set[tuple[str, int]] = set()
        self._shown: set[str] = set()
        self._away = False

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop. An engine that does not answer is said once and asked again."""
        while not stop.wait(_PAUSE_SECONDS):
            try:
                if self._engine is None:
                    self._engine = self._connect()
                self.look(self._engine, datetime.now(UTC))
                self._away = False
            except EngineError as error:
                self._metrics.failed_looks.inc()
                if not self._away:
                    log.warning("No rollout can be watched for the moment: %s", error)
                self._away = True
            except Exception:  # the thread's outer edge: logged and counted; the next look may succeed
                self._metrics.failed_looks.inc()
                log.exception("The rollouts could not be looked at.")

    def look(self, engine: Engine, now: datetime) -> None:
        """One pass over every service that is being rolled out."""
        rolling = [found for found in engine.services() if is_watched(found, self._stack) and is_rolling(found)]
        tasks = by_service(engine.tasks(filters={"service": [found.id for found in rolling]})) if rolling else {}
        for service in rolling:
            verdict, wrote = end_stalled(engine, service, tasks.get(service.id, []), now)
            self._tell(service, verdict, wrote)
        self._forget_others({service.name for service in rolling})
        self._metrics.looked.set(now.timestamp())

    def _tell(self, service: Service, verdict: Verdict, wrote: bool) -> None:
        self._metrics.stalled.labels(service.name).set(verdict.stalled_seconds)
        self._shown.add(service.name)
        if wrote:
            self._metrics.rolled_back.labels(service.name).inc()
            log.warning("%s", verdict.sentence)
        elif verdict.step is Step.STUCK and (service.id, service.version_index) not in self._said:
            self._said.add((service.id, service.version_index))
            log.error("%s", verdict.sentence)

    def _forget_others(self, rolling: set[str]) -> None:
        for name in self._shown - rolling:
            self._metrics.stalled.remove(name)
        self._shown &= rolling
        if not rolling:
            self._said.clear()

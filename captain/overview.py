"""Looks at the whole Swarm every few seconds and shows Prometheus what was seen. It decides and writes nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from captain.look import Look, look
from swarm.engine import Engine, EngineError

INTERVAL_SECONDS = 5.0

log = logging.getLogger("captain.overview")


class Overview(Collector):
    """The last look, as series. Without one there are none: what is not known is not zero."""

    def __init__(self, connect: Callable[[], Engine]) -> None:
        self._connect = connect
        self._engine: Engine | None = None
        self._seen: tuple[Look, float] | None = None
        self._answers = True

    def start(self) -> None:
        """Looks from now on, in a thread that ends with the process."""
        threading.Thread(target=self._look_forever, name="overview", daemon=True).start()

    def _look_forever(self) -> None:
        pause = threading.Event()
        while True:
            self.look_once()
            pause.wait(INTERVAL_SECONDS)

    def look_once(self) -> None:
        """One look. While the engine does not answer the last one stays, and its time tells how old it is."""
        now = datetime.now(UTC)
        try:
            if self._engine is None:
                self._engine = self._connect()
            found = look(self._engine.services(), self._engine.tasks(), self._engine.nodes(), now)
        except EngineError as error:
            if self._answers:
                log.warning("%s", error)
            self._answers = False
        else:
            self._answers = True
            self._seen = (found, now.timestamp())

    def collect(self) -> Iterator[Metric]:
        """The series of the last look."""
        if self._seen is None:
            return
        found, at = self._seen
        yield GaugeMetricFamily("flotilla_captain_overview_timestamp_seconds", "When captain last looked.", value=at)
        wanted = _family("tasks_wanted", "Tasks that should run.", "service")
        ready = _family("tasks_ready", "Tasks that run and are healthy.", "service")
        unplaceable = _family("tasks_unplaceable", "Tasks that fit on no node.", "service")
        rollout = _family("rollout_seconds", "How long a rollout has not ended.", "service")
        for name, figures in found.services.items():
            wanted.add_metric([name], figures.wanted)
            ready.add_metric([name], figures.ready)
            unplaceable.add_metric([name], figures.unplaceable)
            rollout.add_metric([name], figures.rollout_seconds)
        nodes = _family("node_ready", "1 while Swarm finds the node ready.", "node")
        for hostname, is_ready in found.nodes.items():
            nodes.add_metric([hostname], is_ready)
        yield from (wanted, ready, unplaceable, rollout, nodes)


def _family(name: str, meaning: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"flotilla_captain_{name}", meaning, labels=[label])

"""A loop with all its parts in memory: what an operator writes in labels, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autoscaler.ledger import Ledger
from autoscaler.loop import Loop
from autoscaler.metrics import AutoscalerMetrics
from autoscaler.observation import Demand
from autoscaler.past import Past
from autoscaler.readings import Metrics
from autoscaler.server import Answer, route
from autoscaler.standing import Standings
from tests.unit.autoscaler.swarm_in_memory import NOW, Swarm


class Followed:
    """A loop with all its parts."""

    def __init__(self) -> None:
        self.swarm, self.ledger, self.metrics = Swarm(), Ledger(), AutoscalerMetrics()
        self.read: Callable[[], Metrics] = Metrics
        self.now = NOW
        self.remembered: dict[str, Past] = {}
        self.standings = Standings()
        self.asked: list[dict[str, str]] = []
        self.loop = self.made()

    def made(self) -> Loop:
        """A loop that has just been started."""

        def read(queries: Mapping[str, str]) -> Metrics:
            self.asked.append(dict(queries))
            return self.read()

        return Loop(
            self.swarm,
            read,
            self.ledger,
            self.metrics,
            self.standings,
            lambda expression: "unexpected character" if "!" in expression else "",
            lambda service, policy, now: self.past(service.name),
        )

    def past(self, service: str) -> Past:
        """What Prometheus remembers; nothing, unless a test says so."""
        return self.remembered.get(service, Past())

    def get(self, target: str) -> Answer:
        """A GET over HTTP."""
        return route(target, self.ledger, self.standings, self.metrics.text, lambda: True)

    def tick(self, **arrivals: float) -> bool:
        """A tick a second later, with so many arrivals per second."""
        self.now += 1
        if arrivals:
            found = {name: Demand(self.now, rate / 100, rate / 100, rate, 0.0, True) for name, rate in arrivals.items()}
            self.read = lambda: Metrics(demand=found)
        return self.loop.tick(self.now)

    def reason(self, service: str) -> str:
        [latest] = self.ledger.latest(service)
        return latest.reason

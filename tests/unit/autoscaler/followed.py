"""A loop with all its parts in memory: what an operator writes in labels, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from autoscaler.ledger import Ledger
from autoscaler.loop import Loop
from autoscaler.metrics import AutoscalerMetrics
from autoscaler.observation import Demand
from autoscaler.past import Asked, Past
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
        """What Prometheus knows of the time before; nothing, unless a test says so."""
        self.read_back: list[list[str]] = []
        """The services whose pasts were asked for, a list per request."""
        self.standings = Standings()
        self.asked: list[dict[str, str]] = []
        self.closely: list[set[str]] = []
        """The services that were looked at closely, a set per tick."""
        self.loop = self.made()

    def made(self) -> Loop:
        """A loop that has just been started."""

        def read(queries: Mapping[str, str], closely: Collection[str]) -> Metrics:
            self.asked.append(dict(queries))
            self.closely.append(set(closely))
            return self.read()

        def read_past(asked: Sequence[Asked], now: float) -> Iterator[tuple[Asked, Past]]:
            self.read_back.append([one.service for one in asked])
            for one in asked:
                yield one, self.remembered.get(one.service, Past())

        return Loop(
            self.swarm,
            read,
            self.ledger,
            self.metrics,
            self.standings,
            lambda expression: "unexpected character" if "!" in expression else "",
            read_past,
        )

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

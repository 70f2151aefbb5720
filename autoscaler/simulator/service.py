"""A service as a per-second queue: replicas, a bounded queue at the edge, start-up times, a database with a cap. Pure.

A replica is a processor that its requests share. Each request needs 1/capacity seconds of it and waits for something
else for the rest of its service time. Requests go to the replica with less in flight of two; what the replicas cannot
take waits at the edge, bounded in number and age. What is in the system beyond a steady state is a fluid; around it the
latency has the distribution of the steady state, which `tests/unit/autoscaler/simulator` compares with single requests.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

POINTS = (0.25, 0.75)
"""Moments of a second at which its latency is looked at."""
MOST_RHO = 0.97
"""A steady state beyond that takes longer to come about than a second; what is more is in the backlog."""


@dataclass(frozen=True, slots=True)
class Service:
    """What is simulated. Times in seconds, rates per second."""

    capacity_rps: float = 50.0
    """What one replica completes at most, were nothing but its CPU in the way."""
    service_seconds: float = 0.04
    """An answer's time on an idle replica, its CPU time included."""
    concurrency: int = 8
    """Requests that the edge gives to one replica at a time."""
    startup_seconds: float = 4.0
    startup_jitter: float = 0.15
    """Share by which a start may take longer or shorter."""
    queue_length: int = 4000
    queue_seconds: float = 10.0
    pool_size: int = 3
    """Database connections that a replica opens."""
    database_connections: int = 0
    """The cap; 0: no database in the way."""
    database_seconds: float = 0.0
    """Of the service time, how long a request holds a connection."""

    @property
    def cpu_seconds(self) -> float:
        """CPU time of a request."""
        return 1.0 / self.capacity_rps

    @property
    def each(self) -> float:
        """Requests per second that a replica completes at most, its places considered."""
        return min(self.capacity_rps, self.concurrency / max(self.service_seconds, self.cpu_seconds))

    def throughput(self, replicas: int) -> float:
        """Requests per second that so many ready replicas complete at most, the database considered."""
        own = replicas * self.each
        if self.database_connections and self.database_seconds:
            own = min(own, min(self.database_connections, replicas * self.pool_size) / self.database_seconds)
        return own


@dataclass(frozen=True, slots=True)
class Second:
    """What happened in one second. Latencies in seconds."""

    arrivals: float
    completed: float
    failed: float
    over: float
    """Requests that arrived in it and are answered later than the objective, or not at all."""
    in_system: float
    """At its end."""
    concurrency: float
    """Mean over it."""
    cpu: float
    """Fraction of the limit that the ready replicas used."""
    ready: int
    p95: float


def sojourn_factor(rho: float, replicas: int) -> float:
    """Mean time at the processors over the CPU time of a request, in a steady state with two choices among replicas."""
    rho = min(rho, MOST_RHO)
    if replicas <= 1:
        return 1.0 / (1.0 - rho)
    total, power = 0.0, 1
    while True:
        term = rho ** (2 * power - 2)
        total += term
        if term < 1e-3 or power > 4096:
            return total
        power *= 2


def steady_mean(service: Service, rate: float, replicas: int) -> float:
    """Mean latency in a steady state, seconds; infinite beyond what replicas can do."""
    most = service.throughput(replicas)
    if rate >= most:
        return math.inf
    cpu = service.cpu_seconds
    wait = max(0.0, service.service_seconds - cpu)
    return wait + cpu * sojourn_factor(rate / most, replicas)


@dataclass(slots=True)
class Model:
    """One run: `step` a second at a time, `scale` in between. Mutable; a seed makes it repeatable."""

    service: Service
    ready: int
    seed: int = 0
    starting: list[float] = field(default_factory=list)
    """Seconds until each is ready."""
    backlog: float = 0.0
    started: list[float] = field(default_factory=list)
    """Start-up times of those that became ready in the last second."""
    wanted: int = 0
    connections: int = 0
    """The most database connections that were open."""
    sketch: list[tuple[float, float]] = field(default_factory=list)
    """(latency, requests) of the last second, for percentiles over a run."""
    _chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.wanted = self.ready
        self._chance = random.Random(self.seed)

    def scale(self, replicas: int) -> None:
        """Asks for so many: starts the missing ones, takes those away first that are still starting."""
        while self.wanted < replicas:
            jitter = 1 + self.service.startup_jitter * (2 * self._chance.random() - 1)
            self.starting.append(self.service.startup_seconds * jitter)
            self.wanted += 1
        while self.wanted > replicas:
            if self.starting:
                self.starting.pop()
            else:
                self.ready -= 1
            self.wanted -= 1

    def step(self, arrivals: float, objective_seconds: float, slow_seconds: float = 0.0) -> Second:
        """One second with so many arrivals. `slow_seconds`: what a slow backend adds to every answer."""
        self._become_ready()
        service, ready = self.service, self.ready
        places = ready * service.concurrency
        wait = max(0.0, service.service_seconds - service.cpu_seconds) + slow_seconds
        most = service.throughput(ready)
        if slow_seconds:
            most = min(most, places / (service.service_seconds + slow_seconds))
        before = self.backlog
        inflow, failed = arrivals, 0.0
        after = max(0.0, before + inflow - most)
        longest = most * service.queue_seconds + places
        room = min(float(service.queue_length + places), longest) if most else float(service.queue_length + places)
        if after > room:
            failed = after - room
            after = room
        completed = before + inflow - failed - after
        self.backlog = after
        rho = min(MOST_RHO, inflow / most) if most else MOST_RHO
        busy = service.cpu_seconds * sojourn_factor(rho, ready)
        sketch: list[tuple[float, float]] = []
        over = failed
        part = max(0.0, inflow - failed) / len(POINTS)
        waits = 0.0
        for point in POINTS:
            queued = before + (after - before) * point
            delay = queued / most if most else service.queue_seconds
            waits += delay / len(POINTS)
            left = objective_seconds - wait - delay
            over += part * (1.0 if left <= 0 else math.exp(-left / busy))
            if part:
                base = wait + delay
                sketch += (
                    (base + 0.2877 * busy, 0.5 * part),
                    (base + 1.204 * busy, 0.3 * part),
                    (base + 2.079 * busy, 0.1 * part),
                    (base + 2.808 * busy, 0.06 * part),
                    (base + 4.2 * busy, 0.04 * part),
                )
        if failed:
            sketch.append((service.queue_seconds, failed))
        flowing = (inflow - failed) * (wait + busy)
        self.connections = max(self.connections, self._connections())
        self.sketch = sketch
        return Second(
            arrivals=arrivals,
            completed=completed,
            failed=failed,
            over=min(over, arrivals),
            in_system=after + flowing,
            concurrency=(before + after) / 2 + flowing,
            cpu=min(1.0, completed * service.cpu_seconds / ready) if ready else 0.0,
            ready=ready,
            p95=percentile(sketch, 0.95),
        )

    def _connections(self) -> int:
        opened = (self.ready + len(self.starting)) * self.service.pool_size
        cap = self.service.database_connections
        return min(opened, cap) if cap else opened

    def _become_ready(self) -> None:
        left: list[float] = []
        self.started = []
        for seconds in self.starting:
            if seconds <= 0.5:
                self.ready += 1
                self.started.append(self.service.startup_seconds)
            else:
                left.append(seconds - 1.0)
        self.starting = left


def percentile(sketch: Sequence[tuple[float, float]], share: float) -> float:
    """The least latency that so large a share of requests does not exceed; 0 of nothing."""
    total = sum(count for _, count in sketch)
    if total <= 0:
        return 0.0
    reached = 0.0
    for latency, count in sorted(sketch):
        reached += count
        if reached >= share * total - 1e-12:
            return latency
    return max(latency for latency, _ in sketch)

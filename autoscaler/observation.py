"""What one tick sees of one service. Missing, stale, not-a-number and a true zero are four things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from autoscaler.values import dataclass


class Absence(StrEnum):
    """Why there is no number."""

    MISSING = "missing"
    """No series, or Prometheus does not answer."""
    STALE = "stale"
    """The last sample is too old to stand for now."""
    NOT_A_NUMBER = "not_a_number"


@dataclass(frozen=True, slots=True)
class Demand:
    """What the edges of all nodes say about one service, summed."""

    sampled_at: float
    """Unix time of the newest sample; two ticks may see the same one."""
    concurrency: float
    """Requests in flight and queued, exact mean over the last scrape interval."""
    in_system: float
    """Requests in flight and queued at the moment of the sample."""
    arrivals_per_second: float
    rejected_per_second: float
    complete: bool
    """False when an edge is known that did not report."""
    queued: float = 0.0
    """Of those in the system, how many wait at the edge because every place in the replicas is taken."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU of the ready tasks that are warm, as fractions of the limit."""

    total: float
    """Sum over the measured tasks: 1.4 is two tasks at 70 %."""
    measured: int
    missing: int
    """Warm ready tasks without a fresh value."""


@dataclass(frozen=True, slots=True)
class WorkingSets:
    """Memory of the ready tasks that are warm, as fractions of the limit, by task."""

    each: Mapping[str, float] = field(default_factory=dict)
    missing: int = 0
    """Warm ready tasks without a fresh value."""
    young: frozenset[str] = frozenset()
    """Those that have only just become warm and have had no work: what they hold is what an idle one holds."""
    cores: float | None = None
    """CPU that the warm ready tasks spend, in cores; None unless it is known of each."""

    @property
    def measured(self) -> int:
        """Tasks with a value."""
        return len(self.each)


@dataclass(frozen=True, slots=True)
class Database:
    """What pgbouncer says of the pool that the app's role shares."""

    connections: float
    """Server connections that are in use."""
    cap: float
    """How many there may be."""
    waiting: float
    """Clients that wait for one."""
    wait_each: float
    """Seconds that clients waited in the last second, in all: 2.5 is two and a half clients that only wait."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the answers of the last seconds took, time in the edge's queue included."""

    p95_ms: float
    requests: float
    """How many answers that is of."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Inputs of one decision. A reading that the policy does not ask for is simply not looked at."""

    replicas: int
    """Wanted, as the service says."""
    ready: int
    rollout: bool
    """An update or a rollback is under way or paused."""
    demand: Demand | Absence = Absence.MISSING
    cpu: Usage | Absence = Absence.MISSING
    memory: WorkingSets | Absence = Absence.MISSING
    cpu_lately: Usage | Absence = Absence.MISSING
    """As `cpu`, over a shorter time: noisier, and needed only when the load has just stepped up."""
    updated: bool = False
    """The last write changed the tasks too: a deployment or a rollback. One of the count alone leaves no such trace."""
    latency: Latency | Absence = Absence.MISSING
    queries: Mapping[str, float | Absence] = field(default_factory=dict)
    """Values of the operator's own queries, by name."""
    startups: tuple[float, ...] = ()
    """Seconds from created to ready of each task that has become ready since the look before."""
    unplaceable: int = 0
    """Tasks that fit on no node, as Swarm says."""
    untouchable: str = ""
    """Why its count is never written, whatever the labels say; empty: it is."""
    database: Database | Absence = Absence.MISSING

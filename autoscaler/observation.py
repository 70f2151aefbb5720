"""What one tick sees of one service. Missing, stale, not-a-number and a true zero are four things."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU or memory of the ready tasks that are warm, as fractions of the limit."""

    total: float
    """Sum over the measured tasks: 1.4 is two tasks at 70 %."""
    measured: int
    missing: int
    """Warm ready tasks without a fresh value."""


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
    memory: Usage | Absence = Absence.MISSING
    updated: bool = False
    """The last write changed the tasks too: a deployment or a rollback. One of the count alone leaves no such trace."""

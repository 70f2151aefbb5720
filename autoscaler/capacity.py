"""How many requests a second one replica can serve, from what replicas were seen to do. Pure.

Where the CPU has a limit, what the CPU time of requests tells is known long before anything is saturated: requests
served over the CPU that was spent on them, as a ratio of two sums that fade. Where it has none, or where something else
is the bottleneck (places, a pool), what saturated replicas completed tells, and until that was seen, the most that they
completed within the objective.
"""

from __future__ import annotations

import math

from autoscaler.values import dataclass, replace

FADE_SECONDS = 120.0
"""How fast old evidence fades, counted in time with load."""
LEAST_CPU = 0.12
"""Below this share of the limit, what a replica spends on itself blurs what it spends on requests."""
ENOUGH_CPU_SECONDS = 1.5
"""Replica-seconds of full use that make the sums evidence."""
SATURATED_SECONDS = 900.0
"""How long what was seen under saturation stands."""
BEST_SECONDS = 300.0
BELIEVED = 0.9
"""A throughput under saturation below this share of what the CPU tells means that something else is the bottleneck."""
SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Capacity:
    """What was learned; `Capacity()` is nothing. Rates are requests per second of one replica."""

    served: float = 0.0
    """Requests, faded."""
    used: float = 0.0
    """Replica-seconds of full CPU that they took, faded."""
    saturated: float = 0.0
    saturated_at: float = -math.inf
    best: float = 0.0
    """The most served within the objective."""
    best_at: float = -math.inf
    seconds: float = 0.0
    """For how long there has been load to learn from."""

    @property
    def by_cpu(self) -> float:
        """What the CPU tells; 0 without enough evidence."""
        return self.served / self.used if self.used >= ENOUGH_CPU_SECONDS and self.served >= 1 else 0.0

    @property
    def rps(self) -> float:
        """The estimate; 0 while nothing is known."""
        if self.by_cpu:
            if self.saturated and self.saturated < BELIEVED * self.by_cpu:
                return max(self.saturated, min(self.best, self.by_cpu))
            return self.by_cpu
        return max(self.saturated, self.best)

    @property
    def is_measured(self) -> bool:
        """Whether the estimate is more than a lower bound."""
        return bool(self.by_cpu or self.saturated)


@dataclass(frozen=True, slots=True)
class Work:
    """What the warm ready replicas did since the look before."""

    seconds: float
    completed_each: float
    """Requests per second and replica, over the time that `cpu` covers."""
    ready: int
    cpu: float | None
    """Mean fraction of the limit; None where it is not known or there is no limit."""
    saturated: bool
    """They had more to do than they could, all the time."""
    within: bool
    """Answers were within the objective."""
    steady: bool
    """As many replicas were ready all the time, and none was starting beside them."""


def learn(capacity: Capacity, work: Work, now: float) -> Capacity:
    """What is known after a look."""
    if now - capacity.best_at > BEST_SECONDS:
        capacity = replace(capacity, best=0.0)
    if now - capacity.saturated_at > SATURATED_SECONDS:
        capacity = replace(capacity, saturated=0.0)
    if not work.steady or not work.ready or work.completed_each <= 0:
        return capacity
    found = replace(capacity, seconds=capacity.seconds + work.seconds)
    if work.cpu is not None and work.cpu >= LEAST_CPU:
        kept = math.exp(-work.seconds / FADE_SECONDS)
        amount = work.seconds * work.ready
        found = replace(
            found,
            served=found.served * kept + work.completed_each * amount,
            used=found.used * kept + work.cpu * amount,
        )
    if work.within and work.completed_each >= found.best:
        found = replace(found, best=work.completed_each, best_at=now)
    if work.saturated:
        before = found.saturated
        level = before + SMOOTHING * (work.completed_each - before) if before else work.completed_each
        found = replace(found, saturated=level, saturated_at=now)
    return found

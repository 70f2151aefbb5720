"""The peers, from their published algorithms, constants and metric latencies; and two bounds of what is possible. Pure.

Each is asked once a second, with all seconds so far, and answers with the replicas it wants. What it cannot know yet it
is not shown: it keeps to the age of its own metrics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from autoscaler.simulator.needed import needed
from autoscaler.simulator.service import Second, Service


@dataclass(frozen=True, slots=True)
class Bounds:
    """Fewest and most replicas."""

    minimum: int
    maximum: int

    def within(self, replicas: float) -> int:
        """The nearest whole number inside."""
        return min(max(math.ceil(replicas - 1e-9), self.minimum), self.maximum)


class Scaler(Protocol):
    """One policy in a run."""

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """Replicas to have after these seconds. `started`: start-up times of those ready since the last call."""
        ...


def hpa_desired(current: int, ready: int, usage: float, target: float, tolerance: float = 0.1) -> int:
    """Kubernetes' formula: ceil(ready × usage / target), nothing within the tolerance; pods that are not ready count as
    idle on the way up, and where that would turn the direction, nothing changes.

    `usage`: mean of the ready pods, as a fraction of what they may use.
    """
    ratio = usage / target
    unready = max(0, current - ready)
    if abs(ratio - 1) <= tolerance:
        return current
    if ratio < 1 or not unready:
        return math.ceil(ratio * ready - 1e-9) if ready else current
    ratio = usage * ready / (ready + unready) / target
    if ratio < 1 or abs(ratio - 1) <= tolerance:
        return current
    return max(current, math.ceil(ratio * (ready + unready) - 1e-9))


@dataclass(slots=True)
class Hpa:
    """Kubernetes' HorizontalPodAutoscaler on CPU, with its defaults."""

    bounds: Bounds
    target: float = 0.7
    tick: int = 15
    metric_window: int = 15
    metric_delay: int = 12
    """Age of the newest figure when it is read: kubelet and metrics-server in between."""
    stabilization: int = 300
    recommended: list[tuple[int, int]] = field(default_factory=list)

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """See `Scaler`."""
        now = len(seconds)
        end = now - self.metric_delay
        if now % self.tick or end <= 0:
            return wanted
        window = seconds[max(0, end - self.metric_window) : end]
        usage = sum(second.cpu for second in window) / len(window)
        # A pod counts once its figures are of the time after it became ready.
        measured = min(window[0].ready, ready)
        wish = self.bounds.within(hpa_desired(wanted, measured, usage, self.target))
        self.recommended = [one for one in self.recommended if now - one[0] < self.stabilization] + [(now, wish)]
        if wish < wanted:
            return min(wanted, max(count for _, count in self.recommended))
        return min(wish, max(wanted + 4, 2 * wanted))


def kpa_desired(ready: int, stable: float, panic: float, target: float, in_panic: bool, most: int) -> int:
    """Knative's number from the two windows' means of the whole load, in units of the target per replica."""
    least, top = math.floor(ready / 2.0), math.ceil(1000.0 * max(1, ready))
    wish_stable = min(max(math.ceil(stable / target - 1e-9), least), top)
    wish_panic = min(max(math.ceil(panic / target - 1e-9), least), top)
    return max(most, wish_stable, wish_panic) if in_panic else wish_stable


@dataclass(slots=True)
class Kpa:
    """Knative's autoscaler on requests per second, its target 70 % of what a replica is known to serve."""

    bounds: Bounds
    capacity_rps: float
    target: float = 0.7
    tick: int = 2
    stable: int = 60
    panic: int = 6
    threshold: float = 2.0
    breached: int | None = None
    most: int = 0

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """See `Scaler`."""
        now = len(seconds)
        if now % self.tick:
            return wanted
        each = self.target * self.capacity_rps
        stable, panic = _arrivals(seconds, self.stable), _arrivals(seconds, self.panic)
        if math.ceil(panic / each - 1e-9) / max(1, ready) >= self.threshold:
            self.breached = now
        if self.breached is not None and now - self.breached > self.stable:
            self.breached, self.most = None, 0
        wish = self.bounds.within(kpa_desired(ready, stable, panic, each, self.breached is not None, self.most))
        if self.breached is not None:
            self.most = max(self.most, wish)
        return wish


@dataclass(slots=True)
class Steps:
    """What Swarm's autoscalers do: one replica more above 85 % CPU, one less below 25 %, every 30 s."""

    bounds: Bounds
    high: float = 0.85
    low: float = 0.25
    tick: int = 30

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """See `Scaler`."""
        if len(seconds) % self.tick:
            return wanted
        window = seconds[-self.tick :]
        usage = sum(second.cpu for second in window) / len(window)
        return self.bounds.within(wanted + (usage > self.high) - (usage < self.low))


@dataclass(slots=True)
class Oracle:
    """Knows what the arrivals of this second need, nothing of the next; what it would have to start again at once it
    keeps."""

    bounds: Bounds
    service: Service
    objective_seconds: float
    recent: list[int] = field(default_factory=list)

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """See `Scaler`."""
        bounds = self.bounds
        wish = needed(self.service, seconds[-1].arrivals, self.objective_seconds, bounds.minimum, bounds.maximum)
        kept = math.ceil(self.service.startup_seconds) * 2 + 1
        self.recent = [*self.recent[-kept + 1 :], wish]
        return max(self.recent)


@dataclass(slots=True)
class Constant:
    """No scaling: one number throughout."""

    count: int

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """See `Scaler`."""
        return self.count


def _arrivals(seconds: Sequence[Second], length: int) -> float:
    window = seconds[-length:]
    return sum(second.arrivals for second in window) / len(window)

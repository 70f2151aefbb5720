"""Our own policy in the model: what the edge, the meter and Swarm would say of a second, as `autoscaler.observe` reads
it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autoscaler.config import Policy
from autoscaler.decision import Decision
from autoscaler.history import History
from autoscaler.observation import Absence, Demand, Latency, Observation, Usage
from autoscaler.policy import decide
from autoscaler.simulator.service import Second

CPU_SECONDS = 5
LATELY_SECONDS = 2
START = 1_700_000_000.0


@dataclass(slots=True)
class Flotilla:
    """`decide` with its history, asked once a second."""

    policy: Policy
    history: History = field(default_factory=History)
    last: Decision | None = None

    def replicas(self, seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float]) -> int:
        """See `peers.Scaler`."""
        now = START + len(seconds)
        self.history, self.last = decide(self.policy, self.history, observed(seconds, wanted, ready, started, now), now)
        return self.last.desired


def observed(seconds: Sequence[Second], wanted: int, ready: int, started: Sequence[float], now: float) -> Observation:
    """The observation after these seconds."""
    last = seconds[-1]
    warm = min(ready, seconds[-CPU_SECONDS].ready) if len(seconds) >= CPU_SECONDS else ready
    return Observation(
        replicas=wanted,
        ready=ready,
        rollout=False,
        demand=Demand(
            sampled_at=now,
            concurrency=last.concurrency,
            in_system=last.in_system,
            arrivals_per_second=last.arrivals,
            rejected_per_second=last.failed,
            complete=True,
            queued=last.queued,
        ),
        cpu=_usage(seconds[-CPU_SECONDS:], warm),
        cpu_lately=_usage(seconds[-LATELY_SECONDS:], warm),
        latency=Latency(1000 * last.p95, last.completed) if last.completed else Absence.MISSING,
        startups=tuple(started),
    )


def _usage(seconds: Sequence[Second], warm: int) -> Usage:
    mean = sum(second.cpu for second in seconds) / len(seconds)
    return Usage(mean * warm, warm, 0)

"""A service as a fluid: arrivals, a backlog, replicas that start up; scraped and ticked each second."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from autoscaler.config import Policy
from autoscaler.decision import Decision
from autoscaler.history import History
from autoscaler.observation import Absence, Demand, Observation
from autoscaler.policy import decide

STEP = 0.05


@dataclass
class Run:
    """What happened: (second, from, to, reason) per change, and the replicas that were ready at each tick."""

    changes: list[tuple[float, int, int, str]] = field(default_factory=list)
    ready: list[tuple[float, int]] = field(default_factory=list)
    last: Decision | None = None

    def most(self) -> int:
        return max(to for _, _, to, _ in self.changes)

    def rises(self, after: float) -> list[tuple[float, int, int, str]]:
        return [change for change in self.changes if change[0] >= after and change[2] > change[1]]


def simulate(
    policy: Policy,
    load: Callable[[float], float],
    seconds: float,
    *,
    capacity: float = 50.0,
    startup_seconds: float = 4.0,
    phase: float = 0.3,
    clients: Callable[[float], float] | None = None,
    noise: float = 0.0,
    drag: float = 0.0,
) -> Run:
    """Run `decide` against the model. Replicas share their processor among the n requests in each, and
    complete `capacity` × n / (n + 1) per second, as an M/M/1 queue does in the mean.

    `load`: arrivals per second at a time; `clients`: instead, as many that wait for their answers; `phase`:
    when in its second the scrape comes; `drag`: share of their speed that ready replicas lose while others start.
    """
    chance = random.Random(7)
    run, history = Run(), History()
    replicas = policy.minimum
    ready, starting = replicas, list[float]()
    in_system = demand_seconds = arrived = 0.0
    samples: list[tuple[float, float, float, float]] = []
    scrape_at, tick_at, now = phase, 0.95, 0.0
    while now < seconds:
        arriving = load(now) * STEP * (1 + chance.uniform(-noise, noise))
        if clients is not None:
            arriving = max(0.0, clients(now) - in_system)
        in_system += arriving
        arrived += arriving
        speed = capacity * (1 - drag if starting else 1)
        in_system -= min(in_system, ready * speed * STEP * in_system / (in_system + ready))
        demand_seconds += in_system * STEP
        now += STEP
        ready += sum(1 for at in starting if at <= now)
        starting = [at for at in starting if at > now]
        if now >= scrape_at:
            scrape_at += 1
            samples.append((now, demand_seconds, arrived, in_system))
        if now >= tick_at and len(samples) > 1:
            tick_at += 1
            history, decision = decide(policy, history, _observed(samples, replicas, ready), now)
            run.ready.append((now, ready))
            run.last = decision
            if decision.desired != replicas:
                run.changes.append((now, replicas, decision.desired, decision.reason.value))
                for _ in range(decision.desired - replicas):
                    starting.append(now + startup_seconds)
                for _ in range(replicas - decision.desired):
                    if starting:
                        starting.pop()
                    else:
                        ready -= 1
                replicas = decision.desired
    return run


def _observed(samples: list[tuple[float, float, float, float]], replicas: int, ready: int) -> Observation:
    (before, demand_before, arrived_before, _), (at, demand, arrived, in_system) = samples[-2:]
    length = at - before
    demand_now = Demand(
        at, (demand - demand_before) / length, in_system, (arrived - arrived_before) / length, 0.0, True
    )
    return Observation(replicas, ready, rollout=False, demand=demand_now, cpu=Absence.MISSING)

"""What each metric asks for, as fractions of replicas. Pure.

Up: a demand of twice what the ready replicas are meant to take is answered on the sample that shows it (panic), a
smaller excess on the mean of the short window. Down: the highest mean of the stabilization window counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from autoscaler import learning, throughput, working_set
from autoscaler.config import Metric, Policy
from autoscaler.decision import LEARNED, QUERY
from autoscaler.history import History
from autoscaler.observation import Absence, Observation, Usage, WorkingSets
from autoscaler.values import dataclass
from autoscaler.window import Series

PANIC = 2.0
"""Multiple of what ready replicas are meant to take from which one sample is enough to act."""

ENDLESS = 1e9
"""As many replicas as none that serve anything would need."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Replicas, as fractions, that one metric asks for."""

    metric: str
    now: float
    """By the sample in panic, by the short window otherwise: decides on the way up."""
    lasting: Callable[[], float]
    """The highest need of the time that counts on the way down: looked for only when something could go."""
    least: float
    """What the arrivals of the short window need at least."""
    panic: bool
    note: str = ""

    def release(self) -> float:
        """What to keep on the way down, by all windows."""
        return max(self.now, self.least, self.lasting())


def proposals_of(policy: Policy, history: History, observation: Observation, now: float) -> list[Proposal]:
    """Of every metric that has something to say, in the order of `Metric`, the operator's queries last."""
    found = [_target(metric, policy, history, observation, now) for metric in policy.targets]
    found += [_query(name, policy, history, now) for name in policy.queries]
    found.append(_learned(policy, history, observation, now) if policy.learns else None)
    return [proposal for proposal in found if proposal is not None]


def whole(replicas: float) -> int:
    """Replicas that are enough."""
    return math.ceil(min(replicas, ENDLESS) - 1e-9)


def _learned(policy: Policy, history: History, observation: Observation, now: float) -> Proposal | None:
    known = history.learning
    need = learning.need(known, policy, observation, len(history.turns))
    if need is None:
        return None
    rps = known.capacity.rps
    note = f"{rps:.1f} requests/s each at {policy.utilization:.0%}" if rps else "capacity not known yet"
    return Proposal(LEARNED, need, lambda: learning.kept(known, policy, now, len(history.turns)), 0.0, False, note)


def _query(name: str, policy: Policy, history: History, now: float) -> Proposal | None:
    query, series = policy.queries[name], history.series(QUERY + name)
    if not series.ends_at(now):
        return None
    # What there is to do does not come back by itself: a query is believed as it stands, on the mean of two looks.
    value = max(0.0, series.mean_since(now - 2.0) or 0.0)
    return Proposal(
        QUERY + name,
        value / query.target,
        lambda: _lasting(series, policy, now) / query.target,
        0.0,
        False,
        f"{series.newest[1]:g}, {query.target:g} each",
    )


def _target(metric: Metric, policy: Policy, history: History, observation: Observation, now: float) -> Proposal | None:
    """What one metric asks for; None where it is absent, now and in what is remembered."""
    target, series = policy.targets[metric], history.series(metric)
    if not series.ends_at(now):
        return None
    panic, demand, least = False, 0.0, 0.0
    floor = history.floor if metric is Metric.CONCURRENCY else None
    if metric is Metric.CPU:
        demand = observation.cpu.total if isinstance(observation.cpu, Usage) else 0.0
        if isinstance(observation.cpu_lately, Usage) and throughput.stepped(history.flow):
            demand = max(demand, observation.cpu_lately.total)
    elif metric is Metric.MEMORY:
        if isinstance(observation.memory, WorkingSets):
            # What is not measured counts as nothing on the way up.
            demand = target * working_set.needed(history.memory, target)
            least = working_set.holding(history.memory, observation.memory)
    else:
        panic = _sample(metric, observation) >= PANIC * target * max(1, observation.ready)
        if panic:
            demand = _panic_demand(metric, policy, history, observation)
        demand = max(demand, series.mean_since(now - policy.panic_seconds) or 0.0)
        if floor is not None:
            least = floor.mean_since(now - policy.panic_seconds) or 0.0

    def lasting() -> float:
        return max(_lasting(series, policy, now) / target, _lasting(floor, policy, now) if floor is not None else 0.0)

    return Proposal(metric, demand / target, lasting, least, panic)


def _lasting(series: Series, policy: Policy, now: float) -> float:
    """The highest mean that counts on the way down."""
    return series.peak_of_means(now, policy.stable_seconds, policy.stabilization_seconds) or 0.0


def _sample(metric: Metric, observation: Observation) -> float:
    """Demand by the newest sample alone."""
    demand = observation.demand
    if isinstance(demand, Absence):
        return 0.0
    return demand.concurrency if metric is Metric.CONCURRENCY else demand.arrivals_per_second


def _panic_demand(metric: Metric, policy: Policy, history: History, observation: Observation) -> float:
    """Demand to answer at once. A backlog counts as far as the arrivals behind it need replicas."""
    demand = observation.demand
    if metric is not Metric.CONCURRENCY or isinstance(demand, Absence):
        return _sample(metric, observation)
    target = policy.targets[metric]
    waiting = max(demand.concurrency, demand.in_system)
    if not history.flow:  # an edge is away: no evidence
        return min(waiting, target * throughput.SATURATED * max(1, observation.ready))
    return min(waiting, target * throughput.most(history.flow, history.learned, target))

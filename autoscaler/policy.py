"""How many replicas a service should have. Pure: `now` and the history come in, a decision goes out.

Up: every metric proposes ceil(demand / target); the largest proposal wins. A demand of twice what the ready
replicas are meant to take is answered on the sample that shows it (panic), a smaller excess on the mean of
the short window. Replicas that are starting are capacity on its way: proposals are compared with the wanted
number, not with the ready one.

Down: only on complete data, never before the stabilization window has filled once, never within a stable
window of a rise or of a panic, to no less than the highest stable mean of the stabilization window asked for,
and at most half at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from autoscaler import throughput, working_set
from autoscaler.config import Metric, Policy
from autoscaler.decision import REASON_OF_METRIC, Decision, Reason, moment
from autoscaler.history import WARMING, History, remember, unknown
from autoscaler.observation import Absence, Observation, Usage, WorkingSets
from autoscaler.window import mean_since, peak_of_means

TOLERANCE = 0.1
"""Demand within this share of the target changes nothing."""
PANIC = 2.0
"""Multiple of what ready replicas are meant to take from which one sample is enough to act."""
PAUSE_TOLD_SECONDS = 60.0
"""For so long the end of a pause is told; the label may stay for ever."""
RELEASE_SHARE = 0.5
"""Part of the replicas that may go at once."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Replicas, as fractions, that one metric asks for."""

    metric: Metric
    now: float
    """By the sample in panic, by the short window otherwise: decides on the way up."""
    lasting: float
    """The highest stable mean of the stabilization window: decides on the way down."""
    least: float
    """What the arrivals of the short window need at least."""
    panic: bool

    @property
    def release(self) -> float:
        """What to keep on the way down, by all windows."""
        return max(self.now, self.least, self.lasting)


def decide(policy: Policy, history: History, observation: Observation, now: float) -> tuple[History, Decision]:
    """Decide for one service at `now` (Unix seconds); the history returned belongs into the next call."""
    history = remember(history, policy, observation, now)
    proposals = [
        proposal
        for metric in policy.targets
        if (proposal := _propose(metric, policy, history, observation, now)) is not None
    ]
    if any(proposal.panic for proposal in proposals):
        history = replace(history, panicked_at=now)
    decision = _bounded(policy, history, observation, proposals, now)
    leading = max((proposal.now for proposal in proposals), default=None)
    detail = decision.detail
    if not detail and observation.ready < observation.replicas:
        detail = f"{observation.ready} ready"
    if not detail and policy.paused_until <= now < policy.paused_until + PAUSE_TOLD_SECONDS:
        detail = f"the pause is over since {moment(policy.paused_until)}"
    idle, target = history.memory.idle, policy.targets.get(Metric.MEMORY)
    if not detail and idle is not None and target is not None and idle >= target:
        detail = (
            f"an idle replica holds {idle:.0%} of its memory limit and the target is {target:.0%}: raise one of them"
        )
    return replace(history, asked=decision.desired), replace(
        decision,
        recommendations={proposal.metric: _whole(proposal.now) for proposal in proposals},
        detail=detail,
        load=leading / max(1, observation.ready) if leading is not None else None,
        numbers={**_numbers(policy, history, observation, now), **decision.numbers},
    )


def _bounded(
    policy: Policy, history: History, observation: Observation, proposals: list[Proposal], now: float
) -> Decision:
    replicas = observation.replicas
    if now < policy.paused_until:
        return Decision(
            replicas,
            Reason.PAUSED,
            detail=f"by label until {moment(policy.paused_until)}",
            numbers={"paused_until": policy.paused_until},
        )
    if observation.rollout:
        return Decision(replicas, Reason.ROLLOUT)
    if replicas == 0 and policy.hold_seconds:
        # Neither a deployment nor the autoscaler sets 0. Whoever does wants the service to be off.
        return Decision(0, Reason.HELD, detail="switched off by hand, until another count is set")
    if history.hold is not None:
        until = history.hold.until
        return Decision(
            replicas, Reason.HELD, detail=f"set by hand, until {moment(until)}", numbers={"held_until": until}
        )
    if replicas > policy.maximum:
        return Decision(policy.maximum, Reason.AT_MAX)
    rising = max(proposals, key=lambda proposal: proposal.now, default=None)
    if rising and _whole(rising.now) > max(replicas, policy.minimum) and rising.now > replicas * (1 + TOLERANCE):
        if replicas == policy.maximum:
            return Decision(replicas, Reason.AT_MAX)
        return Decision(min(_whole(rising.now), policy.maximum), REASON_OF_METRIC[rising.metric])
    if replicas < policy.minimum:
        return Decision(policy.minimum, Reason.AT_MIN)
    absent = unknown(policy, observation)
    if absent:
        reason = Reason.WARMING_UP if set(absent.values()) == {WARMING} else Reason.MISSING_DATA
        return Decision(replicas, reason, detail="; ".join(f"{metric} {word}" for metric, word in absent.items()))
    return _released(policy, history, observation, proposals, now)


def _released(
    policy: Policy, history: History, observation: Observation, proposals: list[Proposal], now: float
) -> Decision:
    """Fewer replicas, if the windows allow it; all expected data are there."""
    replicas = observation.replicas
    if replicas == policy.minimum:
        at_rest = max(_whole(proposal.now) for proposal in proposals) <= policy.minimum
        return Decision(replicas, Reason.AT_MIN if at_rest else Reason.STEADY)
    if not _fewer(max(max(proposal.now, proposal.least) for proposal in proposals), replicas):
        return Decision(replicas, Reason.STEADY)
    if history.complete_since is None or now - history.complete_since < policy.stabilization_seconds:
        return Decision(replicas, Reason.WARMING_UP)
    binding = max(proposals, key=lambda proposal: proposal.release)
    wanted = binding.release
    held_until = max(
        history.raised_at + policy.stable_seconds,
        history.panicked_at + policy.stable_seconds,
        history.lowered_at + policy.stable_seconds / 4,
    )
    if now < held_until or not _fewer(wanted, replicas):
        return Decision(replicas, Reason.STABILIZING)
    at_most = math.ceil(replicas * (1 - RELEASE_SHARE))
    return Decision(max(_whole(wanted), at_most, policy.minimum), REASON_OF_METRIC[binding.metric])


def _propose(metric: Metric, policy: Policy, history: History, observation: Observation, now: float) -> Proposal | None:
    """What one metric asks for; None where it is absent, now and in what is remembered."""
    target = policy.targets[metric]
    series = history.series(metric)
    windows = policy.stable_seconds, policy.stabilization_seconds
    lasting = peak_of_means(series, now, *windows)
    if not series or lasting is None or series[-1][0] != now:
        return None
    panic, demand = False, 0.0
    if metric in (Metric.CONCURRENCY, Metric.RPS):
        panic = _sample(metric, observation) >= PANIC * target * max(1, observation.ready)
        if panic:
            demand = _panic_demand(metric, policy, history, observation)
        demand = max(demand, mean_since(series, now - policy.panic_seconds) or 0.0)
    elif metric is Metric.CPU:
        demand = observation.cpu.total if isinstance(observation.cpu, Usage) else 0.0
        if isinstance(observation.cpu_lately, Usage) and throughput.stepped(history.flow):
            demand = max(demand, observation.cpu_lately.total)
    lasting, least = lasting / target, 0.0
    if metric is Metric.MEMORY and isinstance(observation.memory, WorkingSets):
        # What is not measured counts as nothing on the way up.
        window = policy.stabilization_seconds
        demand = target * working_set.needed(history.memory, observation.memory, target, window, now)
        least = working_set.holding(history.memory, observation.memory)
    if metric is Metric.CONCURRENCY:
        least = mean_since(history.floor, now - policy.panic_seconds) or 0.0
        lasting = max(lasting, peak_of_means(history.floor, now, *windows) or 0.0)
    return Proposal(metric, demand / target, lasting, least, panic)


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


def _numbers(policy: Policy, history: History, observation: Observation, now: float) -> dict[str, float]:
    """What was learned: requests that a replica served per second; memory in fractions of the limit."""
    learned, sets, memory = history.learned, observation.memory, history.memory
    found = {"served_each_at_best": learned.best} if learned.best else {}
    if learned.capacity:
        found["served_each_when_full"] = learned.capacity
    if Metric.MEMORY not in policy.targets or isinstance(sets, Absence):
        return found
    found["memory_at_rest"] = working_set.at_rest(memory, sets, policy.stabilization_seconds, now)
    found["memory_patience"] = memory.patience
    return found if memory.idle is None else {**found, "memory_idle": memory.idle}


def _whole(replicas: float) -> int:
    return math.ceil(replicas - 1e-9)


def _fewer(wanted: float, replicas: int) -> bool:
    """Whether the demand is met by fewer, outside the tolerance."""
    return _whole(wanted) < replicas and wanted < replicas * (1 - TOLERANCE)

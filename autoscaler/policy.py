"""How many replicas a service should have. Pure: `now` and the history come in, a decision goes out.

Up: every metric proposes (`autoscaler.proposals`); the largest proposal wins. Replicas that are starting are capacity
on its way: proposals are compared with the wanted number, not with the ready one.

Down: only on complete data, never before the windows have filled once, to no less than the highest need of the time
that replicas are worth keeping, at most half at a time, and only while the budget of changes of direction lasts.

Whatever stops a change has a reason of its own, and the way to the decision is told step by step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import attrgetter

from autoscaler import database_gate, latency_guard, learning
from autoscaler.config import Metric, Policy
from autoscaler.decision import LATENCY, LEARNED, Decision, Reason, Step, moment, reason_of
from autoscaler.history import WARMING, History, remember
from autoscaler.hold import Hold
from autoscaler.observation import Absence, Observation
from autoscaler.proposals import Proposal, proposals_of, whole
from autoscaler.values import dataclass, replace

TOLERANCE = 0.1
"""Demand within this share of the target changes nothing."""
PAUSE_TOLD_SECONDS = 60.0
"""For so long the end of a pause is told; the label may stay for ever."""
RELEASE_SHARE = 0.5
"""Part of the replicas that may go at once."""
REVERSALS = 24
"""Changes of direction within `history.TURNS_SECONDS`; ups are always followed, so it is downs that are saved up."""
RELEASE_EVERY_SECONDS = 5.0
"""Between two releases that follow the learned capacity."""
AT_WORK_SECONDS = 2.0
"""So long what was asked for has been at work, once it has started, before it is taken for too much: taken back sooner,
a start would have cost its CPU and shown nothing, and the next sample would ask for it again."""
LONGEST_START_SECONDS = 8.0
"""A start that takes longer is not waited for: what was asked for too much of would be there for a minute."""


_NOW = attrgetter("now")


@dataclass(frozen=True, slots=True)
class _Windows:
    """When replicas may go."""

    filled_seconds: float
    """For how long data have to have been complete."""
    not_before: float


def decide(policy: Policy, history: History, observation: Observation, now: float) -> tuple[History, Decision]:
    """Decide for one service at `now` (Unix seconds); the history returned belongs into the next call."""
    history = remember(history, policy, observation, now)
    proposals = proposals_of(policy, history, observation, now)
    if any(proposal.panic for proposal in proposals):
        history = replace(history, panicked_at=now)
    history, proposals = _guarded(policy, history, observation, proposals, now)
    steps = [Step(f"metric:{one.metric}", one.now, one.note) for one in proposals]
    decision = _bounded(policy, history, observation, proposals, now, steps)
    history, decision = _gated(policy, history, observation, decision, now, steps)
    steps.append(Step("final", decision.desired, decision.reason))
    leading = max([proposal.now for proposal in proposals], default=None)
    numbers = _numbers(policy, history, observation)
    decision = Decision(
        decision.desired,
        decision.reason,
        {proposal.metric: whole(proposal.now) for proposal in proposals},
        leading / max(1, observation.ready) if leading is not None else None,
        decision.detail or _detail(policy, history, observation, now),
        {**numbers, **decision.numbers} if decision.numbers else numbers,
        tuple(steps),
    )
    return replace(history, asked=decision.desired), decision


def restored(policy: Policy, observations: Sequence[tuple[float, Observation]], held_until: float = 0.0) -> History:
    """The history of an autoscaler that has seen these, oldest first (Unix seconds), and decided on none of them.

    What it reads back after a restart: the counts in them are taken for its own, so that none is held for a hand's,
    unless the last one stood until `held_until`.
    """
    history = History()
    for at, observation in observations:
        history = remember(replace(history, asked=observation.replicas), policy, observation, at)
        if any(proposal.panic for proposal in proposals_of(policy, history, observation, at)):
            history = replace(history, panicked_at=at)
    last = observations[-1] if observations else None
    hold = Hold(last[1].replicas, held_until) if last is not None and held_until > last[0] else None
    return replace(history, asked=None, hold=hold)


def _guarded(
    policy: Policy, history: History, observation: Observation, proposals: list[Proposal], now: float
) -> tuple[History, list[Proposal]]:
    """With what the latency asks for, where it is the only one that asks for more."""
    seen = latency_guard.look(history.guard, observation.latency, policy.objective_ms, now)
    others = max([proposal.now for proposal in proposals], default=0.0)
    starting = observation.replicas > observation.ready
    if others > observation.ready or observation.rollout or observation.ready == 0:
        if seen.slow_since is not None:
            seen = replace(seen, slow_since=None)
        return history if seen is history.guard else replace(history, guard=seen), proposals
    seen, wanted, note = latency_guard.judged(
        seen, observation.latency, observation.ready, starting, history.learning.startup_seconds, now
    )
    if wanted:
        proposals = [*proposals, Proposal(LATENCY, wanted, lambda: float(wanted), 0.0, False, note)]
    return history if seen is history.guard else replace(history, guard=seen), proposals


def _bounded(
    policy: Policy,
    history: History,
    observation: Observation,
    proposals: list[Proposal],
    now: float,
    steps: list[Step],
) -> Decision:
    replicas = observation.replicas
    if (stopped := _stopped(policy, history, observation, now)) is not None:
        return stopped
    if replicas > policy.maximum:
        return Decision(policy.maximum, Reason.AT_MAX)
    rising = max(proposals, key=_NOW, default=None)
    if rising is not None:
        steps.append(Step("largest", rising.now, rising.metric))
    if rising and whole(rising.now) > max(replicas, policy.minimum) and rising.now > replicas * (1 + TOLERANCE):
        return _raised(policy, observation, rising, steps)
    if replicas < policy.minimum:
        return Decision(policy.minimum, Reason.AT_MIN)
    if absent := history.lacking:
        reason = Reason.WARMING_UP if set(absent.values()) == {WARMING} else Reason.MISSING_DATA
        return Decision(replicas, reason, detail="; ".join(f"{metric} {word}" for metric, word in absent.items()))
    return _released(policy, history, observation, proposals, now, steps)


def _stopped(policy: Policy, history: History, observation: Observation, now: float) -> Decision | None:
    """Nothing is to be written, whatever the demand."""
    replicas = observation.replicas
    if observation.untouchable:
        return Decision(replicas, Reason.UNTOUCHABLE, detail=observation.untouchable)
    if policy.paused:
        return Decision(replicas, Reason.PAUSED, detail="by label, until it is taken away")
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
    return None


def _raised(policy: Policy, observation: Observation, rising: Proposal, steps: list[Step]) -> Decision:
    """More replicas, as far as the bounds and the nodes allow."""
    replicas = observation.replicas
    bounded = min(whole(rising.now), policy.maximum)
    steps.append(Step("bounds", bounded, f"{policy.minimum} to {policy.maximum}"))
    if bounded <= replicas:
        return Decision(replicas, Reason.AT_MAX)
    if observation.unplaceable:
        nouns = "task fits" if observation.unplaceable == 1 else "tasks fit"
        return Decision(
            replicas,
            Reason.UNPLACEABLE,
            detail=f"{observation.unplaceable} {nouns} on no node, and {bounded} are asked for: add a node",
        )
    return Decision(bounded, reason_of(rising.metric))


def _released(
    policy: Policy,
    history: History,
    observation: Observation,
    proposals: list[Proposal],
    now: float,
    steps: list[Step],
) -> Decision:
    """Fewer replicas, if the windows allow it; all expected data are there."""
    replicas = observation.replicas
    if not proposals:
        return Decision(replicas, Reason.WARMING_UP, detail="nothing has been seen to decide by")
    if replicas == policy.minimum:
        at_rest = whole(max([proposal.now for proposal in proposals])) <= policy.minimum
        return Decision(replicas, Reason.AT_MIN if at_rest else Reason.STEADY)
    if not _fewer(max([max(proposal.now, proposal.least) for proposal in proposals]), replicas):
        return Decision(replicas, Reason.STEADY)
    windows = _windows(policy, history, proposals)
    if history.complete_since is None or now - history.complete_since < windows.filled_seconds:
        return Decision(replicas, Reason.WARMING_UP)
    wanted, binding = max(((proposal.release(), proposal.metric) for proposal in proposals), key=lambda pair: pair[0])
    steps.append(Step("windows", wanted, f"{binding}: the most that was needed lately"))
    if now < windows.not_before or not _fewer(wanted, replicas):
        return Decision(replicas, Reason.STABILIZING)
    if len(history.turns) + (1 if history.lowered_at > history.raised_at else 2) > REVERSALS:
        return Decision(
            replicas, Reason.REVERSAL_BUDGET, detail=f"{len(history.turns)} changes of direction in ten minutes"
        )
    at_most = math.ceil(replicas * (1 - RELEASE_SHARE))
    return Decision(max(whole(wanted), at_most, policy.minimum), reason_of(binding))


def _windows(policy: Policy, history: History, proposals: list[Proposal]) -> _Windows:
    if {proposal.metric for proposal in proposals} <= {LEARNED, LATENCY}:
        # Its own memory of peaks says how long replicas are worth keeping.
        return _Windows(
            learning.keep_seconds(history.learning, policy, len(history.turns)),
            max(
                history.lowered_at + RELEASE_EVERY_SECONDS,
                history.raised_at + min(history.learning.startup_seconds, LONGEST_START_SECONDS) + AT_WORK_SECONDS,
            ),
        )
    return _Windows(
        policy.stabilization_seconds,
        max(
            history.raised_at + policy.stable_seconds,
            history.panicked_at + policy.stable_seconds,
            history.lowered_at + policy.stable_seconds / 4,
        ),
    )


def _gated(
    policy: Policy, history: History, observation: Observation, decision: Decision, now: float, steps: list[Step]
) -> tuple[History, Decision]:
    """What the database has to say to an increase."""
    if not policy.database:
        return history, decision
    gate, verdict = database_gate.judge(
        history.gate, observation, decision.desired, history.learning.startup_seconds, now
    )
    history = replace(history, gate=gate)
    if verdict.note:
        steps.append(Step("gate", verdict.replicas, verdict.note))
    if verdict.replicas == decision.desired:
        return history, replace(decision, numbers={**decision.numbers, **verdict.numbers})
    return history, replace(
        decision,
        desired=verdict.replicas,
        reason=Reason.DATABASE_BOUND,
        detail=verdict.note,
        numbers={**decision.numbers, **verdict.numbers},
    )


def _detail(policy: Policy, history: History, observation: Observation, now: float) -> str:
    """What is worth saying beside the reason."""
    if observation.ready < observation.replicas:
        return f"{observation.ready} ready"
    if policy.paused_until <= now < policy.paused_until + PAUSE_TOLD_SECONDS:
        return f"the pause is over since {moment(policy.paused_until)}"
    idle, target = history.memory.idle, policy.targets.get(Metric.MEMORY)
    if idle is not None and target is not None and idle >= target:
        return f"an idle replica holds {idle:.0%} of its memory limit and the target is {target:.0%}: raise one of them"
    return ""


def _numbers(policy: Policy, history: History, observation: Observation) -> dict[str, float]:
    """What was learned: requests that a replica served per second; memory in fractions of the limit."""
    learned, sets, memory = history.learned, observation.memory, history.memory
    found = learning.numbers(history.learning, policy, len(history.turns)) if policy.learns else {}
    if learned.best:
        found["served_each_at_best"] = learned.best
    if learned.capacity:
        found["served_each_when_full"] = learned.capacity
    if Metric.MEMORY not in policy.targets or isinstance(sets, Absence):
        return found
    found["memory_at_rest"] = memory.weights.at_rest
    found["memory_patience"] = memory.patience
    return found if memory.idle is None else {**found, "memory_idle": memory.idle}


def _fewer(wanted: float, replicas: int) -> bool:
    """Whether the demand is met by fewer, outside the tolerance."""
    return whole(wanted) < replicas and wanted < replicas * (1 - TOLERANCE)

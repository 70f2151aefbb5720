"""What decisions remember of a service, bounded by the stabilization window. Pure and frozen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from autoscaler import throughput, working_set
from autoscaler.config import Metric, Policy
from autoscaler.copying import replace
from autoscaler.database_gate import Gate
from autoscaler.decision import LEARNED, QUERY
from autoscaler.hold import Hold, after_look
from autoscaler.latency_guard import Guard
from autoscaler.learning import Learning
from autoscaler.learning import look as learn
from autoscaler.observation import Absence, Demand, Observation, Usage, WorkingSets
from autoscaler.throughput import Flow, Learned
from autoscaler.window import Series, trimmed
from autoscaler.working_set import Memory

GAP_SECONDS = 10.0
"""Data that were away for longer than this have to fill their window again before anything is released."""
TURNS_SECONDS = 600.0
"""How long a change of direction counts."""
ALL_CPU = 0.9
"""Share of the CPU limit from which replicas are taken to use all of it."""
PARTIAL = "partial"
"""Not every edge, or not every warm task, has reported."""
WARMING = "warming"
"""No ready task has been ready for long enough to be judged by."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything `decide` knows besides the present; `History()` knows nothing."""

    values: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """Per metric, unscaled: requests in flight, arrivals per second, tasks' worth of the limit, a query's value."""
    floor: tuple[tuple[float, float], ...] = ()
    """Replicas (fractions) that the arrivals needed at least."""
    flow: tuple[Flow, ...] = ()
    learned: Learned = field(default_factory=Learned)
    learning: Learning = field(default_factory=Learning)
    guard: Guard = field(default_factory=Guard)
    gate: Gate = field(default_factory=Gate)
    memory: Memory = field(default_factory=Memory)
    rollout: bool = False
    complete_since: float | None = None
    complete_at: float | None = None
    replicas: int | None = None
    asked: int | None = None
    """What the last decision was: a count that is found later and is neither this nor `replicas` is not ours."""
    hold: Hold | None = None
    raised_at: float = -math.inf
    lowered_at: float = -math.inf
    panicked_at: float = -math.inf
    turns: tuple[float, ...] = ()
    """When the count changed its direction, lately."""

    def series(self, metric: str) -> Series:
        """The remembered demand of one metric, oldest first."""
        return self.values.get(metric, ())


def remember(history: History, policy: Policy, observation: Observation, now: float) -> History:
    """History with this observation in it."""
    flow = _flow(history.flow, observation)
    learned = _learned(history.learned, policy, flow, observation)
    memory = _memory(history, policy, observation, now)
    names = (*policy.targets, *(QUERY + name for name in policy.queries))
    kept: dict[str, tuple[tuple[float, float], ...]] = {
        name: trimmed(history.values.get(name, ()), now - policy.stabilization_seconds) for name in names
    }
    for name in policy.queries:
        found = observation.queries.get(name, Absence.MISSING)
        if not isinstance(found, Absence):
            kept[QUERY + name] = (*kept[QUERY + name], (now, found))
    for metric, target in policy.targets.items():
        value = _value(metric, policy, memory, observation, now)
        if value is None:
            continue
        if metric is Metric.CONCURRENCY and flow:
            value = min(value, target * throughput.most(flow, learned, target))
        kept[metric] = (*kept[metric], (now, value))
    known = history.replicas
    learning = learn(history.learning, policy, observation, now)
    lacking = unknown(policy, observation, learning).keys()
    # Tasks that a rollout replaces are not measured for a while, and nothing is wrong.
    complete = not (lacking - {Metric.CPU.value, Metric.MEMORY.value} if observation.rollout else lacking)
    return replace(
        history,
        values=kept,
        flow=flow,
        floor=(
            *trimmed(history.floor, now - policy.stabilization_seconds),
            (now, throughput.least(flow, learned)),
        ),
        learned=learned,
        learning=learning,
        memory=memory,
        rollout=observation.rollout,
        replicas=observation.replicas,
        hold=after_look(history.hold, policy, known, history.asked, observation, now),
        turns=_turns(history, observation.replicas, now),
        raised_at=now if known is not None and observation.replicas > known else history.raised_at,
        lowered_at=now if known is not None and observation.replicas < known else history.lowered_at,
        complete_since=_complete_since(history, now) if complete else history.complete_since,
        complete_at=now if complete else history.complete_at,
    )


def unknown(policy: Policy, observation: Observation, learning: Learning) -> dict[str, str]:
    """What the policy expects and the observation does not fully know, each with a word for why."""
    found: dict[str, str] = {}
    for metric in policy.targets:
        if word := _lack(_reading(metric, observation)):
            found[metric.value] = word
    for name in policy.queries:
        value = observation.queries.get(name, Absence.MISSING)
        if isinstance(value, Absence):
            found[QUERY + name] = value.value
    # Where nothing says that a service has a route it is not expected to; what had demand once has it for good.
    alone = not policy.targets and not policy.queries
    if policy.learns and (alone or learning.arrivals.recent) and (word := _lack(observation.demand)):
        found[LEARNED] = word
    return found


def _lack(reading: Demand | Usage | WorkingSets | Absence) -> str:
    """A word for what is missing of a reading; empty where it is whole."""
    if isinstance(reading, Absence):
        return reading.value
    if isinstance(reading, Demand):
        return "" if reading.complete else PARTIAL
    if reading.missing:
        return PARTIAL
    return "" if reading.measured else WARMING


def _reading(metric: Metric, observation: Observation) -> Demand | Usage | WorkingSets | Absence:
    match metric:
        case Metric.CONCURRENCY | Metric.RPS:
            return observation.demand
        case Metric.CPU:
            return observation.cpu
        case Metric.MEMORY:
            return observation.memory


def _value(metric: Metric, policy: Policy, memory: Memory, observation: Observation, now: float) -> float | None:
    """What to remember of a metric; None where it is absent."""
    reading = _reading(metric, observation)
    if isinstance(reading, Absence):
        return None
    if isinstance(reading, Demand):
        return reading.concurrency if metric is Metric.CONCURRENCY else reading.arrivals_per_second
    if not reading.measured:
        return None
    if isinstance(reading, WorkingSets):
        target = policy.targets[metric]
        total = target * working_set.needed(memory, reading, target, policy.stabilization_seconds, now)
    else:
        total = reading.total
    # Ready tasks without a value yet are taken to be like the others: this series decides on the way down.
    return total * max(1.0, observation.ready / reading.measured)


def _flow(flow: tuple[Flow, ...], observation: Observation) -> tuple[Flow, ...]:
    demand = observation.demand
    if isinstance(demand, Absence) or not demand.complete:
        return ()  # a gap would read as requests that came and went
    if flow and demand.sampled_at <= flow[-1].at:
        return flow
    sample = Flow(
        at=demand.sampled_at,
        in_system=demand.in_system,
        arrivals=demand.arrivals_per_second,
        rejected=demand.rejected_per_second,
        ready=observation.ready,
        starting=observation.replicas > observation.ready,
        at_limit=_is_at_limit(observation.cpu_lately),
    )
    return (*(old for old in flow if sample.at - old.at <= throughput.KEPT_SECONDS), sample)


def _is_at_limit(cpu: Usage | Absence) -> bool:
    return isinstance(cpu, Usage) and cpu.measured > 0 and cpu.total >= ALL_CPU * cpu.measured


def _learned(learned: Learned, policy: Policy, flow: tuple[Flow, ...], observation: Observation) -> Learned:
    target = policy.targets.get(Metric.CONCURRENCY)
    if observation.rollout:
        return Learned()  # another release may serve another number
    return learned if target is None or not flow else throughput.learn(learned, flow, target)


def _memory(history: History, policy: Policy, observation: Observation, now: float) -> Memory:
    sets, target = observation.memory, policy.targets.get(Metric.MEMORY)
    # Another release may hold another amount when idle.
    memory = Memory() if observation.rollout and not history.rollout else history.memory
    if target is None or isinstance(sets, Absence):
        return memory
    return working_set.learn(memory, sets, observation.replicas, target, policy.stabilization_seconds, now)


def _turns(history: History, replicas: int, now: float) -> tuple[float, ...]:
    """With one more if the count has changed the other way than the time before."""
    kept = tuple(at for at in history.turns if now - at < TURNS_SECONDS)
    if history.replicas is None or replicas == history.replicas:
        return kept
    rises, rose = replicas > history.replicas, history.raised_at > history.lowered_at
    first = not math.isfinite(max(history.raised_at, history.lowered_at))
    return kept if first or rises == rose else (*kept, now)


def _complete_since(history: History, now: float) -> float | None:
    """Since when data were complete, but for short gaps, given that they are now."""
    unbroken = history.complete_at is not None and now - history.complete_at <= GAP_SECONDS
    return history.complete_since if unbroken else now

"""What decisions remember of a service, bounded by the stabilization window. Pure and frozen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field
from operator import attrgetter

from autoscaler import throughput, working_set
from autoscaler.config import Metric, Policy
from autoscaler.database_gate import Gate
from autoscaler.decision import LEARNED, QUERY
from autoscaler.hold import Hold, after_look
from autoscaler.latency_guard import Guard
from autoscaler.learning import Learning
from autoscaler.learning import look as learn
from autoscaler.observation import Absence, Demand, Observation, Usage, WorkingSets
from autoscaler.throughput import Flow, Learned
from autoscaler.values import dataclass
from autoscaler.window import Series
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


READING: Mapping[Metric, Callable[[Observation], Demand | Usage | WorkingSets | Absence]] = {
    Metric.CONCURRENCY: attrgetter("demand"),
    Metric.RPS: attrgetter("demand"),
    Metric.CPU: attrgetter("cpu"),
    Metric.MEMORY: attrgetter("memory"),
}


@dataclass(frozen=True, slots=True)
class History:
    """Everything `decide` knows besides the present; `History()` knows nothing."""

    values: Mapping[str, Series] = field(default_factory=dict)
    """Per metric, unscaled: requests in flight, arrivals per second, tasks' worth of the limit, a query's value."""
    floor: Series = field(default_factory=Series)
    """Replicas (fractions) that the arrivals needed at least."""
    flow: tuple[Flow, ...] = ()
    learned: Learned = field(default_factory=Learned)
    learning: Learning = field(default_factory=Learning)
    guard: Guard = field(default_factory=Guard)
    gate: Gate = field(default_factory=Gate)
    memory: Memory = field(default_factory=Memory)
    rollout: bool = False
    lacking: Mapping[str, str] = field(default_factory=dict)
    """What the policy expects and the last look did not fully tell, each with a word for why."""
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
        found = self.values.get(metric)
        return Series() if found is None else found


def remember(history: History, policy: Policy, observation: Observation, now: float) -> History:
    """History with this observation in it."""
    replicas, known = observation.replicas, history.replicas
    flow = _flow(history.flow, observation)
    learned = _learned(history.learned, policy, flow, observation)
    memory = _memory(history, policy, observation, now)
    learning = learn(history.learning, policy, observation, now)
    lacking = _unknown(policy, observation, learning)
    # Tasks that a rollout replaces are not measured for a while, and nothing is wrong.
    complete = not (lacking.keys() - {Metric.CPU, Metric.MEMORY} if observation.rollout else lacking)
    start, floor = now - policy.stabilization_seconds, history.floor
    if Metric.CONCURRENCY in policy.targets:
        floor = floor.moved_on(start, now, throughput.least(flow, learned))
    return History(
        _values(history, policy, observation, flow, learned, memory, start, now),
        floor,
        flow,
        learned,
        learning,
        history.guard,
        history.gate,
        memory,
        observation.rollout,
        lacking,
        _complete_since(history, now) if complete else history.complete_since,
        now if complete else history.complete_at,
        replicas,
        history.asked,
        after_look(history.hold, policy, known, history.asked, observation, now),
        now if known is not None and replicas > known else history.raised_at,
        now if known is not None and replicas < known else history.lowered_at,
        history.panicked_at,
        _turns(history, replicas, now),
    )


def _values(
    history: History,
    policy: Policy,
    observation: Observation,
    flow: tuple[Flow, ...],
    learned: Learned,
    memory: Memory,
    start: float,
    now: float,
) -> dict[str, Series]:
    """What is remembered of every metric later than `start`, and what it is now."""
    found: dict[str, Series] = {}
    for metric, target in policy.targets.items():
        value = _value(metric, policy, memory, observation)
        if value is not None and metric is Metric.CONCURRENCY and flow:
            value = throughput.justified(value, flow, learned, target)
        found[metric] = history.series(metric).moved_on(start, now, value)
    for name in policy.queries:
        told = observation.queries.get(name, Absence.MISSING)
        value = None if isinstance(told, Absence) else told
        found[QUERY + name] = history.series(QUERY + name).moved_on(start, now, value)
    return found


def _unknown(policy: Policy, observation: Observation, learning: Learning) -> dict[str, str]:
    """What the policy expects and the observation does not fully know, each with a word for why."""
    found: dict[str, str] = {}
    for metric in policy.targets:
        if word := _lack(READING[metric](observation)):
            found[metric] = word
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


def _value(metric: Metric, policy: Policy, memory: Memory, observation: Observation) -> float | None:
    """What to remember of a metric; None where it is absent."""
    reading = READING[metric](observation)
    if isinstance(reading, Absence):
        return None
    if isinstance(reading, Demand):
        return reading.concurrency if metric is Metric.CONCURRENCY else reading.arrivals_per_second
    measured = reading.measured
    if not measured:
        return None
    if isinstance(reading, WorkingSets):
        target = policy.targets[metric]
        total = target * working_set.needed(memory, target)
    else:
        total = reading.total
    # Ready tasks without a value yet are taken to be like the others: this series decides on the way down.
    return total * max(1.0, observation.ready / measured)


def _flow(flow: tuple[Flow, ...], observation: Observation) -> tuple[Flow, ...]:
    demand = observation.demand
    if isinstance(demand, Absence) or not demand.complete:
        return ()  # a gap would read as requests that came and went
    at = demand.sampled_at
    if flow and at <= flow[-1].at:
        return flow
    sample = Flow(
        at,
        demand.in_system,
        demand.arrivals_per_second,
        demand.rejected_per_second,
        observation.ready,
        observation.replicas > observation.ready,
        _is_at_limit(observation.cpu_lately),
    )
    first = 0
    while first < len(flow) and at - flow[first].at > throughput.KEPT_SECONDS:
        first += 1
    return (*flow[first:], sample)


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
    kept = tuple([at for at in history.turns if now - at < TURNS_SECONDS]) if history.turns else ()
    if history.replicas is None or replicas == history.replicas:
        return kept
    rises, rose = replicas > history.replicas, history.raised_at > history.lowered_at
    first = not math.isfinite(max(history.raised_at, history.lowered_at))
    return kept if first or rises == rose else (*kept, now)


def _complete_since(history: History, now: float) -> float | None:
    """Since when data were complete, but for short gaps, given that they are now."""
    unbroken = history.complete_at is not None and now - history.complete_at <= GAP_SECONDS
    return history.complete_since if unbroken else now

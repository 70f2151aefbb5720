"""What a service has shown of itself: its arrivals, what a replica can serve, how long a start takes. Pure.

From that follows how many replicas the arrivals need, without anybody having said what one of them can take.
"""

from __future__ import annotations

import math
from dataclasses import field

from autoscaler import arrivals as rates
from autoscaler import capacity as capacities
from autoscaler import patience as lulls
from autoscaler.arrivals import Arrivals
from autoscaler.capacity import Capacity, Work
from autoscaler.config import DEFAULTS, Policy
from autoscaler.observation import Absence, Demand, Latency, Observation, Usage
from autoscaler.patience import Patience
from autoscaler.values import dataclass, replace

FIRST_CONCURRENCY = 4.0
"""Requests in the system per replica to aim at while nothing is known of its capacity."""
FIRST_STARTUP_SECONDS = 5.0
FULL_CPU = 0.85
"""Share of the CPU limit from which replicas have more to do than they can."""
BUSY_CPU = 0.6
"""Below this share a backlog is not for want of CPU: something else is slow, and more replicas would wait too."""
CPU_SECONDS = 5
"""The time that the CPU's figure is a mean of: what was served in the same time goes with it."""
LATELY_SECONDS = 2
"""The same of the figure over a shorter time."""
CLEAR_SECONDS = 8.0
"""In how long a backlog should be gone; where a start takes longer, in as long as a start takes."""
MOST_BACKLOG = 0.5
"""Share of the arrivals that a backlog adds at most: it goes by itself, replicas for it would stay."""
TURNS_PER_CONFIRMATION = 5
"""So many turns within ten minutes, and a step has to show in one sample more."""
FREE_TURNS = 4
KEPT_PER_TURN_SECONDS = 4.0
"""Each turn within ten minutes beyond the free ones makes it worth keeping replicas for so much longer: what has been
let go and asked for again several times will be again."""
FEW = 5.0
"""Up to so many busy replicas, the room beside them is a fixed share."""
ALONE = 0.56
"""The most that one replica alone is given: with nobody beside it to take the next request, its queue is long well
before that of two who share the same work is. Who plans with more than the default utilization accepts that some wait,
and soon is given it."""
PAIR = 1.2
"""Enough of a replica to ask for the second one, beyond any tolerance."""
WAITED_SAMPLES = 4
"""So many samples in a row have to show requests that wait although there is CPU left, before it is places that are
missing: a crowd that has just come waits, too, and the CPU's figure is seconds old."""
PLACES_TAKEN = 0.8
"""Share of the places in replicas to plan with."""
LEAST_COMPLETED = 10.0
"""Of fewer requests their time says nothing."""
HELD_SECONDS = 15.0
SLOWLY = 0.15
SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Learning:
    """Everything learned of one service; `Learning()` is nothing."""

    arrivals: Arrivals = field(default_factory=Arrivals)
    capacity: Capacity = field(default_factory=Capacity)
    patience: Patience = field(default_factory=Patience)
    startup_seconds: float = FIRST_STARTUP_SECONDS
    startups: int = 0
    """How many starts that was learned from."""
    places: float = 0.0
    """Requests that a replica is given at a time, as seen when more had to wait; 0 while none had to."""
    waited: int = 0
    """Samples in a row in which requests waited at the edge and there was CPU left."""
    service_seconds: float = 0.0
    """How long a replica has a request, the wait at the edge not counted: arrivals times this are in flight."""
    held: tuple[tuple[float, float], ...] = ()
    """(begin, highest) need of places, of buckets of HELD_SECONDS, the newest last."""
    in_system: float = 0.0
    at: float = -math.inf
    work: tuple[tuple[float, float, int], ...] = ()
    """(length, completed, ready) of the last samples; forgotten when replicas become ready or go."""
    rollout: bool = False


def look(learning: Learning, policy: Policy, observation: Observation, now: float) -> Learning:
    """What is known after an observation. Where a target says what a replica is to take, starts alone are learned."""
    if observation.startups:
        learning = _with_startups(learning, observation.startups)
    if not policy.learns:
        return learning
    if observation.rollout and not learning.rollout:
        # Another release may serve another number: what is known stands until there is as much of the new one.
        learning = replace(learning, capacity=_doubted(learning.capacity), work=())
    if observation.rollout is not learning.rollout:
        learning = replace(learning, rollout=observation.rollout)
    demand = observation.demand
    if isinstance(demand, Absence) or not demand.complete:
        return replace(learning, work=())
    if demand.sampled_at <= learning.at:
        return learning
    length = demand.sampled_at - learning.at
    waited = _waited(learning, observation, demand)
    kept = policy.stabilization_seconds
    learning = replace(
        learning,
        arrivals=rates.with_sample(
            learning.arrivals, demand.sampled_at, demand.arrivals_per_second, kept, learning.startup_seconds
        ),
        capacity=_capacity(learning, policy, observation, demand, min(length, 2.0), now),
        work=_work(learning, observation, demand, length),
        waited=waited,
        places=_places(observation, demand) if waited >= WAITED_SAMPLES else learning.places,
        service_seconds=_service_seconds(learning, observation, demand),
        in_system=demand.in_system,
        at=demand.sampled_at,
    )
    if learning.places and not _is_full(observation):
        learning = replace(learning, held=_held(learning, policy, now))
    if not learning.capacity.rps or learning.arrivals.buckets[-1][2] > 1:
        return learning  # a lull is looked for once a bucket
    each = policy.utilization * learning.capacity.rps
    lately = rates.peak(learning.arrivals, now, kept) / each
    shortly = rates.mean(learning.arrivals.recent[-5:]) / each
    return replace(learning, patience=lulls.look(learning.patience, shortly, lately, now))


def need(learning: Learning, policy: Policy, observation: Observation, turns: int = 0) -> float | None:
    """Replicas (a fraction) that are needed now; None while no demand was seen.

    `turns`: how often the count has changed its direction lately; the oftener, the longer a step has to last.
    """
    demand = observation.demand
    if not learning.arrivals.recent or isinstance(demand, Absence):
        return None
    ready = max(1, observation.ready)
    if not learning.capacity.is_measured:
        # What a replica was seen to serve at its ease is no bound of what it can: by that, each one more would ask for
        # another one. So a crowd is answered by a doubling, and the next one waits until the first has had its effect.
        return min(demand.concurrency / FIRST_CONCURRENCY, 2.0 * ready)
    rate = rates.present(learning.arrivals, 1 + turns // TURNS_PER_CONFIRMATION)
    rate += rates.foreseen(learning.arrivals, learning.startup_seconds + 1)
    clear_seconds = max(CLEAR_SECONDS, learning.startup_seconds)
    backlog = min(_backlog(learning, observation, demand) / clear_seconds, MOST_BACKLOG * rate)
    by_capacity = staffed((rate + backlog) / learning.capacity.rps, policy)
    if not learning.places or _is_full(observation):
        return by_capacity
    # Where something behind the replicas is slow, it is places for requests that there are too few of, and not CPU. By
    # the time that a replica has a request, and not by what waits: that does not grow with the queue, and so it is
    # what it is however many replicas there are.
    return max(by_capacity, _by_places(learning, rate))


def staffed(busy: float, policy: Policy) -> float:
    """Replicas for as much work as keeps `busy` of them busy. The room that noise needs grows with the root of it.

    More work never gives fewer.
    """
    room = 1 / policy.utilization - 1
    several = busy + room * (busy if busy <= FEW else math.sqrt(FEW * busy))
    alone = max(min(policy.utilization, ALONE), ALONE + 2 * (policy.utilization - DEFAULTS.utilization))
    return max(several, min(busy / alone, PAIR))


def kept(learning: Learning, policy: Policy, now: float, turns: int = 0) -> float:
    """Replicas (a fraction) that were needed within the time that is worth keeping them."""
    if not learning.capacity.is_measured:
        return 0.0
    peak = rates.peak(learning.arrivals, now, keep_seconds(learning, policy, turns))
    lately = max((need for at, need in learning.held if now - at < policy.stabilization_seconds), default=0.0)
    return max(staffed(peak / learning.capacity.rps, policy), lately)


def _by_places(learning: Learning, rate: float) -> float:
    return rate * learning.service_seconds / (PLACES_TAKEN * learning.places) if learning.places else 0.0


def keep_seconds(learning: Learning, policy: Policy, turns: int = 0) -> float:
    """How long replicas stay that are not needed. `turns`: as in `need`."""
    longer = KEPT_PER_TURN_SECONDS * max(0, turns - FREE_TURNS)
    return min(lulls.seconds(learning.patience, policy.stabilization_seconds) + longer, policy.stabilization_seconds)


def numbers(learning: Learning, policy: Policy, turns: int = 0) -> dict[str, float]:
    """What was learned, for people: units are in the names."""
    found = {"startup_seconds": learning.startup_seconds} if learning.startups else {}
    capacity = learning.capacity
    if capacity.rps:
        found |= {
            "capacity_rps": capacity.rps,
            "capacity_evidence_seconds": capacity.seconds,
            "keep_seconds": keep_seconds(learning, policy, turns),
        }
    if capacity.by_cpu:
        found["capacity_by_cpu_rps"] = capacity.by_cpu
    if capacity.saturated:
        found["capacity_when_full_rps"] = capacity.saturated
    if capacity.best:
        found["served_within_objective_rps"] = capacity.best
    return found


def _with_startups(learning: Learning, startups: tuple[float, ...]) -> Learning:
    seconds, count = learning.startup_seconds, learning.startups
    for one in startups:
        seconds = one if not count else seconds + SMOOTHING * (one - seconds)
        count += 1
    return replace(learning, startup_seconds=seconds, startups=count)


def _doubted(capacity: Capacity) -> Capacity:
    """The estimate with just enough evidence to stand, so that new evidence outweighs it soon."""
    share = min(1.0, capacities.ENOUGH_CPU_SECONDS / capacity.used) if capacity.used else 0.0
    return replace(
        capacity, served=capacity.served * share, used=capacity.used * share, saturated=0.0, best=0.0, seconds=0.0
    )


def _held(learning: Learning, policy: Policy, now: float) -> tuple[tuple[float, float], ...]:
    found = _by_places(learning, rates.mean(learning.arrivals.recent[-6:]))
    if learning.held and now - learning.held[-1][0] < HELD_SECONDS:
        begin, highest = learning.held[-1]
        return (*learning.held[:-1], (begin, max(highest, found)))
    return (*(one for one in learning.held if now - one[0] < policy.stabilization_seconds), (now, found))


def _waited(learning: Learning, observation: Observation, demand: Demand) -> int:
    if demand.queued < 1 or not observation.ready or observation.replicas > observation.ready or _is_full(observation):
        return 0
    return learning.waited + 1


def _places(observation: Observation, demand: Demand) -> float:
    return max(1.0, (demand.in_system - demand.queued) / observation.ready)


def _is_full(observation: Observation) -> bool:
    """Whether the CPU is what there is too little of: requests that share a busy one take long without waiting for
    anything, and that time says nothing about the places that they need."""
    cpu = observation.cpu_lately
    return isinstance(cpu, Usage) and cpu.measured > 0 and cpu.total >= FULL_CPU * cpu.measured


def _service_seconds(learning: Learning, observation: Observation, demand: Demand) -> float:
    """By Little's law, of what is in the replicas and what they completed lately."""
    if _is_full(observation):
        return learning.service_seconds
    seconds = sum(one[0] for one in learning.work)
    completed = sum(one[1] for one in learning.work)
    if completed < LEAST_COMPLETED:
        return learning.service_seconds
    latest = (demand.in_system - demand.queued) * seconds / completed
    return learning.service_seconds + SLOWLY * (latest - learning.service_seconds)


def _work(
    learning: Learning, observation: Observation, demand: Demand, length: float
) -> tuple[tuple[float, float, int], ...]:
    before = learning.work
    if before and before[-1][2] != observation.ready:
        before = ()
    if not math.isfinite(length):
        return ()
    completed = (demand.arrivals_per_second - demand.rejected_per_second) * length
    completed += learning.in_system - demand.in_system
    return (*before[-CPU_SECONDS:], (length, max(0.0, completed), observation.ready))


def _capacity(
    learning: Learning, policy: Policy, observation: Observation, demand: Demand, length: float, now: float
) -> Capacity:
    past, cpu = learning.work[-CPU_SECONDS:], observation.cpu
    if len(past) < CPU_SECONDS:
        # In a crowd before a new service, replicas become ready one after the other: a short time has to do.
        past, cpu = learning.work[-LATELY_SECONDS:], observation.cpu_lately
    if len(past) < LATELY_SECONDS or past[-1][2] != observation.ready or observation.rollout:
        return learning.capacity  # in a rollout two releases answer, and the CPU of the new tasks is not known yet
    starting = observation.replicas > observation.ready
    seconds = sum(one[0] for one in past)
    # Those that are not warm yet are taken to do what the others do: the edge spreads requests evenly.
    known = isinstance(cpu, Usage) and 2 * cpu.measured >= observation.ready and cpu.measured and not cpu.missing
    used = cpu.total / cpu.measured if known and isinstance(cpu, Usage) else None
    full = used is None or used >= FULL_CPU
    latency = observation.latency
    work = Work(
        seconds=length,
        completed_each=sum(one[1] for one in past) / seconds / observation.ready if observation.ready else 0.0,
        ready=observation.ready,
        cpu=used,
        # On shared cores, replicas that start slow down those that serve: what they do then is not all that they can.
        saturated=full
        and not starting
        and min(demand.in_system, learning.in_system) >= 2 * FIRST_CONCURRENCY * observation.ready,
        within=not isinstance(latency, Latency) or latency.p95_ms <= policy.objective_ms,
        steady=True,
    )
    return capacities.learn(learning.capacity, work, now)


def _backlog(learning: Learning, observation: Observation, demand: Demand) -> float:
    """Requests that wait because there are too few replicas; none where the CPU says that something else is slow."""
    cpu = observation.cpu_lately
    if isinstance(cpu, Usage) and cpu.measured and cpu.total < BUSY_CPU * cpu.measured:
        return 0.0
    usual = FIRST_CONCURRENCY * max(1, observation.ready)
    return max(0.0, demand.in_system - usual)

"""How many replicas the arrivals need, from what replicas were seen to serve. Pure.

While a backlog grows or drains, the number of requests in the system says how long the overload lasts, not
how large it is: a hundred replicas' worth may wait for three that are short. Arrivals and completions tell
the size. A number that has been steady is demand as it stands (clients that wait for their answers).

And concurrency is not proportional to load: replicas at half their capacity hold one request each where busy
ones hold ten. So the number of replicas is not lowered below what the arrivals need either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from autoscaler.values import dataclass

UTILIZATION = 0.7
"""Share of a replica's capacity to plan with: the rest is room for noise and clears the backlog."""
SATURATED = 2.0
"""From this multiple of the target on, replicas are taken to serve all they can."""
AT_LIMIT = 3.0
"""As far as which, in multiples of the ready replicas, an overload is answered if they use all their CPU."""
MEASURED_SECONDS = 1.9
SETTLED_SECONDS = 3.9
STEADY_SECONDS = 2.9
STEADY_SHARE = 0.1
KEPT_SECONDS = 8.0
"""How much flow the judgements below look at."""
BEST_SECONDS = 300.0
"""How long the highest throughput seen stands as evidence."""
CAPACITY_SECONDS = 900.0
"""How long a throughput measured under saturation stands as the capacity."""
SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Flow:
    """One sample of what goes through a service. Rates per second, means since the sample before."""

    at: float
    in_system: float
    arrivals: float
    rejected: float
    ready: int
    starting: bool = False
    """Whether replicas are on their way: on shared cores, their start slows down the ready ones."""
    at_limit: bool = False
    """Whether the ready ones use all the CPU that they may."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What replicas were seen to serve, in requests per second each, and when."""

    best: float = 0.0
    """The most seen lately, saturated or not: they can do at least that."""
    best_at: float = -math.inf
    capacity: float = 0.0
    """What they served when there was more to do than they could; 0 while that was not seen."""
    capacity_at: float = -math.inf


def learn(learned: Learned, flow: Sequence[Flow], target: float) -> Learned:
    """What is known after the newest sample. `target` is the concurrency aimed at per replica."""
    now = flow[-1].at
    best, best_at, capacity, capacity_at = (
        learned.best,
        learned.best_at,
        learned.capacity,
        learned.capacity_at,
    )
    if now - best_at > BEST_SECONDS:
        best = 0.0
    if now - capacity_at > CAPACITY_SECONDS:
        capacity = 0.0
    start = _index_before(flow, MEASURED_SECONDS)
    if start >= 0 and flow[start].ready:
        ready = flow[start].ready
        same, saturated = True, True
        for sample in flow[start:]:
            same = same and sample.ready == ready
            saturated = saturated and not sample.starting and _is_saturated(sample, target)
        if same:
            shown = _completed_each(flow, start)
            if shown >= best:
                best, best_at = shown, now
            if saturated:
                capacity = shown if not capacity else capacity + SMOOTHING * (shown - capacity)
                capacity_at = now
    return Learned(best, best_at, capacity, capacity_at)


def justified(concurrency: float, flow: Sequence[Flow], learned: Learned, target: float) -> float:
    """What is left of a concurrency that is more than `most` justifies."""
    by_arrivals = target * _for_arrivals(flow, learned, target)
    if concurrency <= by_arrivals:
        return concurrency  # as nearly always, and what waits is not looked at
    return min(concurrency, max(by_arrivals, target * _for_waiting(flow, target)))


def most(flow: Sequence[Flow], learned: Learned, target: float) -> float:
    """Replicas (a fraction) that the newest sample's requests justify, whatever waits.

    Infinite where replicas complete nothing; the double of the ready ones where there is no evidence yet.
    """
    return max(_for_arrivals(flow, learned, target), _for_waiting(flow, target))


def least(flow: Sequence[Flow], learned: Learned) -> float:
    """Replicas (a fraction) below which the arrivals of the last seconds would be a risk.

    With a known capacity: what that needs. Otherwise each replica may be asked for somewhat more than it was
    seen to serve, and what it then serves is the next evidence.
    """
    if not learned.capacity and not learned.best:
        return 0.0
    arrivals = sum([sample.arrivals for sample in flow]) / len(flow) if flow else 0.0
    if learned.capacity:
        return arrivals / UTILIZATION / max(learned.capacity, learned.best)
    return arrivals * UTILIZATION / learned.best


def _for_waiting(flow: Sequence[Flow], target: float) -> float:
    """Replicas for a number in the system that has been steady: clients that wait for their answers.

    A backlog that replicas have just caught up with is steady too, and wants hardly any more of them. What tells the
    two apart is what happens with more replicas: so one doubling at a time, and none while replicas start.
    """
    end = flow[-1]
    since = [sample for sample in flow if end.at - sample.at <= SETTLED_SECONDS]
    if any(sample.starting or sample.ready != end.ready for sample in since):
        return 0.0
    return min(_plateau(flow[:-1]) / target, SATURATED * max(1, end.ready))


def _for_arrivals(flow: Sequence[Flow], learned: Learned, target: float) -> float:
    end, last = flow[-1], len(flow) - 1
    index = max(0, _index_before(flow, MEASURED_SECONDS))
    start = flow[index]
    if start is end or start.ready == 0:
        return SATURATED * max(1, end.ready)
    # The last interval too: when an overload begins, the longer one is half from before, when replicas idled.
    measured = _completed_each(flow, index)
    if index < last - 1 and flow[-2].ready:
        measured = max(measured, _completed_each(flow, last - 1))
    # Replicas that have only just become ready have not shown yet what they can, nor do those beside which others
    # start: taking that for their capacity would ask for ever more, each start slowing down the rest.
    same = _is_settled(flow)
    overloaded = _is_saturated(start, target)
    shown = measured if same and not end.starting and overloaded else max(measured, learned.best, learned.capacity)
    if shown <= 0:
        return math.inf
    arrivals = max(end.arrivals, sum([sample.arrivals for sample in flow[index + 1 :]]) / (last - index))
    needed = arrivals / UTILIZATION / shown
    if same and end.starting and overloaded and 0 < measured * end.ready < arrivals:
        # The first second of an overload flatters: too few may have been asked for then, and waiting for those would
        # take another start. While the backlog grows, what is served now counts too, as far as a doubling, or further
        # if the replicas use all the CPU they may: then it is not the starts that slow them down.
        at_most = (AT_LIMIT if end.at_limit else SATURATED) * end.ready
        needed = max(needed, min(arrivals / UTILIZATION / measured, at_most))
    return needed


def stepped(flow: Sequence[Flow]) -> bool:
    """Whether the arrivals have at least doubled within what is kept: a longer mean is half from before."""
    return len(flow) > 1 and flow[-1].arrivals >= SATURATED * flow[0].arrivals > 0


def _is_saturated(sample: Flow, target: float) -> bool:
    return sample.in_system >= SATURATED * sample.ready * target


def _is_settled(flow: Sequence[Flow]) -> bool:
    """Whether as many replicas as now were ready all the time lately."""
    end = flow[-1]
    return {sample.ready for sample in flow if end.at - sample.at <= SETTLED_SECONDS} == {end.ready}


def _index_before(flow: Sequence[Flow], seconds: float) -> int:
    """Of the youngest sample at least `seconds` older than the last; -1 where there is none."""
    index = len(flow) - 1
    end = flow[index].at
    while index >= 0 and end - flow[index].at < seconds:
        index -= 1
    return index


def _completed_each(flow: Sequence[Flow], index: int) -> float:
    """Requests per second that each replica answered between a sample and the last one."""
    start, end = flow[index], flow[-1]
    completed, before = start.in_system - end.in_system, start.at
    for sample in flow[index + 1 :]:
        completed += (sample.arrivals - sample.rejected) * (sample.at - before)
        before = sample.at
    return max(0.0, completed) / (end.at - start.at) / start.ready


def _plateau(flow: Sequence[Flow]) -> float:
    """Requests in the system if their number has not moved, by a tenth of the arrivals; 0 if it has.

    The whole range counts: at the crest of a backlog as many are there before as after.
    """
    index = _index_before(flow, STEADY_SECONDS) if flow else -1
    if index < 0:
        return 0.0
    start, since = flow[index], flow[index + 1 :]
    arrivals = sum(sample.arrivals for sample in since) / len(since)
    rejected = sum(sample.rejected for sample in since) / len(since)
    present = [start.in_system, *(sample.in_system for sample in since)]
    moved = (max(present) - min(present)) / (flow[-1].at - start.at)
    return min(present) if moved + rejected <= STEADY_SHARE * arrivals else 0.0

"""How many replicas the working sets of the tasks ask for. Pure; memory in fractions of the limit.

Idle memory is no demand, whatever it is divided by: what a replica holds that has just become ready and has had no work
is learned and taken off on both sides, so that what is asked for is the sum of (used - idle) over (target - idle).

And memory does not always come back: many a process keeps what it once took. Seen from outside that is the same as
memory in use, until the work is gone. So what has not moved, while the tasks worked little, for a whole stabilization
window is *at rest* and counts as nothing. That may be wrong (it may hold sessions that nobody asks for now); then the
remaining replicas grow when others go. So, while the tasks work at all, no fewer are asked for than could hold
everything, and after a mistake the next attempt waits twice as long and half as much is taken to be idle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from autoscaler.observation import WorkingSets
from autoscaler.values import dataclass, replace

MOVED = 0.02
"""A working set that stays within this of where it was has not moved."""
QUIET_CORES = 0.03
"""A task that spends no more does nothing but answer its health check."""
CALM = 0.5
"""Share of the work seen at this level of memory, up to which the work counts as gone."""
FULL = 0.95
"""How full replicas may become if what is taken to be at rest is in use after all."""
LEAST_ROOM = 0.1
"""Share of the target that a replica is taken to have for demand, however much it holds when idle."""
MOST_PATIENCE = 64.0
LOST_SECONDS = 10.0
"""After not having been seen for so long, nothing is known to have stayed as it was."""
ENOUGH_MORE = 1.1


Mark: TypeAlias = tuple[float, float, float]
"""(level of memory, since when the task has been there with little work, the most work in cores seen with it)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The working sets of one look, beyond what an idle replica holds, summed over the tasks."""

    beyond_idle: float = 0.0
    in_use: float = 0.0
    """What is or may be in use."""
    at_rest: float = 0.0


NOTHING = Weights()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a service's memory; `Memory()` knows nothing."""

    idle: float | None = None
    """What a replica holds without demand; None: not seen, and taken for 0."""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    patience: float = 1.0
    """Windows for which a level has to stay before it is at rest."""
    tried_at: float | None = None
    """When replicas went, while it is open whether that was a mistake."""
    replicas: int | None = None
    seen_at: float = -math.inf
    weights: Weights = NOTHING


def learn(memory: Memory, sets: WorkingSets, replicas: int, target: float, window: float, now: float) -> Memory:
    """What is known after a look. `replicas`: wanted; `window`: the stabilization window, in seconds."""
    before = memory.marks if now - memory.seen_at <= LOST_SECONDS else {}
    idle, patience, tried_at = _idle(memory.idle, sets), memory.patience, memory.tried_at
    marks, weights = _weighed(before, sets, idle, window * patience, now)
    if sets.missing:
        marks = {**before, **marks}
    if memory.replicas is not None and replicas < memory.replicas:
        tried_at = now
    known = Memory(idle, marks, patience, tried_at, replicas, now, weights)
    if tried_at is None or needed(known, target) <= ENOUGH_MORE * replicas:
        return known
    if now - tried_at > patience * window:
        return replace(known, tried_at=None)
    # That was a mistake: what came back was in use.
    idle, patience = None if idle is None else idle / 2, min(2 * patience, MOST_PATIENCE)
    _, weights = _weighed(before, sets, idle, window * patience, now)
    return Memory(idle, marks, patience, None, replicas, now, weights)


def needed(memory: Memory, target: float) -> float:
    """Replicas (a fraction) for the memory that is or may be in use, by the last look."""
    return memory.weights.in_use / max(target - (memory.idle or 0.0), LEAST_ROOM * target)


def holding(memory: Memory, sets: WorkingSets) -> float:
    """Replicas (a fraction) that could hold all there is, at rest or not; 0 if the tasks do nothing."""
    if sets.cores is not None and sets.cores <= QUIET_CORES * sets.measured:
        return 0.0
    return memory.weights.beyond_idle / max(FULL - (memory.idle or 0.0), LEAST_ROOM)


def _idle(known: float | None, sets: WorkingSets) -> float | None:
    """The least that was seen: of tasks that had just become ready and, once there is one, of any."""
    least = known
    if known is None and sets.young:
        least = min((level for task, level in sets.each.items() if task in sets.young), default=None)
    return least if least is None or not sets.each else min(least, min(sets.each.values()))


def _weighed(
    before: Mapping[str, Mark], sets: WorkingSets, known: float | None, calm: float, now: float
) -> tuple[dict[str, Mark], Weights]:
    """The tasks' marks after this look, and what the sets weigh by them.

    `known`: what an idle replica holds; `calm`: for how long a level has to stay to be at rest.
    """
    idle, cores, quiet = known or 0.0, sets.cores, QUIET_CORES * sets.measured
    marks: dict[str, Mark] = {}
    beyond_idle = in_use = at_rest = 0.0
    for task, level in sets.each.items():
        mark = before.get(task)
        if mark is None or abs(level - mark[0]) > MOVED:
            mark = level, now, 0.0 if cores is None else cores
        elif cores is None:
            mark = mark[0], now, mark[2]
        elif cores > quiet and cores > CALM * mark[2]:
            mark = mark[0], now, cores if cores > mark[2] else mark[2]
        marks[task] = mark
        beyond = level - idle
        if beyond > 0:
            beyond_idle += beyond
            if now - mark[1] < calm:
                in_use += beyond
            else:
                at_rest += beyond
    return marks, Weights(beyond_idle, in_use, at_rest)

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
from dataclasses import dataclass, field

from autoscaler.copying import replace
from autoscaler.observation import WorkingSets

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


@dataclass(frozen=True, slots=True)
class Mark:
    """A task's level of memory, since when it has been there with little work, and the most work seen with it."""

    level: float
    since: float
    cores: float


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


def learn(memory: Memory, sets: WorkingSets, replicas: int, target: float, window: float, now: float) -> Memory:
    """What is known after a look. `replicas`: wanted; `window`: the stabilization window, in seconds."""
    before = memory.marks if now - memory.seen_at <= LOST_SECONDS else {}
    marks = {task: _mark(before.get(task), level, sets, now) for task, level in sets.each.items()}
    known = replace(
        memory,
        idle=_idle(memory.idle, sets),
        marks={**before, **marks} if sets.missing else marks,
        replicas=replicas,
        seen_at=now,
    )
    if memory.replicas is not None and replicas < memory.replicas:
        known = replace(known, tried_at=now)
    if known.tried_at is None or needed(known, sets, target, window, now) <= ENOUGH_MORE * replicas:
        return known
    if now - known.tried_at > known.patience * window:
        return replace(known, tried_at=None)
    idle = None if known.idle is None else known.idle / 2
    return replace(known, tried_at=None, patience=min(2 * known.patience, MOST_PATIENCE), idle=idle)


def needed(memory: Memory, sets: WorkingSets, target: float, window: float, now: float) -> float:
    """Replicas (a fraction) for the memory that is or may be in use."""
    idle = memory.idle or 0.0
    used = sum(
        max(0.0, level - idle)
        for task, level in sets.each.items()
        if task not in memory.marks or not _is_at_rest(memory.marks[task], memory, window, now)
    )
    return used / max(target - idle, LEAST_ROOM * target)


def holding(memory: Memory, sets: WorkingSets) -> float:
    """Replicas (a fraction) that could hold all there is, at rest or not; 0 if the tasks do nothing."""
    if sets.cores is not None and sets.cores <= QUIET_CORES * sets.measured:
        return 0.0
    idle = memory.idle or 0.0
    return sum(max(0.0, level - idle) for level in sets.each.values()) / max(FULL - idle, LEAST_ROOM)


def at_rest(memory: Memory, sets: WorkingSets, window: float, now: float) -> float:
    """Memory beyond the idle one that is not counted, summed over the tasks."""
    idle = memory.idle or 0.0
    return sum(
        max(0.0, level - idle)
        for task, level in sets.each.items()
        if task in memory.marks and _is_at_rest(memory.marks[task], memory, window, now)
    )


def _is_at_rest(mark: Mark, memory: Memory, window: float, now: float) -> bool:
    return now - mark.since >= window * memory.patience


def _idle(known: float | None, sets: WorkingSets) -> float | None:
    """The least that was seen: of tasks that had just become ready and, once there is one, of any."""
    young = [level for task, level in sets.each.items() if task in sets.young]
    least = min(young, default=known) if known is None else known
    return None if least is None else min(least, *sets.each.values(), least)


def _mark(mark: Mark | None, level: float, sets: WorkingSets, now: float) -> Mark:
    cores = math.inf if sets.cores is None else sets.cores
    if mark is None or abs(level - mark.level) > MOVED:
        return Mark(level, now, 0.0 if sets.cores is None else cores)
    if cores <= max(CALM * mark.cores, QUIET_CORES * sets.measured):
        return mark
    return Mark(mark.level, now, mark.cores if sets.cores is None else max(mark.cores, cores))

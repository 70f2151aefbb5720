"""What is to be done about jobs now: (jobs, what has been, now) → what is due. Pure.

Invariants: a time is run, skipped or missed, one of them and once; of several that have come the newest alone is run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeAlias

from captain.jobs.job import Job
from captain.jobs.record import History
from captain.jobs.schedule import times

LATE = timedelta(hours=1)
"""How late a run may begin, because captain or the Swarm was away; what is older is missed."""
MOST_AT_ONCE = 5
"""Runs of one job that may overlap, where they may at all."""
_MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Begin:
    """There for the first time, again, or with another schedule: what came before `since` is nobody's."""

    job: Job
    since: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """Run it now, for the time `due`."""

    job: Job
    due: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Do not run it for `due`: it still runs."""

    job: Job
    due: datetime


@dataclass(frozen=True, slots=True)
class Miss:
    """Nobody was there for these times, the first and the last of them; `count` is at most a thousand."""

    job: Job
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Leave:
    """The app has it no more."""

    name: str


Act: TypeAlias = Begin | Start | Skip | Miss | Leave


def decide(
    jobs: Sequence[Job],
    histories: Mapping[str, History],
    running: Mapping[str, Sequence[datetime | None]],
    began: datetime,
    now: datetime,
) -> list[Act]:
    """What is to be done about the jobs of one app.

    `running` are, by job, the times for which it still runs, None for a run by hand. `began`: when the release came
    that has these jobs.
    """
    names = {job.name for job in jobs}
    found: list[Act] = [Leave(name) for name, own in histories.items() if name not in names and not own.is_gone]
    for job in jobs:
        history, own = histories.get(job.name), running.get(job.name, ())
        if history is None or history.is_gone or history.times != job.times:
            found.append(Begin(job, _since(history, began, now)))
            continue
        found += _due(job, max([history.handled, *(at for at in own if at is not None)]), len(own), now)
    return found


def _since(history: History | None, began: datetime, now: datetime) -> datetime:
    if history is None:
        return began
    return now if history.is_gone else max(began, history.handled)


def _due(job: Job, after: datetime, running: int, now: datetime) -> list[Act]:
    recent = list(times(job.schedule, job.zone, max(after, now - LATE), now))
    old = list(islice(times(job.schedule, job.zone, after, min(now, now - LATE)), _MOST_COUNTED))
    missed, found = [*old, *recent[:-1]], list[Act]()
    if missed:
        found.append(Miss(job, missed[0], missed[-1], len(missed)))
    if recent:
        is_free = running < (MOST_AT_ONCE if job.overlaps else 1)
        found.append(Start(job, recent[-1]) if is_free else Skip(job, recent[-1]))
    return found

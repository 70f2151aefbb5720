"""What is kept of an app's jobs: the last runs of each, and which times have been dealt with. Pure.

It is a config of the Swarm, so it is small: runs have an outcome and no lines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

MOST_RUNS = 10
"""Of each job."""
_MOST_GONE = 20
_LONGEST_WHY = 300
_FORMAT = 1


class Outcome(Enum):
    """How a time, or a run by hand, ended. The words of metrics, events and JSON."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"
    """It still ran."""
    MISSED = "missed"
    """Nobody was there to run it."""


RAN = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Run:
    """One run, or `count` times one after the other at which there was none, from `due` to `ended_at`.

    `due` is None for a run by hand. `id` is the name of its service; empty where there was none.
    """

    id: str
    outcome: Outcome
    due: datetime | None
    ended_at: datetime
    started_at: datetime | None = None
    release: int = 0
    exit_code: int | None = None
    why: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class History:
    """Of one job. `times` is its schedule as it was dealt with, up to `handled`; `runs` are the last, oldest first."""

    times: str
    handled: datetime
    runs: tuple[Run, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    """How often each outcome has been."""
    is_gone: bool = False
    """The app has no such job any more. It may come back with the release before, and then nothing is run twice."""


def with_run(history: History, run: Run) -> History:
    """With one more. The same run twice is one; skipped or missed times in a row are one."""
    if run.id and any(own.id == run.id for own in history.runs):
        return history
    runs, last = list(history.runs), history.runs[-1] if history.runs else None
    if last is not None and run.outcome not in RAN and last.outcome is run.outcome:
        runs[-1] = replace(last, ended_at=run.ended_at, count=last.count + run.count)
    else:
        runs.append(replace(run, why=run.why[:_LONGEST_WHY]))
    totals = Counter(history.totals)
    totals[run.outcome.value] += run.count
    handled = history.handled if run.due is None else max(history.handled, run.due, _last_time(run))
    return History(history.times, handled, tuple(runs[-MOST_RUNS:]), dict(totals))


def is_failing(history: History) -> bool:
    """Whether the last time that came to something came to nothing good; one that was skipped says neither."""
    told = [run.outcome for run in history.runs if run.outcome is not Outcome.SKIPPED]
    return not history.is_gone and bool(told) and told[-1] is not Outcome.SUCCEEDED


def begun(history: History | None, times: str, since: datetime) -> History:
    """A job that has this schedule from `since` on; what it has been is kept."""
    if history is None:
        return History(times, since)
    return replace(history, times=times, handled=since, is_gone=False)


def _last_time(run: Run) -> datetime:
    """Of times that were missed or skipped, the last; a run's end is no such time."""
    return run.ended_at if run.outcome is Outcome.MISSED and run.due is not None else run.due or run.ended_at


def dump(histories: Mapping[str, History]) -> bytes:
    """The config's content. Of jobs that are gone, a few are remembered."""
    gone = sorted((name for name, own in histories.items() if own.is_gone), key=lambda name: histories[name].handled)
    kept = {name: _history(own) for name, own in histories.items() if name not in gone[:-_MOST_GONE]}
    return json.dumps({"format": _FORMAT, "jobs": kept}, sort_keys=True).encode()


def load(data: bytes) -> dict[str, History]:
    """What `dump` made; `ValueError` for anything else."""
    if not data:
        return {}
    try:
        return {name: _read(found) for name, found in json.loads(data)["jobs"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not what captain keeps of jobs: {error}") from error


def _history(history: History) -> dict[str, Any]:
    return {
        "times": history.times,
        "handled": _text(history.handled),
        "totals": dict(history.totals),
        "gone": history.is_gone,
        "runs": [_run(run) for run in history.runs],
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "outcome": run.outcome.value,
        "due": _text(run.due),
        "started": _text(run.started_at),
        "ended": _text(run.ended_at),
        "release": run.release,
        "exit_code": run.exit_code,
        "why": run.why,
        "count": run.count,
    }


def _read(found: Mapping[str, Any]) -> History:
    return History(
        times=str(found["times"]),
        handled=datetime.fromisoformat(found["handled"]),
        runs=tuple(_read_run(run) for run in found["runs"]),
        totals={str(word): int(count) for word, count in found["totals"].items()},
        is_gone=bool(found["gone"]),
    )


def _read_run(run: Mapping[str, Any]) -> Run:
    return Run(
        id=str(run["id"]),
        outcome=Outcome(run["outcome"]),
        due=_time(run["due"]),
        started_at=_time(run["started"]),
        ended_at=datetime.fromisoformat(run["ended"]),
        release=int(run["release"]),
        exit_code=run["exit_code"],
        why=str(run["why"]),
        count=int(run["count"]),
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

"""What is told of jobs: lines for people, objects for programs, events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from captain.apps.app_events import Event
from captain.jobs.job import Job
from captain.jobs.record import RAN, History, Outcome, Run


@dataclass(frozen=True, slots=True)
class Shown:
    """A job, what is kept of it (None before captain has seen it), when it comes next, since when it runs.

    `lines` are the last of its runs, by the runs' ids.
    """

    job: Job
    history: History | None
    next: datetime
    running_since: tuple[datetime, ...]
    lines: Mapping[str, Sequence[str]]


def as_lines(jobs: Sequence[Shown]) -> list[str]:
    """A line for each job, one for each run below it, the newest first, and the last lines of the newest."""
    return [line for shown in jobs for line in _lines(shown)]


def as_json(jobs: Sequence[Shown]) -> list[dict[str, object]]:
    """An object for each; times are UTC, null where there is none."""
    return [
        {
            "job": shown.job.name,
            "schedule": shown.job.schedule,
            "zone": shown.job.zone,
            "command": list(shown.job.command),
            "timeout_seconds": shown.job.timeout_seconds,
            "overlap": "allow" if shown.job.overlaps else "skip",
            "next": _time(shown.next),
            "running_since": [_time(at) for at in shown.running_since],
            "totals": {} if shown.history is None else dict(shown.history.totals),
            "runs": [_run(run, shown.lines) for run in (shown.history.runs if shown.history else ())],
        }
        for shown in jobs
    ]


def events(app: str, histories: Mapping[str, History]) -> list[Event]:
    """What happened to its jobs."""
    return [
        Event(run.ended_at, app, f"job_{run.outcome.value}", f"job {name} {_sentence(run)}")
        for name, history in histories.items()
        for run in history.runs
    ]


def _lines(shown: Shown) -> Iterator[str]:
    job, runs = shown.job, shown.history.runs if shown.history else ()
    yield f"{job.name}  {job.times}  next {_at(shown.next)}"
    for since in shown.running_since:
        yield f"    {_at(since)}  runs"
    newest = next((run for run in reversed(runs) if run.outcome in RAN), None)
    for run in reversed(runs):
        yield f"    {_at(run.started_at or run.due or run.ended_at)}  {_sentence(run)}"
        if run is newest:
            yield from (f"        | {line}" for line in shown.lines.get(run.id, ()))


def _sentence(run: Run) -> str:
    """How it went, as the end of a sentence about the job."""
    if run.outcome is Outcome.SKIPPED:
        return f"was skipped{_times(run)}: it still ran"
    if run.outcome is Outcome.MISSED:
        return f"was missed{_times(run)}: captain or the Swarm was away"
    seconds = "" if run.started_at is None else f" after {(run.ended_at - run.started_at).total_seconds():.0f} s"
    by = " (by hand)" if run.due is None else ""
    word = {Outcome.SUCCEEDED: "succeeded", Outcome.FAILED: "failed", Outcome.TIMED_OUT: "was ended"}[run.outcome]
    return f"{word}{seconds}{by}" + (f": {run.why}" if run.why else "")


def _times(run: Run) -> str:
    return "" if run.count == 1 else f" {run.count} times until {_at(run.ended_at)}"


def _run(run: Run, lines: Mapping[str, Sequence[str]]) -> dict[str, object]:
    return {
        "run": run.id or None,
        "outcome": run.outcome.value,
        "by": "hand" if run.due is None else "schedule",
        "due": _time(run.due),
        "started_at": _time(run.started_at),
        "ended_at": _time(run.ended_at),
        "release": run.release or None,
        "exit_code": run.exit_code,
        "why": run.why,
        "count": run.count,
        "lines": list(lines.get(run.id, ())),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


def _at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

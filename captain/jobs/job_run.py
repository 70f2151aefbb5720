"""One run of a job: a task of its own, from its beginning to what is kept of its end."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from captain.apps.app_plan import Observed
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Place
from captain.apps.leftovers import ENDED
from captain.apps.observe import app_service
from captain.apps.one_off import one_off_spec
from captain.jobs import book
from captain.jobs.job import TIMEOUT_SECONDS, Job
from captain.jobs.last_lines import MOST_LINES, LastLines
from captain.jobs.record import History, Outcome, Run, begun, with_run
from captain.labels import JOB_LABEL
from swarm.engine import Engine, EngineError, NotFound, Service, Task

_NAME_LABEL = "flotilla.job.name"
_DUE_LABEL = "flotilla.job.due"
_RELEASE_LABEL = "flotilla.job.release"
_TIMEOUT_LABEL = "flotilla.job.timeout_seconds"
_TIMES_LABEL = "flotilla.job.times"
_CONFLICT = 409
_BY_HAND_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Running:
    """A run that there is a service of. `due` is None for one by hand."""

    id: str
    """Of its service."""
    service: str
    app: str
    job: str
    times: str
    due: datetime | None
    release: int
    started_at: datetime
    timeout: timedelta

    @property
    def ends_at(self) -> datetime:
        """When it is ended, if it has not by itself."""
        return self.started_at + self.timeout


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and when."""

    outcome: Outcome
    at: datetime
    exit_code: int | None = None
    why: str = ""


def running(services: Sequence[Service], now: datetime) -> list[Running]:
    """The runs among these services."""
    return [_running(service, now) for service in services if JOB_LABEL in service.labels]


def _running(service: Service, now: datetime) -> Running:
    labels = service.labels
    due, release, seconds = (labels.get(name, "") for name in (_DUE_LABEL, _RELEASE_LABEL, _TIMEOUT_LABEL))
    return Running(
        id=service.id,
        service=service.name,
        app=labels[JOB_LABEL],
        job=labels.get(_NAME_LABEL, ""),
        times=labels.get(_TIMES_LABEL, ""),
        due=datetime.fromisoformat(due) if due else None,
        release=int(release) if release.isdecimal() else 0,
        started_at=service.created_at or now,
        timeout=timedelta(seconds=int(seconds) if seconds.isdecimal() else TIMEOUT_SECONDS),
    )


def ending(run: Running, task: Task | None, now: datetime) -> Ending | None:
    """How it ended; None while it may run. Pure."""
    if task is not None and task.state in ENDED:
        at = task.state_since or now
        if task.state == "complete":
            return Ending(Outcome.SUCCEEDED, at, 0)
        why = f"exit code {task.exit_code}" if task.exit_code else task.error or task.message or "the engine ended it"
        return Ending(Outcome.FAILED, at, task.exit_code or None, why)
    if now < run.ends_at:
        return None
    state = "" if task is None or not task.unplaceable else f"; it waited for a node: {task.error}"
    return Ending(
        Outcome.TIMED_OUT, run.ends_at, None, f"it had not ended after {run.timeout.total_seconds():.0f} s{state}"
    )


def start(place: Place, observed: Observed, app: str, job: Job, due: datetime | None) -> str:
    """The id of its service; empty where that time's run is there already. `CaptainError` for what cannot be run."""
    labels = {
        JOB_LABEL: app,
        _NAME_LABEL: job.name,
        _TIMES_LABEL: job.times,
        _DUE_LABEL: "" if due is None else due.astimezone(UTC).isoformat(),
        _RELEASE_LABEL: str(running_number(app_service(observed, app)) or 0),
        _TIMEOUT_LABEL: str(job.timeout_seconds),
    }
    body = one_off_spec(place, observed, app, job.command, run_name(app, job.name, due), labels)
    try:
        return place.engine.create_service(body)
    except EngineError as error:
        if error.status != _CONFLICT:
            raise
        return ""


def run_name(app: str, job: str, due: datetime | None) -> str:
    """Of its service: the same for one time, so that nobody runs it twice; another for each run by hand."""
    if due is None:
        return f"job-{app}-{secrets.token_hex(4)}"
    digest = hashlib.sha256(f"{app}/{job}/{due.astimezone(UTC).isoformat()}".encode()).hexdigest()
    return f"job-{app}-{digest[:8]}"


def settle(engine: Engine, lines: LastLines, run: Running, end: Ending) -> None:
    """Keep how it ended with its last lines, then take its service away: killed in between, it is done again."""
    last = _last_lines(engine, run)
    kept = Run(
        run.service, end.outcome, run.due, end.at, run.started_at, run.release, end.exit_code, end.why
    )  # fmt: skip
    made = _record(engine, run, kept)
    lines.keep(run.app, run.job, run.service, last, {own.id for own in made.runs})
    with suppress(NotFound):
        engine.remove_service(run.service)


def _record(engine: Engine, run: Running, kept: Run) -> History:
    def made(before: book.Histories) -> book.Histories:
        history = before.get(run.job) or begun(None, run.times, run.started_at)
        return {**before, run.job: with_run(history, kept)}

    return book.change(engine, run.app, made)[run.job]


def is_somebodys(run: Running, end: Ending, now: datetime) -> bool:
    """Whether who began it by hand is still about to look at its end."""
    return run.due is None and now - end.at < _BY_HAND_FOR


def newest_task(engine: Engine, service: str) -> Task | None:
    """The run's task; None while there is none, or not any more."""
    try:
        return next(iter(engine.tasks(service)), None)
    except NotFound:
        return None


def _last_lines(engine: Engine, run: Running) -> list[str]:
    task = newest_task(engine, run.service)
    if task is None:
        return []
    try:
        return engine.task_lines(task.id, MOST_LINES)
    except EngineError as error:
        return [f"(its log cannot be read: {error})"]

"""Runs the jobs of apps when they are due, in `captain serve`: `due` decides, the Swarm keeps what has been."""

from __future__ import annotations

import json
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from captain.apps.app_plan import Observed
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Place
from captain.apps.first_release import is_unproven
from captain.apps.looking import keep_looking
from captain.apps.observe import observe
from captain.errors import CaptainError
from captain.jobs import book
from captain.jobs.due import Act, Begin, Leave, Miss, Skip, decide
from captain.jobs.job import Job
from captain.jobs.job_file import read_documents
from captain.jobs.job_run import Running, ending, is_somebodys, newest_task, running, settle, start
from captain.jobs.last_lines import LastLines
from captain.jobs.record import History, Outcome, Run, begun, is_failing, with_run
from captain.labels import APP_LABEL, JOB_LABEL, JOBS_LABEL
from swarm.engine import EngineError, Service

_PAUSE_SECONDS = 2.0
_AT_REST = (None, "completed", "rollback_completed")
_REFUSED = range(400, 500)

log = logging.getLogger("captain.jobs")


class Scheduler(Collector):
    """Looks every two seconds. What was seen is there as series; without a look there are none."""

    def __init__(
        self, connect: Callable[[], Place], folder: Path | None = None, failed: Callable[[], object] = lambda: None
    ) -> None:
        """`failed` is told of each look that ended in an error."""
        self._connect = connect
        self._lines = LastLines(folder or Path(tempfile.gettempdir()))
        self._failed = failed
        self._seen: Mapping[str, book.Histories] | None = None

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        keep_looking(self._connect, self.look, _PAUSE_SECONDS, self._failed, "jobs that are due", stop)

    def look(self, place: Place) -> None:
        """One pass over every app that has jobs, and every run that there is."""
        now = place.now()
        apps = {found.name: found for found in place.engine.services(JOBS_LABEL) if _is_app(found)}
        runs = running(place.engine.services(JOB_LABEL), now)
        if not apps and not runs and self._seen == {}:
            return
        under_way = [run for run in runs if not self._settled(place, run, now)]
        kept = book.histories(place.engine)
        for name in kept.keys() - apps.keys():
            self._look_after(place, name, kept[name], apps)
        is_new = False
        for name, service in sorted(apps.items()):
            if _is_at_rest(service):  # what is due waits for the end of a rollout
                is_new |= self._reconcile(place, service, kept.get(name, {}), under_way, now)
        if is_new:
            kept = book.histories(place.engine)
        self._seen = {name: found for name, found in kept.items() if name in apps}
        self._lines.forget(kept.keys() | apps.keys())

    def _look_after(self, place: Place, name: str, kept: book.Histories, apps: dict[str, Service]) -> None:
        """An app that has no jobs any more is looked at once more; what is kept of one that is gone is removed."""
        service = place.engine.service(name)
        if service is None:
            book.remove_jobs(place.engine, name)
        elif not all(history.is_gone for history in kept.values()):
            apps[name] = service

    def _reconcile(
        self, place: Place, service: Service, kept: book.Histories, under_way: Sequence[Running], now: datetime
    ) -> bool:
        """Do what is due of one app; whether anything was."""
        jobs = _jobs(service)
        busy = {job: [run.due for run in under_way if (run.app, run.job) == (service.name, job)] for job in jobs}
        began = _began(place, service, kept, jobs, now)
        acts = decide(list(jobs.values()), kept, busy, began, now)
        if not acts:
            return False
        observed = observe(place.engine, place.stack, place.domains)
        changes = [change for act in acts for change in self._done(place, observed, service.name, act, now)]
        if changes:
            book.change(place.engine, service.name, partial(_all, changes))
        return True

    def collect(self) -> Iterator[Metric]:
        """How the runs of each job ended, and whether the last did badly."""
        family = CounterMetricFamily(
            "flotilla_captain_job_runs", "Times of apps' jobs, by how they ended", labels=["app", "job", "outcome"]
        )
        failing = GaugeMetricFamily(
            "flotilla_captain_job_failing",
            "1 if the last time of an app's job failed or was missed",
            labels=["app", "job"],
        )
        for app, found in (self._seen or {}).items():
            for job, history in found.items():
                for outcome in Outcome:
                    family.add_metric([app, job, outcome.value], history.totals.get(outcome.value, 0))
                failing.add_metric([app, job], is_failing(history))
        yield from (family, failing)

    def _settled(self, place: Place, run: Running, now: datetime) -> bool:
        """Whether it has ended, and that is kept."""
        end = ending(run, newest_task(place.engine, run.service), now)
        if end is None or is_somebodys(run, end, now):
            return False
        settle(place.engine, self._lines, run, end)
        level = logging.INFO if end.outcome is Outcome.SUCCEEDED else logging.WARNING
        log.log(
            level, "The job %s of %s %s%s", run.job, run.app, _WORDS[end.outcome], f": {end.why}" if end.why else "."
        )
        return True

    def _done(
        self, place: Place, observed: Observed, app: str, act: Act, now: datetime
    ) -> list[Callable[[book.Histories], book.Histories]]:
        """Do it; what is to be kept of it."""
        if isinstance(act, Leave):
            return [partial(_leave, act.name)]
        if isinstance(act, Begin):
            return [partial(_begin, act)]
        job = act.job
        if isinstance(act, Skip):
            log.warning("The job %s of %s is skipped at %s: it still runs.", job.name, app, _at(act.due))
            return [partial(_add, job, Run("", Outcome.SKIPPED, act.due, act.due))]
        if isinstance(act, Miss):
            log.warning(
                "The job %s of %s missed %d times from %s to %s: captain or the Swarm was away.",
                job.name, app, act.count, _at(act.first), _at(act.last),
            )  # fmt: skip
            return [partial(_add, job, Run("", Outcome.MISSED, act.first, act.last, count=act.count))]
        try:
            start(place, observed, app, job, act.due)
        except CaptainError as error:
            why = str(error)
        except EngineError as error:
            if error.status not in _REFUSED:
                raise
            why = str(error)
        else:
            return []
        log.warning("The job %s of %s could not be started: %s", job.name, app, why)
        return [partial(_add, job, Run("", Outcome.FAILED, act.due, now, now, why=f"could not be started: {why}"))]


_WORDS = {
    Outcome.SUCCEEDED: "succeeded",
    Outcome.FAILED: "failed",
    Outcome.TIMED_OUT: "was ended",
}


def _all(changes: Sequence[Callable[[book.Histories], book.Histories]], before: book.Histories) -> book.Histories:
    for change in changes:
        before = change(before)
    return before


def _begin(act: Begin, before: book.Histories) -> book.Histories:
    return {**before, act.job.name: begun(before.get(act.job.name), act.job.times, act.since)}


def _leave(name: str, before: book.Histories) -> book.Histories:
    return {**before, name: replace(before[name], is_gone=True)} if name in before else before


def _add(job: Job, run: Run, before: book.Histories) -> book.Histories:
    history = before.get(job.name) or History(job.times, run.ended_at)
    return {**before, job.name: with_run(history, run)}


def _is_app(service: Service) -> bool:
    return service.labels.get(APP_LABEL) == service.name


def _jobs(service: Service) -> dict[str, Job]:
    """Of the app's service; none where captain did not write them."""
    try:
        found = read_documents(json.loads(service.labels.get(JOBS_LABEL, "{}")), service.name)
    except (ValueError, CaptainError) as error:
        log.error("The jobs of %s cannot be read, and do not run: %s", service.name, error)
        return {}
    return {job.name: job for job in found}


def _is_at_rest(service: Service) -> bool:
    """Whether no rollout is under way, whose release may be taken back."""
    return service.update_state in _AT_REST and not is_unproven(service)


def _began(place: Place, service: Service, kept: book.Histories, jobs: Mapping[str, Job], now: datetime) -> datetime:
    """When the release came that has these jobs; asked only where a job is new."""
    if all(name in kept and kept[name].times == job.times for name, job in jobs.items()):
        return now
    observed = observe(place.engine, place.stack, place.domains)
    own = observed.releases.get(service.name, ())
    number = running_number(service)
    return next((release.created_at for release in own if release.number == number and release.created_at), now)


def _at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

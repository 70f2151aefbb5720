"""The commands about jobs: `jobs` says when they run and how they went, `job run` runs one now."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from captain.apps.app_rollout import Place
from captain.apps.change import running_spec
from captain.apps.command_line import Write, place_of
from captain.apps.observe import observe
from captain.apps.one_off import exit_code, follow
from captain.cli import said
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.jobs import book
from captain.jobs.job import Job
from captain.jobs.job_run import Running, ending, running, settle, start
from captain.jobs.last_lines import LastLines
from captain.jobs.report import Shown, as_json, as_lines
from captain.jobs.schedule import next_time
from captain.labels import JOB_LABEL
from captain.swarm_check import check_manager
from swarm.engine import Engine
from swarm.engine_logs import LogLine

COMMANDS = ("jobs", "job")
_TIMED_OUT = 124
"""As timeout(1) has it."""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The commands' arguments; `shared` adds those that all have, such as --stack."""
    listing = commands.add_parser(
        "jobs",
        help="say when an app's jobs run, and how the last runs went",
        description="Say when an app's jobs run, and how the last runs of each went, with the last lines of the last.",
    )
    listing.add_argument("--json", action="store_true", help="for programs")
    actions = commands.add_parser("job", help="run a job of an app now", description="A job of an app.").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    running_one = actions.add_parser(
        "run",
        help="run a job now, whatever the time",
        description="Run a job now, with what it writes. Its exit code is this command's; 124 when its time was over. "
        "Interrupted, it goes on, and captain looks at its end.",
    )
    for parser in (listing, running_one):
        for add in shared:
            add(parser)
        parser.add_argument("app", metavar="APP", help="the app's name")
    running_one.add_argument("job", metavar="JOB", help="the job's name")


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `COMMANDS`; the exit code. Raises `CaptainError`."""
    check_manager(engine)
    lines = LastLines(Path(tempfile.gettempdir()))
    if options.command == "jobs":
        return _list(place_of(engine, options, domains, write), options, lines, write)
    options.json = True  # what captain itself says goes to standard error
    return run_now(place_of(engine, options, domains, write), options.app, options.job, lines, _tell)


def run_now(place: Place, app: str, name: str, lines: LastLines, tell: Callable[[LogLine], object]) -> int:
    """Run a job by hand, to its end; its exit code. `CaptainError` while it runs and may not overlap."""
    observed = observe(place.engine, place.stack, place.domains)
    jobs = {job.name: job for job in running_spec(observed, app).jobs}
    if name not in jobs:
        there = ", ".join(jobs) or "none"
        raise CaptainError(f"{app} has no job {name}; there is {there}.")
    under_way = [own for own in _running(place, app) if own.job == name]
    if under_way and not jobs[name].overlaps:
        raise CaptainError(f"The job {name} of {app} still runs, since {under_way[0].started_at:%H:%M:%S} UTC: wait.")
    service = start(place, observed, app, jobs[name], None)
    [own] = [found for found in _running(place, app) if found.id == service]
    try:
        task = follow(place, service, tell, own.ends_at)
    except KeyboardInterrupt:
        place.say(f"it goes on: captain jobs {app}")
        raise
    end = ending(own, task, place.now())
    assert end is not None, "it is over, or its time is"
    settle(place.engine, lines, own, end)
    if task is None:
        place.say(end.why)
        return _TIMED_OUT
    return exit_code(task)


def jobs_of(place: Place, app: str, lines: LastLines) -> list[Shown]:
    """The jobs of an app's running release, and how they went."""
    jobs = running_spec(observe(place.engine, place.stack, place.domains), app).jobs
    kept, now = book.history(place.engine, app), place.now()
    under_way = _running(place, app)
    return [_shown(job, kept, under_way, lines.read(app, job.name), now) for job in jobs]


def _list(place: Place, options: argparse.Namespace, lines: LastLines, write: Write) -> int:
    rows = jobs_of(place, options.app, lines)
    empty = [f"{options.app} has no jobs: write jobs: into its captain.yml"]
    write(said.answer({"app": options.app, "jobs": as_json(rows)}, as_lines(rows) or empty, options.json))
    return 0


def _shown(
    job: Job, kept: book.Histories, under_way: Sequence[Running], lines: Mapping[str, Sequence[str]], now: datetime
) -> Shown:
    history = kept.get(job.name)
    since = tuple(run.started_at for run in under_way if run.job == job.name)
    return Shown(job, history, next_time(job.schedule, job.zone, now), since, lines)


def _running(place: Place, app: str) -> list[Running]:
    return running(place.engine.services(f"{JOB_LABEL}={app}"), place.now())


def _tell(line: LogLine) -> None:
    stream = sys.stderr if line.is_error else sys.stdout
    stream.write(f"{line.text}\n")
    stream.flush()

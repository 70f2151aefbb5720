"""`jobs` of captain.yml to `Job`s, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from captain.jobs.job import MOST_JOBS, MOST_TIMEOUT_SECONDS, NAME_LENGTH, TIMEOUT_SECONDS, Job
from captain.jobs.schedule import mistake
from captain.section import Section

_SECOND = 10**9
_OVERLAPS = "allow"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def parse_jobs(app: Section) -> tuple[Job, ...]:
    """The jobs of an app, by name. Raises `CaptainError` for the first mistake."""
    jobs = app.section("jobs")
    found = tuple(_job(name, jobs) for name in jobs)
    if len(found) > MOST_JOBS:
        app.fail("jobs", f"are {len(found)}: an app has at most {MOST_JOBS}")
    return tuple(sorted(found, key=lambda job: job.name))


def documents(jobs: Sequence[Job]) -> dict[str, Any]:
    """As captain.yml would say them, without what is said by leaving it out."""
    return {job.name: _document(job) for job in jobs}


def read_documents(found: Mapping[str, Any], path: str) -> tuple[Job, ...]:
    """What `documents` made. Raises `CaptainError` for anything else."""
    return parse_jobs(Section({"jobs": found}, path))


def _document(job: Job) -> dict[str, Any]:
    return {
        "schedule": job.schedule,
        **({"zone": job.zone} if job.zone != "UTC" else {}),
        "command": list(job.command),
        **({"timeout": f"{job.timeout_seconds}s"} if job.timeout_seconds != TIMEOUT_SECONDS else {}),
        **({"overlap": _OVERLAPS} if job.overlaps else {}),
    }


def _job(name: str, jobs: Section) -> Job:
    if len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        jobs.fail(name, f"has to be at most {NAME_LENGTH} lower-case letters, digits and hyphens")
    job = jobs.section(name)
    job.allow("schedule", "zone", "command", "timeout", "overlap")
    schedule, zone = " ".join(job.text("schedule").split()), job.text("zone", "UTC")
    wrong = mistake(schedule, zone)
    if wrong:
        job.fail("schedule", wrong)
    command = job.command("command")
    if not command:
        job.fail("command", "is needed: what is to be run, a list or a line")
    return Job(
        name=name,
        schedule=schedule,
        command=command,
        zone=zone,
        timeout_seconds=_timeout(job),
        overlaps=job.choice("overlap", "skip", _OVERLAPS) == _OVERLAPS,
    )


def _timeout(job: Section) -> int:
    nanoseconds = job.duration("timeout")
    if nanoseconds is None:
        return TIMEOUT_SECONDS
    seconds, rest = divmod(nanoseconds, _SECOND)
    if rest or not 0 < seconds <= MOST_TIMEOUT_SECONDS:
        job.fail("timeout", f"is '{job.text('timeout')}': give whole seconds, at most 24h, such as 90s or 2h")
    return seconds

"""What is built when: a queue per app in which the newest waiting source wins, and a limit over all apps. Pure.

Invariants: of an app at most one build is under way and at most one waits; at most `parallel` are building; every
change is a new `Queue`, and a build that is over never changes again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

REMEMBERED = 20
"""Builds that are over and kept of each app."""


class State(Enum):
    """How far a build is."""

    QUEUED = "queued"
    BUILDING = "building"
    DEPLOYING = "deploying"
    """Its image is made, and is being rolled out."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Its captain ended: of kept builds alone."""

    @property
    def is_over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self in (State.DONE, State.FAILED, State.CANCELLED, State.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Build:
    """One source of one app. `image` is empty until it is made; `why` says why it failed or was cancelled."""

    id: int
    app: str
    state: State
    queued_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    git_hash: str = ""
    image: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """All builds that are known, oldest first."""

    parallel: int
    builds: tuple[Build, ...] = ()

    def get(self, number: int) -> Build | None:
        """The build of that number; None for one that never was or is forgotten."""
        return next((build for build in self.builds if build.id == number), None)

    def of(self, app: str) -> tuple[Build, ...]:
        """An app's, oldest first."""
        return tuple(build for build in self.builds if build.app == app)


def next_number(queue: Queue) -> int:
    """Greater than those of all builds that are known."""
    return max((build.id for build in queue.builds), default=0) + 1


def submitted(queue: Queue, app: str, git_hash: str, now: datetime, least: int = 1) -> tuple[Queue, Build]:
    """With one more that waits, whose number is `least` at least.

    What of the app waited until now is cancelled: nobody wants the older source.
    """
    number = max(least, next_number(queue))
    new = Build(number, app, State.QUEUED, now, git_hash=git_hash)
    why = f"build {number} took its place"
    before = tuple(
        replace(build, state=State.CANCELLED, ended_at=now, why=why)
        if build.app == app and build.state is State.QUEUED
        else build
        for build in queue.builds
    )
    return _forgetful(replace(queue, builds=(*before, new))), new


def startable(queue: Queue) -> tuple[Build, ...]:
    """Those that may begin now, in the order in which they came."""
    building = sum(build.state is State.BUILDING for build in queue.builds)
    busy = {build.app for build in queue.builds if build.state in (State.BUILDING, State.DEPLOYING)}
    free = max(0, queue.parallel - building)
    return tuple(build for build in queue.builds if build.state is State.QUEUED and build.app not in busy)[:free]


def waits_for(queue: Queue, build: Build) -> str:
    """Why a queued build does not begin, as a sentence; empty when it may."""
    if build in startable(queue):
        return ""
    if any(other.app == build.app and other.state in (State.BUILDING, State.DEPLOYING) for other in queue.builds):
        return f"an earlier build of {build.app} is under way: this one waits for its end"
    return f"{queue.parallel} builds are under way: this one waits for a place"


def started(queue: Queue, number: int, now: datetime) -> Queue:
    """It is being built."""
    return _changed(queue, number, state=State.BUILDING, started_at=now)


def built(queue: Queue, number: int, image: str) -> Queue:
    """Its image is made."""
    return _changed(queue, number, state=State.DEPLOYING, image=image)


def ended(queue: Queue, number: int, state: State, now: datetime, why: str = "") -> Queue:
    """It is over, in one of the states that are."""
    return _forgetful(_changed(queue, number, state=state, ended_at=now, why=why))


def _changed(queue: Queue, number: int, **fields: object) -> Queue:
    """Over is over: whoever comes too late changes nothing."""
    return replace(queue, builds=tuple(_with(build, number, fields) for build in queue.builds))


def _with(build: Build, number: int, fields: dict[str, object]) -> Build:
    return replace(build, **fields) if build.id == number and not build.state.is_over else build  # type: ignore[arg-type]


def _forgetful(queue: Queue) -> Queue:
    """Without the oldest of each app beyond `REMEMBERED`; never without the newest number, which is not given twice."""
    gone: set[int] = set()
    for app in {build.app for build in queue.builds}:
        gone |= set(_ids(build for build in queue.of(app) if build.state.is_over)[:-REMEMBERED])
    return replace(queue, builds=tuple(build for build in queue.builds if build.id not in gone))


def _ids(builds: Iterable[Build]) -> list[int]:
    return [build.id for build in builds]

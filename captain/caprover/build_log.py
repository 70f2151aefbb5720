"""A log as CapRover's clients count its lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from captain.builds.queue import Build, State

RING = 50


def build_log(total: int, last: Sequence[str]) -> dict[str, Any]:
    """`last` are the last of `total` lines, more than a ring holds or not.

    A client counts from -50, as if so many empty lines had come first, and prints what it has not seen.
    """
    shown = list(last[-RING:])
    return {"firstLineNumber": total - RING, "lines": [""] * (RING - len(shown)) + shown}


class Kept(Protocol):
    """See `captain.builds.kept_builds.KeptBuild`."""

    @property
    def build(self) -> Build: ...
    @property
    def lines(self) -> tuple[str, ...]: ...
    @property
    def left_out(self) -> int: ...


@dataclass(frozen=True, slots=True)
class LastBuild:
    """What it said, and how it stands; `says_its_end` is whether a client that reads it needs no other word."""

    lines: tuple[str, ...] = ()
    left_out: int = 0
    goes_on: bool = False
    failed: bool = False

    @property
    def says_its_end(self) -> bool:
        return self.goes_on or self.failed


def last_build(kept: Kept | None, released_at: datetime | None) -> LastBuild:
    """An app's last build; it has not failed where a release was made since, which is what counts then."""
    if kept is None:
        return LastBuild()
    build = kept.build
    came_to_nothing = released_at is None or released_at < build.queued_at
    failed = came_to_nothing and build.state in (State.FAILED, State.INTERRUPTED)
    is_lost = failed and build.state is State.INTERRUPTED
    lines = (*kept.lines, f"{build.why}: deploy again") if is_lost else kept.lines
    return LastBuild(lines, kept.left_out, not build.state.is_over, failed)

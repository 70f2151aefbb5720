"""A job of an app, as captain.yml says it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

NAME_LENGTH = 30
TIMEOUT_SECONDS = 3600
MOST_TIMEOUT_SECONDS = 24 * 3600
MOST_JOBS = 20
"""Of one app."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command that runs at the times of `schedule` (cron's five fields) in `zone`, for at most `timeout_seconds`.

    `overlaps`: it runs also while the run before still does; otherwise that time is skipped.
    """

    name: str
    schedule: str
    command: tuple[str, ...]
    zone: str = "UTC"
    timeout_seconds: int = TIMEOUT_SECONDS
    overlaps: bool = False

    @property
    def times(self) -> str:
        """When it runs, in a few words; another text is another schedule."""
        return f"{self.schedule} {self.zone}"

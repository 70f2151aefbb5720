"""From when on a log is asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from captain.logs.seen import WINDOW

_CLOCKS = timedelta(minutes=1)
"""By which a node's clock, which the lines have, may be behind the Swarm's, which tasks have."""


def since(
    made: Mapping[str, datetime | None], until: Mapping[str, datetime], oldest: datetime | None
) -> datetime | None:
    """The moment from which on no line of any task is missing; None for all there are.

    `made` are the tasks that the Swarm knows, and when they were; `until` those of which there are lines already, and
    how far. Lines before `oldest` were kept, and have gone since: they are not asked for again.
    """
    starts = [
        until[task] - WINDOW if task in until else None if at is None else at - _CLOCKS for task, at in made.items()
    ]
    known = [start for start in starts if start is not None]
    if not known or len(known) < len(starts):
        return oldest
    return min(known) if oldest is None else max(min(known), oldest)

"""When a job is due: cron's five fields in a time zone. Pure.

As Debian's cron has it: a fixed time of day that the clock leaps over comes at the first minute after the gap, and one
that the clock shows twice comes once, at the first. Where minute or hour begins with a star, every minute that passes
counts: in an hour that is there twice it comes in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_FIELDS = 5
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def mistake(schedule: str, zone: str) -> str:
    """Why there are no such times, as the end of a sentence; empty when there are."""
    if len(schedule.split()) != _FIELDS:
        return f"is '{schedule}': write five fields, minute hour day month weekday, such as 0 3 * * *"
    try:
        next(CronSim(schedule, _ANY_DAY))
    except CronSimError as error:
        return f"is '{schedule}': {error}; write minute hour day month weekday, such as 0 3 * * 1-5"
    except StopIteration:
        return f"is '{schedule}', which never comes"
    return zone_mistake(zone)


def zone_mistake(zone: str) -> str:
    """Why this is no time zone, as the end of a sentence; empty when it is one."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"is in the zone '{zone}', which nobody knows: write one such as Europe/Berlin or UTC"
    return ""


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def times(schedule: str, zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """The times later than `after` and not later than `until`, in UTC and in their order."""
    last = after
    for at in CronSim(schedule, after.astimezone(_zone(zone))):
        found = at.astimezone(UTC)
        if found > until:
            return
        if found > last:
            last = found
            yield found


def next_time(schedule: str, zone: str, after: datetime) -> datetime:
    """The first time later than `after`, in UTC."""
    for at in CronSim(schedule, after.astimezone(_zone(zone))):
        found = at.astimezone(UTC)
        if found > after:
            return found
    raise ValueError(f"'{schedule}' never comes")

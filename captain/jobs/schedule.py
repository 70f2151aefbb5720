"""When a job is due: cron's five fields in a time zone. Pure.

As Debian's cron has it: a fixed time of day that the clock leaps over comes at the first minute after the gap, and one
that the clock shows twice comes once, at the first. Where minute or hour begins with a star, every minute that passes
counts: in an hour that is there twice it comes in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_FIELDS = 5
_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)
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
    for found in _all(schedule, _zone(zone), after, until):
        if found > last:
            last = found
            yield found


def next_time(schedule: str, zone: str, after: datetime) -> datetime:
    """The first time later than `after`, in UTC."""
    for found in _all(schedule, _zone(zone), after):
        if found > after:
            return found
    raise ValueError(f"'{schedule}' never comes")


def _all(schedule: str, zone: tzinfo, after: datetime, until: datetime | None = None) -> Iterator[datetime]:
    """Where clocks are changed by half an hour (Lord Howe Island), it begins anew with the next hour: cronsim goes
    on in whole hours from the change, and leaps over the first minutes of one that is meant."""
    start, looked, anew = after.astimezone(UTC), after.astimezone(UTC) - _HOUR, None
    while True:
        for at in CronSim(schedule, start.astimezone(zone)):
            found = at.astimezone(UTC)
            if anew is None:
                seen = found if until is None else min(found, until)
                anew, looked = _hour_after_odd_change(zone, looked, seen, start), seen
            if until is not None and found > until and (anew is None or anew > until):
                return
            if anew is not None and found >= anew:
                start = looked = anew - _SECOND
                anew = None
                break
            yield found
        else:
            return


def _hour_after_odd_change(zone: tzinfo, after: datetime, until: datetime, start: datetime) -> datetime | None:
    """The hour that begins after a change of clocks in that time; None if that is before `start`."""
    change = _odd_change(zone, after, until)
    if change is None:
        return None
    hour = change + timedelta(minutes=-change.astimezone(zone).minute % 60)
    return hour if hour - _SECOND > start else None


def _odd_change(zone: tzinfo, after: datetime, until: datetime) -> datetime | None:
    """The first moment in that time, to the minute, from which clocks are off by another part of an hour."""
    while after < until:
        later = min(after + timedelta(days=1), until)
        if _off(zone, later) != _off(zone, after):
            while later - after > _SECOND:
                middle = after + (later - after) / 2
                if _off(zone, middle) == _off(zone, after):
                    after = middle
                else:
                    later = middle
            return later.replace(second=0, microsecond=0)
        after = later
    return None


def _off(zone: tzinfo, at: datetime) -> timedelta:
    """How far its clocks are off from UTC, less whole hours."""
    return (at.astimezone(zone).utcoffset() or timedelta()) % _HOUR

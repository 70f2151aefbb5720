"""When jobs are due: cron's words, clocks that leap, and that every time is dealt with once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from captain.jobs.due import LATE, MOST_AT_ONCE, Begin, Leave, Miss, Skip, Start, decide
from captain.jobs.job import Job
from captain.jobs.record import MOST_RUNS, History, Outcome, Run, begun, dump, load, with_run
from captain.jobs.schedule import mistake, next_time, times

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NIGHTLY = Job("nightly", "0 3 * * *", ("./backup",))
OFTEN = Job("often", "* * * * *", ("./tidy",))

_numbers = st.integers(0, 59)
_fields = st.tuples(
    st.sampled_from(["*", "*/7", "0", "30", "5-10", "1,59"]),
    st.sampled_from(["*", "*/5", "0", "2", "3", "1-3", "2,22"]),
    st.sampled_from(["*", "1", "29", "25,26"]),
    st.sampled_from(["*", "3", "10", "2-11"]),
    st.sampled_from(["*", "0", "SUN", "MON-FRI"]),
).map(" ".join)
_zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
_moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
# The nights in which these zones change their clocks, and the days before.
_nights = st.sampled_from(
    [datetime(2026, month, day, hour, tzinfo=UTC)
     for month, day in ((3, 8), (3, 28), (3, 29), (4, 4), (10, 3), (10, 24), (10, 25), (11, 1))
     for hour in (0, 6, 12, 20)]
)  # fmt: skip
_near_changes = st.builds(lambda at, seconds: at + timedelta(seconds=seconds), _nights, st.integers(0, 6 * 3600))
_spans = st.integers(0, 3 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def field_holds(text: str, value: int, names: str = "") -> bool:
    """One field of a schedule, read in the simplest way there is; the other reader that `times` is held against."""
    for number, name in enumerate(names.split()):
        text = text.replace(name, str(number))
    for part in text.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        first, last = (0, 99) if span == "*" else (int(low), int(high or low))
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


def holds(schedule: str, at: datetime) -> bool:
    minute, hour, day, month, weekday = schedule.split()
    is_day, is_weekday = (
        field_holds(day, at.day),
        field_holds(weekday, at.isoweekday() % 7, "SUN MON TUE WED THU FRI SAT"),
    )
    days = is_day and is_weekday if "*" in (day[0], weekday[0]) else is_day or is_weekday
    return days and field_holds(minute, at.minute) and field_holds(hour, at.hour) and field_holds(month, at.month)


@settings(max_examples=60, deadline=None)
@given(_fields, _moments, _spans)
def test_every_minute_that_a_schedule_means_and_no_other(schedule: str, after: datetime, span: timedelta) -> None:
    """Held against a reader that looks at each minute."""
    first = after.replace(second=0, microsecond=0) + MINUTE
    minutes = [first + MINUTE * n for n in range(int(span / MINUTE) + 1)]
    wanted = [at for at in minutes if after < at <= after + span and holds(schedule, at)]
    assert list(times(schedule, "UTC", after, after + span)) == wanted


@settings(max_examples=200, deadline=None)
@example(
    "* */5 * * *", "Australia/Lord_Howe", datetime(2026, 10, 3, 6, tzinfo=UTC), timedelta(0, 35999), timedelta(0, 7201)
)
@example(
    "*/20 * * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, 6, tzinfo=UTC), timedelta(hours=9), timedelta(hours=9)
)
@example(
    "15 2 * * *", "Australia/Lord_Howe", datetime(2026, 10, 3, 6, tzinfo=UTC), timedelta(hours=9), timedelta(days=2)
)
@given(_fields, _zones, _near_changes | _moments, _spans, _spans)
def test_looking_in_between_changes_nothing(
    schedule: str, zone: str, after: datetime, first: timedelta, second: timedelta
) -> None:
    """In any zone, whatever its clocks do: no time twice, none lost, all in order."""
    between, until = after + first, after + first + second
    whole = list(times(schedule, zone, after, until))
    parts = [*times(schedule, zone, after, between), *times(schedule, zone, between, until)]
    assert parts == whole == sorted(set(whole))
    assert all(after < at <= until for at in whole)
    if whole:
        assert next_time(schedule, zone, after) == whole[0]


@pytest.mark.parametrize(
    ("schedule", "night", "at"),
    [
        # 2026-03-29: two o'clock is three o'clock. 02:30 comes at 03:00, once; every half hour goes on.
        ("30 2 * * *", "2026-03-29", ["01:00"]),
        ("30 1 * * *", "2026-03-29", ["00:30"]),
        ("30 3 * * *", "2026-03-29", ["01:30"]),
        ("*/30 * * * *", "2026-03-29", ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00"]),
        ("*/30 2 * * *", "2026-03-29", []),
        # 2026-10-25: from three o'clock back to two. 02:30 comes once, at the first; every half hour twice.
        ("30 2 * * *", "2026-10-25", ["00:30"]),
        ("0 3 * * *", "2026-10-25", ["02:00"]),
        ("*/30 2 * * *", "2026-10-25", ["00:00", "00:30", "01:00", "01:30"]),
    ],
)
def test_nights_in_which_the_clock_is_changed(schedule: str, night: str, at: list[str]) -> None:
    """What is said in the manual, in Europe/Berlin; `at` is UTC."""
    since = datetime.fromisoformat(f"{night}T00:00:00Z") - timedelta(seconds=1)
    found = times(schedule, "Europe/Berlin", since, since + timedelta(hours=3, seconds=1))
    assert [f"{time:%H:%M}" for time in found] == at


def test_a_time_that_has_been_is_not_told_again_in_the_hour_that_comes_twice() -> None:
    """Asked in the second one for 02:30, which came in the first."""
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    assert list(times("30 2 * * *", "Europe/Berlin", second, second + timedelta(hours=2))) == []
    assert next_time("30 2 * * *", "Europe/Berlin", second) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("schedule", ["", "* * * *", "* * * * * *", "@daily", "60 * * * *", "0 0 31 2 *", "x * * * *"])
def test_what_is_no_schedule_is_said(schedule: str) -> None:
    """With how one looks."""
    assert mistake(schedule, "UTC").startswith(f"is '{schedule}'")
    assert mistake("0 3 * * *", "UTC") == ""


def history(job: Job = OFTEN, handled: datetime = AT, **more: Any) -> dict[str, History]:
    return {job.name: History(job.times, handled, **more)}


def test_the_newest_of_several_times_is_run_and_the_others_are_missed() -> None:
    """Captain was away: one run, not many; what is older than an hour is nobody's any more."""
    found = decide([OFTEN], history(), {}, AT, AT + MINUTE * 10)
    assert found == [Miss(OFTEN, AT + MINUTE, AT + MINUTE * 9, 9), Start(OFTEN, AT + MINUTE * 10)]
    assert decide([OFTEN], history(), {}, AT, AT + MINUTE) == [Start(OFTEN, AT + MINUTE)]
    assert decide([OFTEN], history(), {}, AT, AT + MINUTE / 2) == []
    three = AT.replace(day=30, hour=3)
    late = three + LATE
    assert decide([NIGHTLY], history(NIGHTLY, three - MINUTE), {}, AT, late - MINUTE) == [Start(NIGHTLY, three)]
    assert decide([NIGHTLY], history(NIGHTLY, three - MINUTE), {}, AT, late) == [Miss(NIGHTLY, three, three, 1)]
    years = decide([OFTEN], history(handled=AT - timedelta(days=3 * 365)), {}, AT, AT)
    assert isinstance(years[0], Miss) and years[0].count >= 1000 and years[1] == Start(OFTEN, AT)


def test_a_time_at_which_it_still_runs_is_skipped() -> None:
    """By the clock or by hand; where runs may overlap, not more than a few do."""
    at = AT + MINUTE
    assert decide([OFTEN], history(), {"often": [AT]}, AT, at) == [Skip(OFTEN, at)]
    assert decide([OFTEN], history(), {"often": [None]}, AT, at) == [Skip(OFTEN, at)]
    many = Job("often", "* * * * *", ("x",), overlaps=True)
    assert decide([many], history(), {"often": [AT]}, AT, at) == [Start(many, at)]
    assert decide([many], history(), {"often": [AT] * MOST_AT_ONCE}, AT, at) == [Skip(many, at)]
    assert decide([OFTEN], history(), {"often": [at]}, AT, at) == [], "a run that is there is dealt with"


def test_a_job_that_is_new_has_missed_nothing() -> None:
    """From the release that brought it on; the same for another schedule, and for one that was away and is back."""
    early = AT - timedelta(days=9)
    assert decide([OFTEN], {}, {}, early, AT) == [Begin(OFTEN, early)]
    assert decide([OFTEN], history(NIGHTLY, AT) | {"often": History("0 0 * * * UTC", AT)}, {}, early, AT + MINUTE) == [
        Leave("nightly"), Begin(OFTEN, AT),
    ]  # fmt: skip
    gone = history(handled=early, is_gone=True)
    assert decide([], gone, {}, early, AT) == [] and decide([OFTEN], gone, {}, early, AT) == [Begin(OFTEN, AT)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5400), st.booleans()), min_size=1, max_size=25),
    st.sampled_from(["* * * * *", "*/10 * * * *", "30 2 * * *", "15 * * * *"]),
    st.sampled_from(["UTC", "Europe/Berlin"]),
    st.sampled_from([datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]),
)
def test_every_time_is_dealt_with_once(
    looks: list[tuple[int, bool]], schedule: str, zone: str, began: datetime
) -> None:
    """Whenever captain looks, away or not, while it runs or not: run, skipped or missed, and nothing run late."""
    job = Job("job", schedule, ("x",), zone)
    kept, now, seen = {"job": begun(None, job.times, began)}, began, list[datetime]()
    for pause, still_runs in looks:
        now += timedelta(seconds=pause)
        running = [kept["job"].handled] if still_runs else []
        for act in decide([job], kept, {"job": running}, began, now):
            if isinstance(act, Miss):
                seen += times(schedule, zone, act.first - MINUTE, act.last)
                run = Run("", Outcome.MISSED, act.first, act.last, count=act.count)
            else:
                assert isinstance(act, Start | Skip) and now - act.due < LATE
                assert isinstance(act, Skip) is still_runs
                seen.append(act.due)
                run = Run(f"{act.due}", Outcome.SUCCEEDED, act.due, now)
            kept = {"job": with_run(kept["job"], run)}
    assert seen == list(times(schedule, zone, began, now))
    assert sum(kept["job"].totals.values()) == len(seen)


def test_what_is_kept_is_bounded_and_read_back_as_it_was() -> None:
    """The last runs and all totals; a run twice is one; skipped times in a row are one."""
    kept = begun(None, OFTEN.times, AT)
    for n in range(30):
        kept = with_run(kept, Run(f"r{n}", Outcome.FAILED, AT + MINUTE * n, AT, AT, 3, 7, "x" * 999))
    kept = with_run(kept, kept.runs[-1])
    assert len(kept.runs) == MOST_RUNS and kept.totals == {"failed": 30} and kept.handled == AT + MINUTE * 29
    for n in range(30, 33):
        kept = with_run(kept, Run("", Outcome.SKIPPED, AT + MINUTE * n, AT + MINUTE * n))
    assert (kept.runs[-1].count, kept.runs[-1].due, kept.runs[-1].ended_at) == (3, AT + MINUTE * 30, AT + MINUTE * 32)
    kept = with_run(kept, Run("hand", Outcome.SUCCEEDED, None, AT, AT))
    assert kept.handled == AT + MINUTE * 32 and kept.totals == {"failed": 30, "skipped": 3, "succeeded": 1}
    histories = {f"job{n}": kept for n in range(20)} | {
        f"gone{n}": History("x", AT + MINUTE * n, is_gone=True) for n in range(50)
    }
    data = dump(histories)
    found = load(data)
    assert len(data) < 250_000, "a Swarm's config has at most 500 kB"
    assert {name: own for name, own in found.items() if not own.is_gone} == {f"job{n}": kept for n in range(20)}
    assert [name for name in found if found[name].is_gone] == [f"gone{n}" for n in range(30, 50)]
    for broken in (b"[]", b"{}", b"{", b'{"jobs": {"a": {}}}'):
        with pytest.raises(ValueError, match=r".+"):
            load(broken)

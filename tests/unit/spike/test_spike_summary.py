"""The figures mean what their definitions say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from swarm.spike import summary
from swarm.spike.samples import Recording, Request

Make = Callable[..., Recording]


def request(**changes: object) -> Request:
    """An answered GET of 20 ms, but for the changes."""
    plain = Request(
        leg="autoscaled",
        index=0,
        phase="during",
        kind="GET",
        key=None,
        source="",
        intended=1.0,
        started=1.0,
        sent=1.0,
        done=1.02,
        status=200,
        error=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 95, None),
        ([7.0], 95, 7.0),
        ([float(n) for n in range(1, 101)], 95, 95.0),
        ([float(n) for n in range(1, 21)], 95, 19.0),
        ([float(n) for n in range(1, 22)], 95, 20.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([3.0, 1.0, 2.0], 100, 3.0),
    ],
)
def test_percentile_is_the_nearest_rank(values: list[float], percent: int, expected: float | None) -> None:
    """A value that was measured, never one in between; of nothing there is none."""
    assert summary.percentile(values, percent) == expected


@pytest.mark.parametrize(
    ("changes", "is_failed"),
    [
        ({}, False),
        ({"status": 201}, False),
        ({"status": 302}, True),
        ({"status": 404}, True),
        ({"status": 401}, True),
        ({"status": 500}, True),
        ({"status": 503}, True),
        ({"status": None, "error": "refused"}, True),
        ({"done": 11.0}, False),
        ({"done": 11.001}, True),
    ],
)
def test_failed(changes: dict[str, object], is_failed: bool) -> None:
    """Any 4xx or 5xx, a 503 too, no whole answer, or more than 10 s after the intended time."""
    assert summary.failed(request(**changes), 10) is is_failed


def test_latency_counts_from_the_intended_time() -> None:
    """What the generator or a queue delayed is in it."""
    assert summary.latency_ms(request(started=1.4, sent=1.5, done=1.52), 10) == pytest.approx(520)


def test_a_quick_error_does_not_make_latency_look_good() -> None:
    """A failed request counts with the time limit at least."""
    assert summary.latency_ms(request(status=503, done=1.001), 10) == 10_000


def reached(recording: Recording) -> float | None:
    """Time to capacity of a recording."""
    facts = recording.facts
    return summary.time_to_capacity(
        recording.requests,
        objective_ms=facts.objective_ms,
        spike_seconds=facts.spike_seconds,
        timeout_seconds=10,
    )


def test_time_to_capacity_is_when_p95_comes_within_the_objective(recording: Make) -> None:
    """Slow for 4.3 s, quick from then on: 4.3 s, give or take the 5 % that p95 leaves out."""
    found = reached(recording(lambda at: (1.0 if at < 4.3 else 0.02, 200)))
    assert found is not None and 4.2 <= found <= 4.3


def test_never_slow_is_capacity_at_once(recording: Make) -> None:
    """Enough replicas already: zero seconds, which is a measured zero."""
    assert reached(recording()) == 0.0


def test_it_has_to_stay_so_for_ten_seconds(recording: Make) -> None:
    """A relapse nine seconds later starts the clock again."""
    relapse = reached(recording(lambda at: (1.0 if at < 2 or 11 <= at < 11.5 else 0.02, 200), seconds=30))
    assert relapse is not None and 11.4 <= relapse <= 11.5
    later = reached(recording(lambda at: (1.0 if at < 2 or 12.5 <= at < 13 else 0.02, 200), seconds=30))
    assert later is not None and 1.9 <= later <= 2.0


@pytest.mark.parametrize(
    "answer",
    [
        lambda at: (1.0, 200),
        lambda at: (0.02, 503),
        lambda at: (0.02, None),
        lambda at: (1.0 if at < 15 else 0.02, 200),  # only five seconds are left
    ],
)
def test_never_reached_is_none_and_says_why(
    recording: Make, answer: Callable[[float], tuple[float, int | None]]
) -> None:
    """Never zero, never the length of the spike; quick errors are no capacity."""
    made = recording(answer)
    assert reached(made) is None
    figures = summary.summarize(made)
    assert figures["time_to_capacity_seconds"] is None
    assert "p95" in figures["missing"]["time_to_capacity_seconds"]


def test_a_second_without_requests_is_not_within_the_objective(recording: Make) -> None:
    """No data is not good data."""
    made = recording(lambda at: (0.02, 200))
    made.requests = [r for r in made.requests if not 5 <= r.intended < 6.5]
    assert reached(made) == 5.6  # the first stretch of one second that holds requests again


def test_an_acknowledged_post_without_a_row_is_lost(recording: Make) -> None:
    """Each missing row of an acknowledged POST counts once; one never acknowledged is not missed."""
    made = recording(lambda at: (0.02, 201 if at < 15 else None))
    assert made.rows
    assert summary.accounting(made.requests, made.rows) == (0, 0)
    assert summary.accounting(made.requests, made.rows[2:]) == (2, 0)


def test_a_key_with_two_rows_is_duplicated_acknowledged_or_not(recording: Make) -> None:
    """A repeated POST whose first answer got lost is a duplicate as well; rows of others don't count."""
    made = recording(lambda at: (0.02, 201 if at < 15 else None))
    assert made.rows
    unanswered = next(r.key for r in made.requests if r.key and r.status is None)
    assert unanswered is not None
    rows = [*made.rows, made.rows[0], made.rows[0], unanswered, unanswered, "other", "other"]
    assert summary.accounting(made.requests, rows) == (0, 2)


def test_rows_not_read_are_not_zero_lost(recording: Make) -> None:
    """Without the comparison, lost and duplicated are unknown, with the reason."""
    made = recording()
    made.rows = None
    figures = summary.summarize(made)
    assert figures["lost_posts"] is None and figures["duplicated_posts"] is None
    assert {"lost_posts", "duplicated_posts"} <= figures["missing"].keys()


def test_scaled_back_counts_from_the_end_of_the_load(recording: Make) -> None:
    """Wanted and ready both have to be what they were before the step."""
    figures = summary.summarize(recording(seconds=20))
    assert figures["scaled_back_after_seconds"] == 7.0  # wanted at 25, ready two seconds later


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (lambda second: 2, "never scaled out"),
        (lambda second: 2 if second < 3 else 6, "Not back"),
        (lambda second: None, "not known"),
    ],
)
def test_not_scaled_back_is_none_with_a_reason(recording: Make, wanted: Callable[[int], int | None], why: str) -> None:
    """Each way of having no figure has a sentence of its own."""
    figures = summary.summarize(recording(wanted=wanted, ready=wanted))
    assert figures["scaled_back_after_seconds"] is None
    assert why in figures["missing"]["scaled_back_after_seconds"]


def test_missing_connections_are_none(recording: Make) -> None:
    """No sample of Prometheus and no cap: both unknown, both with a reason."""
    made = recording(cap=None)
    made.moments = [replace(moment, db_connections=None) for moment in made.moments]
    figures = summary.summarize(made)
    assert figures["db_connections_max"] is None and figures["db_connections_cap"] is None
    assert {"db_connections_max", "db_connections_cap"} <= figures["missing"].keys()


def test_a_late_generator_is_reported(recording: Make) -> None:
    """A client that cannot keep its schedule says so."""
    made = recording()
    made.requests = [replace(r, started=r.intended + 0.2) for r in made.requests]
    assert summary.summarize(made)["generator_lag_ms"] == pytest.approx(200, abs=0.1)


def test_failures_of_the_floor_are_not_those_of_the_autoscaler(recording: Make) -> None:
    """The two passes are counted apart; without a floor there is a reason and no zero."""
    both = summary.summarize(recording(floor=lambda at: (0.02, 503 if 0 <= at < 1 else 200)))
    assert both["failed"] == 0 and both["floor_failed"] == 50
    assert both["samples"]["failures"] == {}
    alone = summary.summarize(recording())
    assert alone["floor_failed"] is None and alone["floor_seconds"] is None
    assert "floor_seconds" in alone["missing"]

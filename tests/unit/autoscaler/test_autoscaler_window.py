from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autoscaler.window import mean_since, peak_of_means, trimmed

SECONDS = [(float(at), float(value)) for at, value in enumerate([0, 0, 0, 10, 10, 10, 0, 0, 0, 0, 0, 0])]
values = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


def test_mean_since_takes_what_is_later() -> None:
    """The start itself is outside, as in a window of so many seconds until now."""
    assert mean_since(SECONDS, 3.0) == 20 / 8
    assert mean_since(SECONDS, 11.0) is None


def test_the_peak_is_that_of_whole_windows() -> None:
    """A burst of three seconds is a full mean of three, half a mean of six."""
    assert peak_of_means(SECONDS, 11.0, 3.0, 12.0) == 10.0
    assert peak_of_means(SECONDS, 11.0, 6.0, 12.0) == 5.0


def test_what_is_older_than_the_span_has_no_say() -> None:
    """At second 11 the last six seconds know nothing of the burst that ended in second 5."""
    assert peak_of_means(SECONDS, 11.0, 3.0, 6.0) == 0.0
    assert peak_of_means(SECONDS, 11.0, 3.0, 8.0) > 0.0


def test_a_short_series_is_one_window() -> None:
    """Two seconds after the start, the mean is that of two seconds."""
    assert peak_of_means([(1.0, 4.0), (2.0, 6.0)], 2.0, 60.0, 180.0) == 5.0
    assert peak_of_means([], 2.0, 60.0, 180.0) is None


@given(values, st.floats(1, 60), st.floats(1, 4))
def test_the_peak_lies_between_mean_and_maximum(found: list[float], mean: float, times: float) -> None:
    """No lower than the latest mean, no higher than the highest value."""
    series = [(float(at), value) for at, value in enumerate(found)]
    now = series[-1][0]
    peak = peak_of_means(series, now, mean, mean * times)
    latest = mean_since(series, now - mean)
    assert peak is not None
    assert latest is not None
    assert latest - 1e-3 <= peak <= max(found) + 1e-3


@given(values, st.floats(-10, 300))
def test_trimmed_keeps_the_later_part(found: list[float], start: float) -> None:
    """Nothing from before the start stays, nothing after it goes."""
    series = tuple((float(at), value) for at, value in enumerate(found))
    kept = trimmed(series, start)
    assert kept == tuple(sample for sample in series if sample[0] > start)

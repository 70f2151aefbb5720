from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autoscaler.window import Series

SECONDS = Series((float(at), float(value)) for at, value in enumerate([0, 0, 0, 10, 10, 10, 0, 0, 0, 0, 0, 0]))
values = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


def test_mean_since_takes_what_is_later() -> None:
    """The start itself is outside, as in a window of so many seconds until now."""
    assert SECONDS.mean_since(3.0) == 20 / 8
    assert SECONDS.mean_since(11.0) is None


def test_the_peak_is_that_of_whole_windows() -> None:
    """A burst of three seconds is a full mean of three, half a mean of six."""
    assert SECONDS.peak_of_means(11.0, 3.0, 12.0) == 10.0
    assert SECONDS.peak_of_means(11.0, 6.0, 12.0) == 5.0


def test_what_is_older_than_the_span_has_no_say() -> None:
    """At second 11 the last six seconds know nothing of the burst that ended in second 5."""
    assert SECONDS.peak_of_means(11.0, 3.0, 6.0) == 0.0
    assert SECONDS.peak_of_means(11.0, 3.0, 8.0) > 0.0


def test_a_short_series_is_one_window() -> None:
    """Two seconds after the start, the mean is that of two seconds."""
    assert Series([(1.0, 4.0), (2.0, 6.0)]).peak_of_means(2.0, 60.0, 180.0) == 5.0
    assert Series().peak_of_means(2.0, 60.0, 180.0) is None


@given(values, st.floats(1, 60), st.floats(1, 4))
def test_the_peak_lies_between_mean_and_maximum(found: list[float], mean: float, times: float) -> None:
    """No lower than the latest mean, no higher than the highest value."""
    series = Series((float(at), value) for at, value in enumerate(found))
    now = float(len(found) - 1)
    peak = series.peak_of_means(now, mean, mean * times)
    latest = series.mean_since(now - mean)
    assert peak is not None
    assert latest is not None
    assert latest - 1e-3 <= peak <= max(found) + 1e-3


moves = st.lists(
    st.tuples(st.integers(0, 30), st.floats(0.1, 5), st.floats(1, 40), st.none() | st.floats(0, 9)), max_size=150
)


@given(moves)
def test_a_series_is_what_a_tuple_would_be(moved: list[tuple[int, float, float, float | None]]) -> None:
    """Of any series that there was, those later than a moment and one more: and each of them stays as it was, though
    they share what they hold."""
    made: list[tuple[Series, tuple[tuple[float, float], ...]]] = [(Series(), ())]
    now = 0.0
    for back, step, kept, value in moved:
        now += step
        series, samples = made[max(0, len(made) - 1 - (back if back > 20 else 0))]
        later = tuple(sample for sample in samples if sample[0] > now - kept)
        made.append((series.moved_on(now - kept, now, value), later if value is None else (*later, (now, value))))
    for series, samples in made:
        assert tuple(series) == samples
        assert len(series) == len(samples)
        assert series == Series(samples)
        assert series.ends_at(now) is bool(samples and samples[-1][0] == now)
        if samples:
            assert series.newest == samples[-1]


def test_nothing_is_older_than_what_is_remembered() -> None:
    """After an hour of ticks a series holds its window, and not much more."""
    series = Series()
    for second in range(3600):
        series = series.moved_on(second - 180.0, float(second), 1.0)
    assert len(series) == 180
    assert len(series._times) <= 180 + 2 * 64

"""Time windows over (time, value) series in ascending time. Pure; times and lengths in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Series: TypeAlias = Sequence[tuple[float, float]]


def mean_since(series: Series, start: float) -> float | None:
    """Mean of the values later than `start`; None without one."""
    total, count = 0.0, 0
    for at, value in reversed(series):
        if at <= start:
            break
        total += value
        count += 1
    return total / count if count else None


def peak_of_means(series: Series, now: float, mean_seconds: float, span_seconds: float) -> float | None:
    """The highest mean of any window of `mean_seconds` that lies wholly within the last `span_seconds`.

    A mean, so that noise does not hold replicas; the highest, so that a lull does not release them; wholly
    within, so that what is older than the span has no say. A series shorter than one window is one window.
    """
    first_end = now - span_seconds + mean_seconds
    best: float | None = None
    total, left, count = 0.0, 0, 0
    for at, value in series:
        total += value
        count += 1
        while series[left][0] <= at - mean_seconds:
            total -= series[left][1]
            left += 1
            count -= 1
        if at >= first_end and (best is None or total / count > best):
            best = total / count
    if best is None and count:
        best = total / count
    return None if best is None else max(best, 0.0)


def trimmed(series: tuple[tuple[float, float], ...], start: float) -> tuple[tuple[float, float], ...]:
    """The part of the series later than `start`."""
    for index, (at, _) in enumerate(series):
        if at > start:
            return series[index:] if index else series
    return ()

"""Time windows over (time, value) series in ascending time. Pure; times and lengths in seconds."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import TypeAlias

Sample: TypeAlias = tuple[float, float]
_WORN = 64
"""So many forgotten samples are worth a copy of the others."""
_new = object.__new__


class Series:
    """Samples in ascending time, the newest last. A value: none of its methods changes it.

    A series grows by one sample a tick and forgets one, and a thousand services have four of three minutes each. So
    those that follow from each other share their arrays: each sees its own part of them, and what is put behind the
    part of the newest is in nobody else's.
    """

    __slots__ = ("_end", "_start", "_times", "_values")

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        known = list(samples)
        self._times = array("d", [at for at, _ in known])
        self._values = array("d", [value for _, value in known])
        self._start, self._end = 0, len(known)

    def moved_on(self, start: float, now: float, value: float | None) -> Series:
        """Those later than `start`, and one more, unless its value is None."""
        times, values, first, end = self._times, self._values, self._start, self._end
        while first < end and times[first] <= start:
            first += 1
        if value is not None:
            if end != len(times) or first > _WORN:
                times, values = times[first:end], values[first:end]
                first, end = 0, end - first
            times.append(now)
            values.append(value)
            end += 1
        part = _new(Series)
        part._times, part._values, part._start, part._end = times, values, first, end
        return part

    def ends_at(self, now: float) -> bool:
        """Whether there is a sample of this moment."""
        return self._end > self._start and self._times[self._end - 1] == now

    @property
    def newest(self) -> Sample:
        """Raises IndexError where there is none."""
        if self._start == self._end:
            raise IndexError("the series is empty")
        return self._times[self._end - 1], self._values[self._end - 1]

    def mean_since(self, start: float) -> float | None:
        """Mean of the values later than `start`; None without one."""
        times, values = self._times, self._values
        total, index = 0.0, self._end - 1
        while index >= self._start and times[index] > start:
            total += values[index]
            index -= 1
        count = self._end - 1 - index
        return total / count if count else None

    def peak_of_means(self, now: float, mean_seconds: float, span_seconds: float) -> float | None:
        """The highest mean of any window of `mean_seconds` that lies wholly within the last `span_seconds`.

        A mean, so that noise does not hold replicas; the highest, so that a lull does not release them; wholly
        within, so that what is older than the span has no say. A series shorter than one window is one window.
        """
        first_end = now - span_seconds + mean_seconds
        best: float | None = None
        total, left, count = 0.0, 0, 0
        series = list(self)
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

    def __len__(self) -> int:
        return self._end - self._start

    def __iter__(self) -> Iterator[Sample]:
        return zip(self._times[self._start : self._end], self._values[self._start : self._end], strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Series({list(self)!r})"

"""How many requests a second there are to serve: now, soon, and lately. Pure; rates per second, times in seconds.

Independent clients make a rate noisy: n requests in a second are n ± √n without anything having changed. So the rate
is the mean of as long a time as nothing has changed in, and the newest samples count for what they show beyond their
noise: a step of ten times at once, one of a tenth after some seconds.

Some services have bursts that are over before a replica could have started. For those a single sample is believed the
less, the more often one has been followed by nothing.
"""

from __future__ import annotations

import math

from autoscaler.values import dataclass, replace

RECENT_SECONDS = 12
BUCKET_SECONDS = 5.0
LONG_BUCKETS = 12
"""The longest mean: a minute."""
MEAN_BUCKETS = 6
"""A level that counts for keeping replicas is a mean over this many buckets."""
SURE = 2.0
"""How many standard deviations something has to be off to be a change."""
VERY_SURE = 2.5
"""The same for single samples, of which there is one every second."""
MOST_TREND = 0.4
"""A forecast raises the rate by no more than this share."""
MOST_CONFIRMATIONS = 4
LASTED = 0.5
"""Of the rate that gave the alarm, so much has to be left for it to have been a step."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is remembered; `Arrivals()` knows nothing."""

    recent: tuple[float, ...] = ()
    """One rate a sample, the newest last."""
    buckets: tuple[tuple[float, float, int], ...] = ()
    """(begin, sum, count) of rates, the newest last."""
    at: float = -math.inf
    confirmations: int = 1
    """How many samples in a row have to show a step."""
    alarm: tuple[float, float] | None = None
    """(when, rate) of the sample that was believed last, until it is known whether it lasted."""


def with_sample(arrivals: Arrivals, at: float, rate: float, kept_seconds: float, judge_seconds: float) -> Arrivals:
    """With one more rate; `at` later than the one before. After a gap the recent ones are forgotten.

    `judge_seconds`: in how long it is seen whether a step lasts, which is what a start takes.
    """
    gap = at - arrivals.at
    recent = (*arrivals.recent[-RECENT_SECONDS + 1 :], rate) if gap <= BUCKET_SECONDS else (rate,)
    buckets = arrivals.buckets
    if buckets and at - buckets[-1][0] < BUCKET_SECONDS:
        begin, total, count = buckets[-1]
        buckets = (*buckets[:-1], (begin, total + rate, count + 1))
    else:
        oldest = at - kept_seconds - BUCKET_SECONDS
        buckets = (*(bucket for bucket in buckets if bucket[0] > oldest), (at, rate, 1))
    known = replace(arrivals, recent=recent, buckets=buckets, at=at)
    return _judged(known, at, min(max(judge_seconds, 2.0), RECENT_SECONDS - 2.0))


def present(arrivals: Arrivals, at_least: int = 1) -> float:
    """The rate that has to be served now. `at_least`: samples in a row that have to show a step, if it is more."""
    if not arrivals.recent:
        return 0.0
    samples = min(max(arrivals.confirmations, at_least), MOST_CONFIRMATIONS)
    return max(_level(arrivals, samples), _shown(arrivals, samples))


def foreseen(arrivals: Arrivals, ahead_seconds: float) -> float:
    """What a rise that is surely going on adds until then; never negative."""
    recent = arrivals.recent
    if len(recent) < RECENT_SECONDS:
        return 0.0
    third = RECENT_SECONDS // 3
    first, second, last = (mean(recent[begin : begin + third]) for begin in range(0, RECENT_SECONDS, third))
    # Twice in a row: a single sample that is off is no beginning of a rise.
    rise = min(second - first, last - second) - math.sqrt((first + last) / third)
    if rise <= 0:
        return 0.0
    return min(rise / third * ahead_seconds, MOST_TREND * last)


def peak(arrivals: Arrivals, now: float, seconds: float) -> float:
    """The highest mean over some buckets within the last `seconds`, less its noise."""
    best = total = 0.0
    count = 0
    buckets = arrivals.buckets
    first = next((index for index, bucket in enumerate(buckets) if bucket[0] > now - seconds), len(buckets))
    for index in range(first, len(buckets)):
        total += buckets[index][1]
        count += buckets[index][2]
        if index - MEAN_BUCKETS >= first:
            total -= buckets[index - MEAN_BUCKETS][1]
            count -= buckets[index - MEAN_BUCKETS][2]
        if index - first >= MEAN_BUCKETS - 1:
            level = max(0.0, total / count)  # sums that were taken apart again may be a hair below 0
            best = max(best, level - math.sqrt(level / count))
    return best


def mean(rates: tuple[float, ...]) -> float:
    """Of some rates, at least one."""
    return sum(rates) / len(rates)


def _level(arrivals: Arrivals, samples: int) -> float:
    """The mean of as long a time as nothing has changed in, a minute at most."""
    level = mean(arrivals.recent[-max(6, 3 * samples) :])
    total, count = 0.0, 0
    for begun, (_, part, number) in enumerate(reversed(arrivals.buckets[-LONG_BUCKETS:])):
        total += part
        count += number
        if begun < 1:
            continue
        longer = total / count
        if abs(longer - level) > SURE * math.sqrt(max(level, longer) / min(count, 6)):
            break
        if abs(part / number - level) > 2 * SURE * math.sqrt(max(level, part / number) / number):
            break
        level = longer
    return level


def _shown(arrivals: Arrivals, samples: int) -> float:
    """The rate that each of the newest samples shows for sure."""
    recent = arrivals.recent
    if len(recent) < samples:
        return 0.0
    low = min(recent[-samples:])
    short = mean(recent[-3:]) if samples <= 3 else 0.0
    found = low - VERY_SURE * math.sqrt(low)
    return max(found, short - VERY_SURE * math.sqrt(short / 3)) if samples <= 2 else found


def _judged(arrivals: Arrivals, now: float, judge_seconds: float) -> Arrivals:
    """Whether the last alarm was a step, once that can be seen; and whether there is a new one."""
    if arrivals.alarm is not None:
        at, rate = arrivals.alarm
        if now - at < judge_seconds:
            return arrivals
        since = arrivals.recent[-max(1, int(now - at)) :]
        lasted = mean(since) >= LASTED * rate
        count = arrivals.confirmations + (-1 if lasted else 1)
        return replace(arrivals, alarm=None, confirmations=min(max(count, 1), MOST_CONFIRMATIONS))
    before = arrivals.recent[-7:-1]
    if len(before) < 3:
        return arrivals
    newest, usual = arrivals.recent[-1], mean(before)
    is_alarm = newest - SURE * math.sqrt(newest) > 1.5 * usual + SURE * math.sqrt(usual)
    return replace(arrivals, alarm=(now, newest)) if is_alarm else arrivals

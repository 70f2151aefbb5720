"""Arrivals per second: from a trace's text, or made up. Pure; a seed makes them repeatable."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Callable, Sequence
from datetime import datetime

MOST_SECONDS = 31 * 86400


class TraceError(ValueError):
    """A trace that cannot be read; the message says which line and what it should be."""


def parse_trace(text: str, amplitude: float = 1.0, seed: int = 0) -> list[float]:
    """Arrivals of every second from the first to the last of a CSV with a header.

    `second,count` has a line for each second (one that is left out had no requests), `period,count` one for each
    minute, named by its ISO time (a minute that is left out had none either). A minute's requests are spread over its
    seconds at random, as independent clients would come. `amplitude` multiplies all. Raises `TraceError`.
    """
    lines = enumerate(csv.reader(io.StringIO(text.lstrip("\ufeff"))), 1)
    rows = [(number, [cell.strip() for cell in row]) for number, row in lines if any(row)]
    if not rows:
        raise TraceError("The trace is empty: it has to begin with a header, second,count or period,count.")
    header = [cell.lower() for cell in rows[0][1][:2]]
    readers: dict[str, tuple[Callable[[str], float], int]] = {"second": (float, 1), "period": (_minute, 60)}
    if len(header) < 2 or header[0] not in readers or header[1] != "count":
        raise TraceError(f'The header is "{",".join(rows[0][1])}": it has to be second,count or period,count.')
    read, length = readers[header[0]]
    counts: dict[int, float] = {}
    for number, row in rows[1:]:
        counts_at, count = _row(number, row, read)
        slot = math.floor(counts_at / length)
        counts[slot] = counts.get(slot, 0.0) + count
    if not counts:
        raise TraceError("The trace has a header and no lines.")
    first, last = min(counts), max(counts)
    if (last - first + 1) * length > MOST_SECONDS:
        raise TraceError(
            f"The trace spans {(last - first + 1) * length / 86400:.0f} days: at most 31 can be simulated."
        )
    chance = random.Random(seed)
    found: list[float] = []
    for slot in range(first, last + 1):
        rate = counts.get(slot, 0.0) * amplitude / length
        exact = length == 1 and amplitude == 1.0
        found += [rate] if exact else [float(poisson(chance, rate)) for _ in range(length)]
    return found


def _row(number: int, row: Sequence[str], read: Callable[[str], float]) -> tuple[float, float]:
    try:
        at, count = read(row[0]), float(row[1])
    except (ValueError, IndexError) as error:
        raise TraceError(f'Line {number} is "{",".join(row)}": a time and a count are expected.') from error
    if not (math.isfinite(at) and math.isfinite(count) and count >= 0):
        raise TraceError(f'Line {number} is "{",".join(row)}": a count is a number from 0 up.')
    return at, count


def _minute(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00").replace("T", " ")).timestamp()


def poisson(chance: random.Random, mean: float) -> int:
    """A Poisson number: exact for small means, rounded normal for large ones."""
    if mean <= 0:
        return 0
    if mean > 60:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


Shape = Callable[[float, random.Random], float]


def _flash_crowd(seconds: int, chance: random.Random) -> Callable[[float], float]:
    at, height = seconds * (0.25 + 0.2 * chance.random()), 6 + 8 * chance.random()
    half_life = 90 + 240 * chance.random()
    return lambda now: 1 + (height * 0.5 ** ((now - at) / half_life) if now >= at else 0.0)


def _sawtooth(seconds: int, chance: random.Random) -> Callable[[float], float]:
    period, height = 180 + 420 * chance.random(), 3 + 5 * chance.random()
    return lambda now: 1 + height * (now % period) / period


def _slow_ramp(seconds: int, chance: random.Random) -> Callable[[float], float]:
    height = 5 + 10 * chance.random()
    return lambda now: 1 + height * min(now, seconds - now) / (seconds / 2)


def _night_and_day(seconds: int, chance: random.Random) -> Callable[[float], float]:
    low, noise = 0.1 + 0.1 * chance.random(), 0.1 + 0.15 * chance.random()
    wobble = [chance.gauss(0, noise) for _ in range(seconds // 30 + 2)]

    def rate(now: float) -> float:
        day = (1 - math.cos(2 * math.pi * now / seconds)) / 2
        left = now / 30 - int(now / 30)
        drift = wobble[int(now / 30)] * (1 - left) + wobble[int(now / 30) + 1] * left
        return max(0.0, (low + (1 - low) * day) * (1 + drift)) * 8

    return rate


def _bot(seconds: int, chance: random.Random) -> Callable[[float], float]:
    period, share, height = 120 + 180 * chance.random(), 0.2 + 0.2 * chance.random(), 3 + 5 * chance.random()
    return lambda now: 1 + (height if now % period < share * period else 0.0)


def _on_off(seconds: int, chance: random.Random) -> Callable[[float], float]:
    edges, now, on = [], 0.0, False
    while now < seconds:
        now += chance.expovariate(1 / (90 if on else 150)) + 15
        edges.append(now)
        on = not on
    height = 4 + 6 * chance.random()
    return lambda at: 0.5 + (height if sum(1 for edge in edges if edge <= at) % 2 else 0.0)


GENERATED: dict[str, Callable[[int, random.Random], Callable[[float], float]]] = {
    "flash-crowd": _flash_crowd,
    "sawtooth": _sawtooth,
    "slow-ramp": _slow_ramp,
    "night-and-day": _night_and_day,
    "bot": _bot,
    "on-off": _on_off,
}


def generated(name: str, seconds: int, base_rps: float, seed: int) -> list[float]:
    """Made-up arrivals: a shape whose quiet level is about `base_rps`, and independent clients around it."""
    chance = random.Random(f"{name}-{seed}")
    rate = GENERATED[name](seconds, chance)
    return [float(poisson(chance, base_rps * rate(second))) for second in range(seconds)]

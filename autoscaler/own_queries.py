"""The operators' own queries: each gives one number, in a bounded time, and none costs another service its tick."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from autoscaler.observation import Absence
from autoscaler.prometheus import PrometheusError, QueryRefused, Series

QUERY_SECONDS = 0.5
"""One query is given up after this long."""
ALL_SECONDS = 1.0
"""What a tick spends on all of them; those that it did not come to are the first of the next tick."""
PATIENCE_SECONDS = 15.0
"""A query that took too long is asked again after this."""


@dataclass(frozen=True, slots=True)
class Answers:
    """By expression: the number, or why there is none; and for what the operator has to change, a sentence's part."""

    values: Mapping[str, float | Absence] = field(default_factory=dict)
    mistakes: Mapping[str, str] = field(default_factory=dict)


class Asks(Protocol):
    """The part of `Prometheus` that this needs."""

    def query(self, expression: str, at: float | None = None, timeout_seconds: float | None = None) -> list[Series]:
        """An instant query."""


class OwnQueries:
    """Evaluates them; remembers which took too long, and which had no turn."""

    def __init__(self, prometheus: Asks, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds that only ever grow."""
        self._prometheus = prometheus
        self._clock = clock
        self._slow: dict[str, float] = {}
        self._waiting: list[str] = []

    def evaluate(self, expressions: Iterable[str], at: float) -> Answers:
        """All of them at one moment of Prometheus' clock."""
        wanted = dict.fromkeys(expressions)
        values: dict[str, float | Absence] = dict.fromkeys(wanted, Absence.MISSING)
        mistakes: dict[str, str] = {}
        began = self._clock()
        order = [one for one in self._waiting if one in wanted]
        order += [one for one in wanted if one not in order]
        self._waiting = []
        for number, expression in enumerate(order):
            now = self._clock()
            left = ALL_SECONDS - (now - began)
            if left <= 0:
                self._waiting = order[number:]
                break
            if now < self._slow.get(expression, -math.inf):
                continue
            try:
                answer = self._prometheus.query(expression, at, min(QUERY_SECONDS, left))
            except QueryRefused as refused:
                mistakes[expression] = f"Prometheus does not evaluate it: {refused.words}"
            except PrometheusError:
                pass
            else:
                values[expression], mistake = number_of(answer)
                if mistake:
                    mistakes[expression] = mistake
            if self._clock() - now >= min(QUERY_SECONDS, left):
                self._slow[expression] = self._clock() + PATIENCE_SECONDS
        self._slow = {one: until for one, until in self._slow.items() if one in wanted}
        return Answers(values, mistakes)


def number_of(answer: Sequence[Series]) -> tuple[float | Absence, str]:
    """The one number of an answer, and a sentence's part where the query cannot give one."""
    if len(answer) > 1:
        return Absence.MISSING, f"it gives {len(answer)} series and has to give one: put sum(...) or max(...) around it"
    if not answer:
        return Absence.MISSING, ""
    if len(answer[0].samples) != 1:
        return (
            Absence.MISSING,
            "it gives a range and has to give one number: put rate(...) or the like around it",
        )
    value = answer[0].samples[0][1]
    return (value, "") if math.isfinite(value) else (Absence.NOT_A_NUMBER, "")

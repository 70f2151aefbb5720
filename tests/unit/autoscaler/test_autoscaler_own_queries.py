from __future__ import annotations

import math

import pytest

from autoscaler.observation import Absence
from autoscaler.own_queries import ALL_SECONDS, PATIENCE_SECONDS, QUERY_SECONDS, OwnQueries
from autoscaler.prometheus import PrometheusError, QueryRefused, Series

NOW = 1_700_000_000.0


class Prometheus:
    """Answers by expression, with a clock that an answer moves on."""

    def __init__(self, **takes_seconds: float) -> None:
        self.clock = 0.0
        self.takes_seconds = takes_seconds
        self.answers: dict[str, list[Series] | PrometheusError] = {}
        self.asked: list[str] = []
        self.at: float | None = None

    def query(self, expression: str, at: float | None = None, timeout_seconds: float | None = None) -> list[Series]:
        assert timeout_seconds is not None
        self.asked.append(expression)
        self.at = at
        takes = self.takes_seconds.get(expression, 0.0)
        self.clock += min(takes, timeout_seconds)
        if takes > timeout_seconds:
            raise PrometheusError("Prometheus does not answer: timeout")
        answer = self.answers.get(expression, number(1.0))
        if isinstance(answer, PrometheusError):
            raise answer
        return answer


def number(*values: float) -> list[Series]:
    return [Series({"n": str(index)}, ((NOW, value),)) for index, value in enumerate(values)]


def queries(prometheus: Prometheus) -> OwnQueries:
    return OwnQueries(prometheus, clock=lambda: prometheus.clock)


def test_each_gives_its_number_at_the_moment_of_the_others() -> None:
    """Once per tick, however many services ask for the same."""
    prometheus = Prometheus()
    prometheus.answers = {"a": number(3.0), "b": number(0.0)}
    assert queries(prometheus).evaluate(["a", "b", "a"], NOW).values == {"a": 3.0, "b": 0.0}
    assert (prometheus.asked, prometheus.at) == (["a", "b"], NOW)


@pytest.mark.parametrize(
    ("answer", "reading", "mistake"),
    [
        ([], Absence.MISSING, ""),
        (number(math.nan), Absence.NOT_A_NUMBER, ""),
        (number(math.inf), Absence.NOT_A_NUMBER, ""),
        (number(1, 2, 3), Absence.MISSING, "gives 3 series"),
        ([Series({}, ((NOW - 1, 1.0), (NOW, 2.0)))], Absence.MISSING, "gives a range"),
        (QueryRefused("many-to-many matching not allowed"), Absence.MISSING, "many-to-many matching"),
        (PrometheusError("away"), Absence.MISSING, ""),
    ],
)
def test_what_is_no_number_is_absent_and_stops_no_other(
    answer: list[Series] | PrometheusError, reading: Absence, mistake: str
) -> None:
    """What the operator has to change is a sentence; what passes by itself is none."""
    prometheus = Prometheus()
    prometheus.answers = {"odd": answer, "good": number(7.0)}
    found = queries(prometheus).evaluate(["odd", "good"], NOW)
    assert found.values == {"odd": reading, "good": 7.0}
    assert mistake in found.mistakes.get("odd", "")
    assert bool(mistake) == bool(found.mistakes)


def test_a_slow_one_is_given_up_and_left_alone_for_a_while() -> None:
    """It costs one tick a bounded time, and the ticks after it nothing."""
    prometheus = Prometheus(slow=QUERY_SECONDS * 10)
    ours = queries(prometheus)
    assert ours.evaluate(["slow", "good"], NOW).values == {"slow": Absence.MISSING, "good": 1.0}
    assert prometheus.clock == QUERY_SECONDS
    assert ours.evaluate(["slow", "good"], NOW).values["slow"] is Absence.MISSING
    assert prometheus.asked == ["slow", "good", "good"]
    prometheus.clock += PATIENCE_SECONDS
    prometheus.takes_seconds = {}
    assert ours.evaluate(["slow"], NOW).values == {"slow": 1.0}


def test_all_together_are_bounded_and_take_turns() -> None:
    """What a tick did not come to is the first of the next one."""
    names = [f"q{index}" for index in range(6)]
    prometheus = Prometheus(**dict.fromkeys(names, QUERY_SECONDS * 0.9))
    ours = queries(prometheus)
    for _ in range(3):
        began = prometheus.clock
        ours.evaluate(names, NOW)
        assert prometheus.clock - began <= ALL_SECONDS
    assert set(prometheus.asked) == set(names)

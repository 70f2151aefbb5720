"""What is read back after a restart: how many queries, of how much, and what they are turned into."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from autoscaler.observation import Absence, Demand, Usage, WorkingSets
from autoscaler.past import LONGEST_SECONDS, POINTS, Asked, Past, portions, read_past
from autoscaler.prometheus import Prometheus, PrometheusError, Series
from tests.unit.autoscaler.given import policy

NOW = 1_700_000_000.0
CHOSEN = policy(concurrency="3", cpu="0.7", memory="0.8")
APP = Asked("app", CHOSEN, 0.5, 1000.0, 2)


@dataclass
class Remembering:
    """A Prometheus that has this, and notes what it was asked."""

    found: list[Series] = field(default_factory=list)
    asked: list[tuple[str, float, float]] = field(default_factory=list)
    away: bool = False

    def query_range(self, expression: str, start: float, end: float, step: float, timeout: float) -> list[Series]:
        self.asked.append((expression, start, end))
        if self.away:
            raise PrometheusError("Prometheus does not answer.")
        return [one for one in self.found if f'"{one.labels["kind"]}"' in expression]

    def read(self, *asked: Asked) -> dict[str, Past]:
        return {one.service: past for one, past in read_past(cast(Prometheus, self), asked, NOW)}


def told(service: str, seconds: range, **kinds: float) -> list[Series]:
    """The same values at each of these seconds before now."""
    return [
        Series({"kind": kind, "service": service}, tuple((NOW - second, value) for second in reversed(seconds)))
        for kind, value in kinds.items()
    ]


def test_a_query_for_each_kind_reads_all_services_back() -> None:
    """However many there are: the autoscaler's own counts, the edges', CPU, memory."""
    prometheus = Remembering(told("s-7", range(1, 181), replicas=2, ready=2))
    found = prometheus.read(*(replace(APP, service=f"s-{number}") for number in range(20)))
    assert len(prometheus.asked) == 4
    assert all("s-7|" in expression for expression, _, _ in prometheus.asked)
    assert len(found) == 20
    assert {name for name, past in found.items() if past.observations} == {"s-7"}


def test_memory_is_asked_for_where_it_counts() -> None:
    """Without a target or a limit of memory its series, one for each task, stay where they are."""
    prometheus = Remembering()
    prometheus.read(replace(APP, policy=policy(cpu="0.7")), replace(APP, service="other", memory_bytes=0.0))
    assert len(prometheus.asked) == 3
    assert not any("memory" in expression for expression, _, _ in prometheus.asked)


def test_points_are_bounded() -> None:
    """Many services take turns, and nothing is asked for that Prometheus would refuse for its length."""
    many = [replace(APP, service=f"s-{number}", tasks=10) for number in range(1000)]
    turns = list(portions(many))
    assert sorted(one.service for turn in turns for one in turn) == sorted(one.service for one in many)
    for turn in turns:
        assert len(turn) * (9 + 10) * turn[0].seconds <= POINTS
    assert len(turns) < 25
    prometheus = Remembering()
    prometheus.read(replace(APP, policy=policy(stabilization_seconds="90000")))
    [(start, end)] = {(start, end) for _, start, end in prometheus.asked}
    assert LONGEST_SECONDS <= end - start < 11_000


def test_each_service_has_its_own_window() -> None:
    """One with a short window, asked for together with one with a long one, remembers no more than alone."""
    short = replace(APP, service="short", policy=policy(rps="10", stable_seconds="10", stabilization_seconds="20"))
    known = told("app", range(1, 300), replicas=2, ready=2) + told("short", range(1, 300), replicas=2, ready=2)
    found = Remembering(known).read(APP, short)
    assert (len(found["app"].observations), len(found["short"].observations)) == (181, 21)


def test_what_is_read_back_is_what_was_seen() -> None:
    """Demand, CPU and memory as fractions of the limits, and until when a count by hand stood."""
    kinds = {"concurrency": 5.0, "arrivals": 40.0, "in_system": 6.0, "cpu_cores": 0.6, "cpu_tasks": 2}
    series = told("app", range(1, 6), replicas=3, ready=2, held_until=NOW + 9, **kinds)
    series.append(Series({"kind": "memory", "service": "app", "task": "t"}, ((NOW - 1, 250.0),)))
    found = Remembering(series).read(APP)["app"]
    at, last = found.observations[-1]
    assert (at, last.replicas, last.ready, found.held_until) == (NOW - 1, 3, 2, NOW + 9)
    assert last.demand == Demand(NOW - 1, 5.0, 6.0, 40.0, 0.0, True)
    assert last.cpu == last.cpu_lately == Usage(1.2, 2, 0)
    assert last.memory == WorkingSets({"t": 0.25}, cores=0.6)
    assert found.observations[0][1].memory is Absence.MISSING


def test_what_is_before_a_gap_is_not_known() -> None:
    """Nobody was there to say how many replicas there were."""
    series = told("app", range(1, 31), replicas=2, ready=2) + told("app", range(60, 100), replicas=9, ready=9)
    assert len(Remembering(series).read(APP)["app"].observations) == 30


@pytest.mark.parametrize("services", [1, 1000])
def test_a_prometheus_that_is_away_is_asked_once(services: int) -> None:
    """Every service begins without a past then, and the tick is not held up for each of them."""
    prometheus = Remembering(away=True)
    found = prometheus.read(*(replace(APP, service=f"s-{number}") for number in range(services)))
    assert len(found) == services
    assert set(found.values()) == {Past()}
    assert len(prometheus.asked) == 1

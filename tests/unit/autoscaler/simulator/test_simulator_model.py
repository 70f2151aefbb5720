"""The per-second model against single requests, and what it has to keep whatever happens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.simulator.needed import needed
from autoscaler.simulator.peers import Bounds
from autoscaler.simulator.runs import NAMES, Setting, needed_curve, run, scaler
from autoscaler.simulator.service import Model, Service
from autoscaler.simulator.traffic import generated
from tests.unit.autoscaler.simulator.single_requests import latencies

SERVICE = Service(capacity_rps=50.0, service_seconds=0.04)


@pytest.mark.parametrize(
    ("name", "rate", "replicas", "seconds"),
    [
        ("light", lambda now: 60.0, 3, 60),
        ("busy", lambda now: 120.0, 3, 60),
        ("a step that three replicas cannot serve, and then can", lambda now: 220.0 if 20 <= now < 25 else 60.0, 3, 60),
    ],
)
def test_the_model_agrees_with_single_requests(name: str, rate: object, replicas: int, seconds: int) -> None:
    """Mean latency within a third or 15 ms, share over the objective within five percentage points, over a minute."""
    assert callable(rate)
    arrivals = [float(round(rate(second))) for second in range(seconds)]
    single = latencies(SERVICE, arrivals, [replicas] * seconds, seed=5)
    every = [one for found in single for one in found]
    mean, over = sum(every) / len(every), sum(one > 0.25 for one in every) / len(every)
    model, total, late = Model(SERVICE, replicas), 0.0, 0.0
    for count in arrivals:
        seen = model.step(count, 0.25)
        total += sum(latency * requests for latency, requests in model.sketch)
        late += seen.over
    modelled = total / sum(arrivals)
    assert modelled == pytest.approx(mean, rel=0.35, abs=0.015)
    assert late / sum(arrivals) == pytest.approx(over, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3000), st.integers(1, 30)), min_size=1, max_size=60))
def test_no_request_is_lost_or_made_up(story: list[tuple[float, int]]) -> None:
    """What arrived was completed, has failed, or still waits; the queue is bounded."""
    model = Model(SERVICE, 1)
    came = went = 0.0
    for rate, wanted in story:
        model.scale(wanted)
        seen = model.step(rate, 0.25)
        came += rate
        went += seen.completed + seen.failed
        assert 0 <= seen.over <= rate + 1e-6
        assert model.backlog <= SERVICE.queue_length + 30 * SERVICE.concurrency + 1e-6
    assert came == pytest.approx(went + model.backlog, abs=1e-3)


@pytest.mark.parametrize("replicas", [1, 2, 5, 20])
def test_more_replicas_are_never_worse(replicas: int) -> None:
    """At any rate, one more gives no more requests over the objective: the search for the fewest rests on it."""
    for rate in range(5, 1200, 35):
        few, more = Model(SERVICE, replicas), Model(SERVICE, replicas + 1)
        for _ in range(4):
            least, best = few.step(float(rate), 0.25), more.step(float(rate), 0.25)
        assert best.over <= least.over + 1e-9


def test_needed_is_the_fewest_that_meet_the_objective() -> None:
    """One fewer does not, and a database that is full is no matter of replicas."""
    found = needed(SERVICE, 500.0, 0.25, 1, 100)
    assert 10 < found < 16
    capped = Service(database_connections=4, database_seconds=0.05)
    assert needed(capped, 500.0, 0.25, 1, 100) == 100


def test_a_new_replica_serves_after_its_start() -> None:
    """And one that is not needed any more before it was ready never does."""
    model = Model(Service(startup_seconds=4.0, startup_jitter=0.0), 1)
    model.scale(3)
    ready = [model.step(0.0, 0.25).ready for _ in range(3)]
    model.scale(2)
    ready += [model.step(0.0, 0.25).ready for _ in range(4)]
    assert ready == [1, 1, 1, 1, 2, 2, 2]


def test_a_database_is_a_limit_of_its_own() -> None:
    """Beyond what the connections can carry, replicas bring nothing; no more are open than the cap."""
    service = Service(database_connections=10, database_seconds=0.1)
    few, many = Model(service, 10), Model(service, 40)
    for _ in range(10):
        least, most = few.step(300.0, 0.25), many.step(300.0, 0.25)
    assert least.completed == pytest.approx(most.completed)
    assert many.connections == 10


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_runs_and_the_same_seed_gives_the_same(name: str) -> None:
    """Two runs of a seed are one run; the bounds hold."""
    setting = Setting(SERVICE, Bounds(1, 30), seed=4)
    arrivals = generated("on-off", 400, 60.0, 4)
    curve = needed_curve(setting, arrivals)
    first = run(setting, scaler(name, setting), arrivals, curve)
    again = run(setting, scaler(name, setting), arrivals, curve)
    assert first == again
    assert all(1 <= count <= 30 for count in first.desired)
    assert math.isclose(first.arrivals, sum(arrivals))

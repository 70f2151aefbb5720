"""Steps, noise and plateaus against a model of a service: what the policy does over minutes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autoscaler.config import Metric, parse_policy
from tests.unit.autoscaler.fluid_model import simulate
from tests.unit.autoscaler.shipped import labels

SHIPPED = parse_policy(labels("app"))
DEMAND_ONLY = replace(SHIPPED, targets={Metric.CONCURRENCY: SHIPPED.targets[Metric.CONCURRENCY]}, maximum=40)
QUIET, BUSY, CAPACITY = 30.0, 500.0, 50.0
NEEDED = math.ceil(BUSY / CAPACITY)


@pytest.mark.parametrize("phase", [0.1, 0.3, 0.6, 0.85])
def test_a_step_is_answered_in_full_within_two_ticks(phase: float) -> None:
    """Whenever in its second the scrape comes: all that is needed is asked for within three seconds."""
    run = simulate(DEMAND_ONLY, lambda now: BUSY if now >= 200 else QUIET, 260, phase=phase)
    asked = [to for at, _, to, _ in run.changes if at <= 203]
    assert asked
    assert max(asked) >= NEEDED


@pytest.mark.parametrize("phase", [0.1, 0.3, 0.6, 0.85])
def test_a_backlog_does_not_inflate_the_answer(phase: float) -> None:
    """Hundreds wait while replicas start; asked for is what the arrivals need, and some room."""
    run = simulate(DEMAND_ONLY, lambda now: BUSY if now >= 200 else QUIET, 260, phase=phase)
    assert NEEDED <= run.most() <= 2 * NEEDED


def test_slow_starters_are_not_created_over_and_over() -> None:
    """Half a minute until a replica is ready: no more is asked for in the meantime."""
    run = simulate(DEMAND_ONLY, lambda now: BUSY if now >= 200 else QUIET, 280, startup_seconds=30)
    assert run.most() <= 2 * NEEDED
    assert not run.rises(after=204)


def test_starts_that_slow_down_the_ready_do_not_ask_for_more_starts() -> None:
    """On shared cores the ready replicas serve half while others start: that is no smaller capacity."""
    run = simulate(DEMAND_ONLY, lambda now: BUSY if now >= 200 else QUIET, 280, startup_seconds=12, drag=0.6)
    assert NEEDED <= run.most() <= 2.5 * NEEDED
    assert not run.rises(after=203.5)


def test_back_to_the_minimum_after_the_stabilization_window() -> None:
    """Not before the window is nearly over, not long after it, and never up again on the way."""
    run = simulate(DEMAND_ONLY, lambda now: BUSY if 200 <= now < 300 else QUIET, 700)
    lowered = [at for at, before, to, _ in run.changes if to < before and at > 300]
    assert run.changes[-1][2] == SHIPPED.minimum
    assert 300 + SHIPPED.stabilization_seconds / 2 <= lowered[0]
    assert lowered[-1] <= 300 + SHIPPED.stabilization_seconds + SHIPPED.stable_seconds
    assert not run.rises(after=300)


def test_noise_does_not_flap() -> None:
    """Ten per cent up and down around a level: after the first minutes, no change."""
    run = simulate(DEMAND_ONLY, lambda now: 240 * (1 + 0.1 * math.sin(now / 3)), 900, noise=0.1)
    assert [change for change in run.changes if change[0] > 400] == []


def test_clients_that_wait_for_answers_get_their_concurrency() -> None:
    """A number in the system that stays is demand: a hundred clients get replicas until each holds its target."""
    run = simulate(DEMAND_ONLY, lambda now: 0.0, 260, clients=lambda now: 100.0 if now >= 200 else 3.0)
    assert run.last is not None
    assert run.last.load is not None
    assert run.last.load <= 1.1
    assert not [change for change in run.changes if change[2] < change[1]]


@pytest.mark.parametrize("load", [92.0, 95.0, 98.0])
def test_a_backlog_that_was_caught_up_with_is_no_crowd(load: float) -> None:
    """Two replicas at their capacity of 100/s carry a long steady queue; what that wants is one or two more."""
    run = simulate(DEMAND_ONLY, lambda now: load if now >= 200 else QUIET, 260, startup_seconds=8)
    assert 3 <= run.most() <= 4


def test_a_small_excess_is_answered_too() -> None:
    """Forty per cent over the capacity never heals by itself: within ten seconds there is enough."""
    run = simulate(DEMAND_ONLY, lambda now: 140.0 if now >= 200 else 60.0, 260)
    asked = [to for at, _, to, _ in run.changes if at <= 210]
    assert max(asked) >= 3
    assert run.most() <= 6

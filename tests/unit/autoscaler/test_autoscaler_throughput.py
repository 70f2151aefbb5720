"""What arrivals ask for while replicas start, in the seconds after a step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autoscaler.decision import Reason
from autoscaler.observation import Demand, Observation, Usage
from autoscaler.policy import decide
from autoscaler.throughput import Flow, Learned, most, stepped
from tests.unit.autoscaler.given import START, after, policy

TARGET = 3.0
FLATTERED = Learned(best=100.0, best_at=START)


def overload(served_each: float, ready: int = 2, starting: bool = True, arrivals: float = 200.0) -> list[Flow]:
    """Six seconds of it: two from before, then a backlog of what is not served."""
    quiet = [Flow(START + second, 1.0, 10.0, 0.0, ready) for second in range(2)]
    left = arrivals - served_each * ready
    return quiet + [
        Flow(START + 1 + second, 100 + left * second, arrivals, 0.0, ready, starting and second > 1)
        for second in range(1, 6)
    ]


def test_what_is_served_now_counts_while_too_few_start() -> None:
    """The best second said three would do, sixty a second each say five: asked for is a doubling, not to wait."""
    assert most(overload(60.0), FLATTERED, TARGET) == 4.0


def test_replicas_at_their_cpu_limit_are_believed_further() -> None:
    """They are not slowed down by the others' starts: five, and for a larger step three times what is ready."""
    flow = [replace(sample, at_limit=True) for sample in overload(60.0)]
    assert most(flow, FLATTERED, TARGET) == pytest.approx(200 / 0.7 / 60)
    flow = [replace(sample, at_limit=True) for sample in overload(60.0, arrivals=400.0)]
    assert most(flow, replace(FLATTERED, best=300.0), TARGET) == 6.0


def test_starts_that_keep_up_ask_for_no_more() -> None:
    """The backlog shrinks: what was seen at best stands, however slow the others' starts make it now."""
    flow = [replace(sample, in_system=1000.0 - 10 * index) for index, sample in enumerate(overload(60.0))]
    assert most(flow, replace(FLATTERED, best=150.0), TARGET) == pytest.approx(200 / 0.7 / 150)


def test_replicas_that_have_just_become_ready_are_not_judged() -> None:
    """Four since a second ago: what they served in it is no measure."""
    flow = overload(40.0)
    flow = [*flow[:-1], replace(flow[-1], ready=4)]
    assert most(flow, FLATTERED, TARGET) == pytest.approx(200 / 0.7 / 100)


def test_a_step_is_a_doubling_within_what_is_kept() -> None:
    """Not a drift, and not the first requests after nothing."""
    quiet = Flow(START, 1.0, 10.0, 0.0, 2)
    assert stepped([quiet, replace(quiet, at=START + 1, arrivals=20.0)])
    assert not stepped([quiet, replace(quiet, at=START + 1, arrivals=19.0)])
    assert not stepped([replace(quiet, arrivals=0.0), quiet])
    assert not stepped([quiet])


@pytest.mark.parametrize(("arrivals", "desired"), [(200.0, 3), (10.0, 2)])
def test_after_a_step_the_latest_cpu_counts(arrivals: float, desired: int) -> None:
    """The long mean is half from before: acted upon is what the last two seconds show, if there was a step."""
    chosen = policy(min="2", concurrency="3", cpu="0.7", stabilization_seconds="60")
    quiet = Observation(2, 2, False, Demand(START, 0.1, 0.0, 10.0, 0.0, True), Usage(0.1, 2, 0))
    history, _ = after(20, chosen, replace(quiet, cpu_lately=Usage(0.1, 2, 0)))
    now = Demand(START + 20, 2.0, 2.0, arrivals, 0.0, True)
    seen = replace(quiet, demand=now, cpu=Usage(0.9, 2, 0), cpu_lately=Usage(1.8, 2, 0))
    _, decision = decide(chosen, history, seen, START + 20)
    assert decision.desired == desired
    if desired > 2:
        assert decision.reason is Reason.CPU


def test_an_overload_is_answered_in_full_before_the_first_new_replica_is_ready() -> None:
    """Two replicas serve 95 a second each at first, 60 then; three were asked for at first: five, seconds later."""
    chosen = policy(min="2", max="12", concurrency="3", cpu="0.7", stabilization_seconds="60")
    quiet = Observation(2, 2, False, Demand(START, 0.1, 0.0, 10.0, 0.0, True), Usage(0.1, 2, 0))
    history, _ = after(20, chosen, quiet)
    waiting, wanted = 0.0, [2]
    for second, served in enumerate((190.0, 130.0, 120.0, 120.0, 120.0)):
        now = START + 20 + second
        waiting += 200.0 - served
        demand_now = Demand(now, waiting, waiting + 6, 200.0, 0.0, True)
        seen = replace(quiet, replicas=wanted[-1], demand=demand_now, cpu=Usage(1.4, 2, 0), cpu_lately=Usage(2.0, 2, 0))
        history, decision = decide(chosen, history, seen, now)
        wanted.append(decision.desired)
    assert wanted == [2, 3, 4, 5, 5, 5]

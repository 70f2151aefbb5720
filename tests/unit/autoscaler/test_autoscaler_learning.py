"""What a service shows of itself: arrivals out of noise, a replica's capacity, lulls, and what follows from them."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from autoscaler import arrivals as rates
from autoscaler import capacity as capacities
from autoscaler import latency_guard, learning, patience, policy
from autoscaler.arrivals import Arrivals
from autoscaler.capacity import Capacity, Work
from autoscaler.config import Policy, parse_policy
from autoscaler.decision import Reason
from autoscaler.history import History
from autoscaler.latency_guard import Guard
from autoscaler.learning import Learning
from autoscaler.observation import Absence, Demand, Latency, Observation, Usage
from autoscaler.patience import Patience
from autoscaler.policy import decide
from autoscaler.simulator.flotilla import Flotilla
from autoscaler.simulator.needed import needed
from autoscaler.simulator.peers import Bounds
from autoscaler.simulator.runs import Setting, run, scaler
from autoscaler.simulator.service import Model, Second, Service
from autoscaler.simulator.traffic import generated, poisson
from tests.unit.autoscaler.given import START

LEARNS = Policy(minimum=1, maximum=50)
WORK = Work(1.0, completed_each=20.0, ready=2, cpu=0.4, saturated=False, within=True, steady=True)


def fed(*counts: float, judge: float = 4.0) -> Arrivals:
    arrivals = Arrivals()
    for second, count in enumerate(counts):
        arrivals = rates.with_sample(arrivals, START + second, count, 180, judge)
    return arrivals


def test_a_clear_step_is_believed_on_its_first_second() -> None:
    """Ten times what was usual is no noise."""
    assert rates.present(fed(*[10.0] * 60, 100.0)) > 70


def test_noise_is_no_step() -> None:
    """Independent clients at a steady rate: what is to be served stays within a tenth of it, almost always."""
    chance = random.Random(3)
    arrivals, off = Arrivals(), 0
    for second in range(1200):
        count = max(0.0, chance.gauss(100, 10))
        arrivals = rates.with_sample(arrivals, START + second, count, 180, 4.0)
        off += second > 60 and not 90 <= rates.present(arrivals) <= 110
    assert off < 60


def test_bursts_that_do_not_last_are_believed_less_each_time() -> None:
    """A service whose bursts are over in a second needs more than one second's evidence for a step."""
    counts = ([5.0] * 20 + [200.0]) * 6
    arrivals = fed(*counts, *[5.0] * 6)
    assert arrivals.confirmations > 1
    assert rates.present(rates.with_sample(arrivals, START + len(counts) + 6, 200.0, 180, 4.0)) < 100
    lasting = fed(*counts, *([5.0] * 20 + [200.0] * 12) * 6)
    assert lasting.confirmations == 1


def test_a_gap_forgets_what_was_before() -> None:
    """After seconds without samples, the samples from before are no part of now."""
    arrivals = rates.with_sample(fed(*[100.0] * 30), START + 100, 10.0, 180, 4.0)
    assert arrivals.recent == (10.0,)


def test_a_rise_is_foreseen_and_a_level_is_not() -> None:
    """Only a rise that is surely going on adds something, and no more than a bounded share."""
    assert rates.foreseen(fed(*[100.0] * 30), 5) == 0
    rising = fed(*[float(10 * second) for second in range(1, 40)])
    assert 0 < rates.foreseen(rising, 5) <= rates.MOST_TREND * 390


def test_capacity_is_known_from_cpu_long_before_saturation() -> None:
    """Twenty requests a second at 40 % of the limit: fifty at all of it."""
    known = Capacity()
    for second in range(10):
        known = capacities.learn(known, WORK, START + second)
    assert known.rps == pytest.approx(50)
    assert known.is_measured


def test_what_was_served_at_ease_is_no_measure() -> None:
    """Without CPU to go by, a low throughput says what a replica can do at least, and nothing of the most."""
    known = capacities.learn(Capacity(), replace(WORK, cpu=None), START)
    assert (known.rps, known.is_measured) == (20, False)


def test_something_else_than_cpu_may_be_the_bottleneck() -> None:
    """Saturated at thirty a second where the CPU would do fifty: thirty."""
    known = Capacity()
    for second in range(60):
        known = capacities.learn(known, replace(WORK, completed_each=30.0, cpu=0.6, saturated=True), START + second)
    assert known.rps == pytest.approx(30, rel=0.05)


def test_replicas_that_come_or_go_teach_nothing() -> None:
    """What is measured over a change belongs to neither number of replicas."""
    assert capacities.learn(Capacity(), replace(WORK, steady=False), START) == Capacity()


def test_lulls_that_come_again_are_waited_out_and_long_ones_are_not() -> None:
    """Half a minute's lulls: replicas stay for them. Five minutes' lulls: they go soon."""
    short = Patience((30.0, 28.0, 33.0))
    long = Patience((300.0, 280.0, 320.0))
    assert patience.seconds(short, 180) >= 33
    assert patience.seconds(long, 180) == patience.SHORTEST_SECONDS
    assert patience.seconds(Patience(), 180) == patience.PRICE_SECONDS
    assert patience.seconds(Patience(), 10) == 10


def test_who_keeps_changing_its_direction_keeps_replicas_longer() -> None:
    """A few turns cost nothing; many lengthen the time, up to the longest that there is."""
    nothing = Learning()
    usual = learning.keep_seconds(nothing, LEARNS)
    assert learning.keep_seconds(nothing, LEARNS, 4) == usual < learning.keep_seconds(nothing, LEARNS, 10)
    assert learning.keep_seconds(nothing, LEARNS, 1000) == LEARNS.stabilization_seconds


def test_a_lull_is_from_the_fall_of_the_need_to_its_return() -> None:
    """And a load that does not come back is none."""
    kept = patience.look(Patience(), need=2.0, lately=10.0, now=START)
    assert patience.look(kept, 9.0, 10.0, START + 40).lulls == (40.0,)
    assert patience.look(kept, 2.0, 2.0, START + 2 * patience.LONGEST_SECONDS).lulls == (math.inf,)


def seen(second: float, ready: int, rate: float, p95: float, *, cpu: float = 0.3) -> Observation:
    now = START + second
    return Observation(
        ready,
        ready,
        False,
        Demand(now, rate * p95 / 1000, rate * p95 / 1000, rate, 0.0, True),
        Usage(cpu * ready, ready, 0),
        cpu_lately=Usage(cpu * ready, ready, 0),
        latency=Latency(p95, 5 * rate),
    )


def test_a_slow_backend_does_not_make_the_count_oscillate() -> None:
    """knative#10275: answers become ten times slower at constant arrivals, for ten minutes out of every twenty; the
    guard tries a few replicas, sees that they do not help, and leaves the count alone."""
    history, ready, counts = History(), 4, []
    for second in range(3600):
        slow = second % 1200 >= 600
        observation = seen(second, ready, 80.0, 2000.0 if slow else 60.0, cpu=0.4 * 4 / ready)
        history, decision = decide(LEARNS, history, observation, START + second)
        ready = decision.desired
        counts.append(ready)
    changes = [b - a for a, b in pairwise(counts) if a != b]
    assert max(counts) <= 8
    assert len(changes) <= 12


def test_replicas_that_relieve_the_latency_are_added() -> None:
    """Slow answers that more replicas make faster: they are added until the objective is met."""
    history, ready = History(), 2
    for second in range(240):
        observation = seen(second, ready, 40.0, 1600.0 / ready**2, cpu=0.2)
        history, decision = decide(LEARNS, history, observation, START + second)
        ready = max(ready, decision.desired)
    assert 1600.0 / ready**2 <= LEARNS.objective_ms
    assert ready <= 6


def test_the_guard_says_why_it_gave_up() -> None:
    """A latency that more replicas did not lower is named as such."""
    guard = Guard(slow_since=START - 60, tried_at=START - 60, tried_ms=900.0)
    _, wanted, note = latency_guard.judged(guard, Latency(880.0, 100.0), 4, False, 5.0, START)
    assert (wanted, "do not help" in note) == (0.0, True)


def test_without_answers_the_guard_rests() -> None:
    """No percentile is no slow percentile."""
    assert latency_guard.look(Guard(), Absence.NOT_A_NUMBER, 250, START) == Guard()


def test_nothing_learned_yet_doubles_under_overload() -> None:
    """A new service with a crowd before it is doubled, not multiplied: there is no evidence for more."""
    crowd = Demand(START, 400.0, 400.0, 100.0, 0.0, True)
    _, decision = decide(LEARNS, History(), Observation(2, 2, False, crowd), START)
    assert (decision.desired, decision.reason) == (4, Reason.LEARNED)


def test_what_was_learned_is_told_with_its_evidence() -> None:
    """Capacity in requests per second, and for how many seconds there was load to learn it from."""
    history = History()
    for second in range(40):
        history, decision = decide(LEARNS, history, seen(second, 2, 40.0, 50.0, cpu=0.4), START + second)
    assert decision.numbers["capacity_rps"] == pytest.approx(50, rel=0.02)
    assert decision.numbers["capacity_evidence_seconds"] > 20


def test_a_service_that_had_demand_holds_when_it_is_gone() -> None:
    """What once had a route is expected to have one: without its figures nothing goes down."""
    history = History()
    for second in range(200):
        history, _ = decide(LEARNS, history, seen(second, 8, 200.0, 50.0, cpu=0.5), START + second)
    for second in range(200, 800):
        gone = Observation(8, 8, False, Absence.MISSING, Usage(0.0, 8, 0))
        history, decision = decide(LEARNS, history, gone, START + second)
    assert (decision.desired, decision.reason) == (8, Reason.MISSING_DATA)


def test_a_service_without_a_route_is_not_expected_to_have_demand() -> None:
    """CPU alone is enough, where nothing ever came through the edge."""
    alone = parse_policy({"flotilla.autoscale.cpu": "0.7"})
    history = History()
    for second in range(10):
        history, decision = decide(alone, history, Observation(2, 2, False, cpu=Usage(1.3, 2, 0)), START + second)
    assert decision.reason is Reason.STEADY
    assert decision.recommendations == {"cpu": 2}


def test_a_crowd_that_waits_for_cpu_is_not_taken_for_a_lack_of_places() -> None:
    """Eight times the load for a minute, again and again: requests share a busy CPU and take long, and more queue; it
    is answered by what the load needs, and nothing is kept for places that nobody missed."""
    chance = random.Random(5)
    flotilla, model, past = Flotilla(LEARNS), Model(Service(), 3, seed=1), list[Second]()
    most, kept = 0, []
    for second in range(1200):
        crowd = second % 240 >= 180
        past.append(model.step(float(poisson(chance, 640 if crowd else 80)), 0.25))
        model.scale(flotilla.replicas(past, model.wanted, model.ready, model.started))
        if second % 240 == 150:
            kept.append(model.wanted)
        most = max(most, model.wanted)
    enough = needed(Service(), 640, 0.25, 1, 60)
    places = flotilla.history.learning.places
    assert places == 0
    assert most <= 2 * enough
    assert max(kept[1:]) <= enough


def test_one_replica_alone_is_given_less_than_two_are_each() -> None:
    """With nobody beside it to take the next request; and more work never asks for fewer."""
    assert learning.staffed(0.65, LEARNS) > 1.1 > 1 > learning.staffed(0.5, LEARNS)
    assert learning.staffed(1.4, LEARNS) == pytest.approx(2.0)
    for utilization in (0.35, 0.56, 0.7, 0.85, 0.95):
        asked = [learning.staffed(busy / 100, replace(LEARNS, utilization=utilization)) for busy in range(2000)]
        assert all(one <= after for one, after in pairwise(asked))


def test_who_plans_with_much_or_little_gets_what_was_planned() -> None:
    """Beside the default there is nothing to put right: little leaves room, and much was chosen."""
    for utilization in (0.4, 0.9):
        assert learning.staffed(0.3, replace(LEARNS, utilization=utilization)) == pytest.approx(0.3 / utilization)


@pytest.mark.parametrize("shape", ["sawtooth", "bot"])
def test_what_was_asked_for_has_been_at_work_before_it_is_taken_back(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a load moves, none goes before the last one asked for has started and worked; a mutant lets them."""
    service = Service()
    setting = Setting(service, Bounds(1, 50), 0.25, 1)
    arrivals = generated(shape, 600, 80.0, 1)

    def soonest() -> int:
        """Seconds from a rise to the next fall."""
        scaled = run(setting, scaler("flotilla", setting), arrivals, [1] * len(arrivals)).desired
        turns = [(second, after - before) for second, (before, after) in enumerate(pairwise(scaled)) if after != before]
        return min(fall - rise for (rise, up), (fall, down) in pairwise(turns) if up > 0 > down)

    assert soonest() > service.startup_seconds * (1 + service.startup_jitter)
    monkeypatch.setattr(policy, "AT_WORK_SECONDS", -1000.0)
    assert soonest() < service.startup_seconds

"""What users of other autoscalers complain of, each for 24 simulated hours, with a tick every two seconds.

The names are of the complaints: kubernetes#72775, keda#3065, keda#6839, knative#3153, knative#13284, knative#10275,
kubernetes/enhancements#883.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from autoscaler.config import Policy
from autoscaler.history import History
from autoscaler.observation import Absence, Observation
from autoscaler.policy import decide
from autoscaler.simulator.flotilla import START, observed
from autoscaler.simulator.needed import needed
from autoscaler.simulator.service import Model, Second, Service
from autoscaler.simulator.traffic import poisson

DAY, TICK = 86400, 2
POLICY = Policy(minimum=2, maximum=40)
SERVICE = Service()
Change = Callable[[int, Observation], Observation]


@dataclass
class Lived:
    """A day: what was wanted and what was needed at every tick."""

    desired: list[int] = field(default_factory=list)
    needed: list[int] = field(default_factory=list)


def changes(counts: list[int]) -> int:
    return sum(1 for a, b in pairwise(counts) if a != b)


def day(
    rate: Callable[[int], float],
    change: Change = lambda second, observation: observation,
    *,
    service: Service = SERVICE,
    slow: Callable[[int], float] = lambda second: 0.0,
    seed: int = 1,
) -> Lived:
    """24 hours of arrivals at a rate; `change` is what the autoscaler is shown instead of the truth."""
    chance, model = random.Random(seed), Model(service, POLICY.minimum, seed=seed)
    history, seconds, lived = History(), list[Second](), Lived()
    for at in range(0, DAY, TICK):
        both = [model.step(float(poisson(chance, rate(at + more))), 0.25, slow(at + more)) for more in range(TICK)]
        # Rates are means since the sample before.
        arrivals, failed = (
            sum(values) / TICK for values in zip(*((one.arrivals, one.failed) for one in both), strict=True)
        )
        seconds.append(replace(both[-1], arrivals=arrivals, failed=failed))
        del seconds[:-8]
        now = START + at
        observation = change(at, observed(seconds, model.wanted, model.ready, model.started, now))
        history, decision = decide(POLICY, history, observation, now)
        if not observation.rollout:
            model.scale(decision.desired)
        lived.desired.append(model.wanted)
        lived.needed.append(needed(service, rate(at), 0.25, POLICY.minimum, POLICY.maximum))
    return lived


def tide(second: int) -> float:
    """A day's traffic, from 40 to 400 requests/s."""
    return 220 - 180 * math.cos(2 * math.pi * second / DAY)


def test_rollouts_do_not_ratchet_the_count() -> None:
    """kubernetes#72775: 24 rollouts, each with a surplus of ready replicas and cold ones among them, leave the count
    where a day without rollouts has it."""

    def rolled(second: int, observation: Observation) -> Observation:
        if second % 3600 >= 90:
            return observation
        return replace(observation, rollout=True, ready=observation.ready + 1, updated=True)

    with_rollouts, without = day(tide, rolled), day(tide)
    assert max(with_rollouts.desired) <= max(without.desired) + 2  # what was frozen for a minute and a half is made up
    assert abs(with_rollouts.desired[-1] - without.desired[-1]) <= 1
    off = [a - b for a, b in zip(with_rollouts.desired, without.desired, strict=True)]
    assert sum(off) / len(off) <= 0.5


def test_empty_metrics_at_the_peak_release_nothing() -> None:
    """keda#3065: for ten minutes out of every hour there are no series at all; not one replica goes meanwhile."""
    lived = day(
        tide,
        lambda second, seen: (
            replace(seen, demand=Absence.MISSING, cpu=Absence.MISSING) if second % 3600 < 600 else seen
        ),
    )
    for tick in range(1, len(lived.desired)):
        if tick * TICK % 3600 < 600:
            assert lived.desired[tick] >= lived.desired[tick - 1]


def test_one_quiet_scrape_releases_nothing() -> None:
    """keda#6839: every five minutes one scrape sees no request at all."""

    def quiet(second: int, seen: Observation) -> Observation:
        if second % 300 != 150 or isinstance(seen.demand, Absence):
            return seen
        return replace(seen, demand=replace(seen.demand, concurrency=0.0, in_system=0.0, arrivals_per_second=0.0))

    lived = day(lambda second: 300.0, quiet)
    settled = lived.desired[600:]
    assert min(settled) >= lived.needed[-1]
    assert changes(settled) <= 48


def test_leaving_panic_does_not_undo_the_rise() -> None:
    """knative#3153: five times the traffic for twenty minutes, every two hours; once there, enough replicas stay."""
    lived = day(lambda second: 300.0 if second % 7200 < 1200 else 60.0)
    for tick in range(len(lived.desired)):
        if 30 <= tick * TICK % 7200 < 1200:
            assert lived.desired[tick] >= lived.needed[tick]


def test_slow_starters_are_not_created_over_and_over() -> None:
    """knative#13284: a start takes a minute; while it lasts no more are asked for than the traffic needs."""
    lived = day(lambda second: 300.0 if second % 7200 < 3600 else 60.0, service=replace(SERVICE, startup_seconds=60.0))
    assert max(lived.desired) <= 2 * max(lived.needed)


def test_a_slow_backend_does_not_make_the_count_oscillate() -> None:
    """knative#10275: answers take half a second longer for ten minutes of every hour, at constant arrivals.

    A replica has eight places, so seven replicas hold what is in flight then: there and back, and nothing besides.
    """
    lived = day(lambda second: 100.0, slow=lambda second: 0.5 if second % 3600 < 600 else 0.0)
    assert max(lived.desired[1800:]) <= 20
    assert min(lived.desired[hour * 1800 + tick] for hour in range(1, 24) for tick in range(60, 290)) >= 5
    assert changes(lived.desired) <= 24 * 16


def test_steady_traffic_starts_and_stops_nothing() -> None:
    """enhancements#883: independent clients at a steady rate, whose noise is no reason to change anything."""
    assert changes(day(lambda second: 230.0).desired[600:]) <= 24

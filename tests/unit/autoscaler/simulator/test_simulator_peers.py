"""The peers do what their own documentation says they do, in its own examples."""

from __future__ import annotations

from itertools import pairwise

import pytest

from autoscaler.simulator.peers import Bounds, Hpa, Kpa, Steps, hpa_desired, kpa_desired
from autoscaler.simulator.service import Second


def second(cpu: float = 0.5, arrivals: float = 0.0, ready: int = 2) -> Second:
    return Second(arrivals, arrivals, 0.0, 0.0, 0.0, 0.0, cpu, ready, 0.05)


@pytest.mark.parametrize(
    ("current", "usage_millicores", "target_millicores", "desired"),
    [
        (1, 200, 100, 2),  # "if the current metric value is 200m and the desired value is 100m, replicas are doubled"
        (2, 50, 100, 1),  # "if it is 50m, they are halved"
        (5, 109, 100, 5),  # within the tolerance of a tenth nothing happens
        (5, 91, 100, 5),
        (5, 111, 100, 6),
        (1, 305, 50, 7),  # the walkthrough: 305 % of the request at a target of 50 % gives seven
    ],
)
def test_hpa_formula(current: int, usage_millicores: int, target_millicores: int, desired: int) -> None:
    """ceil(replicas × current / desired), of the Horizontal Pod Autoscaling page and walkthrough of Kubernetes."""
    assert hpa_desired(current, current, usage_millicores, target_millicores) == desired


def test_hpa_takes_pods_that_are_not_ready_for_idle_on_the_way_up() -> None:
    """Two of four ready at twice the target: with the others at 0 that is the target, so nothing is added."""
    assert hpa_desired(4, 2, 2.0, 1.0) == 4
    assert hpa_desired(4, 2, 3.0, 1.0) == 6


def test_hpa_goes_up_by_four_or_double_and_comes_down_after_five_minutes() -> None:
    """Its default policies: at most four more or twice as many in 15 s; the highest of 300 s on the way down."""
    hpa, seconds, wanted, counts = Hpa(Bounds(1, 100), 0.5), list[Second](), 2, []
    for now in range(900):
        seconds.append(second(1.0 if now < 120 else 0.05, ready=wanted))
        wanted = hpa.replicas(seconds, wanted, wanted, ())
        counts.append(wanted)
    ups = [(a, b) for a, b in pairwise(counts) if b > a]
    assert ups and all(b <= max(a + 4, 2 * a) for a, b in ups)
    first_down = next(at for at, (a, b) in enumerate(pairwise(counts)) if b < a)
    assert first_down >= 120 + 300


def test_hpa_sees_nothing_of_the_newest_seconds() -> None:
    """A step is asked for half a minute later at the mean: kubelet, metrics-server and its own tick lie between."""
    hpa, seconds, asked = Hpa(Bounds(1, 100), 0.5), list[Second](), None
    for now in range(120):
        seconds.append(second(1.0 if now >= 60 else 0.3))
        if hpa.replicas(seconds, 2, 2, ()) > 2 and asked is None:
            asked = now - 60
    assert asked is not None
    assert 12 <= asked <= 60


@pytest.mark.parametrize(
    ("ready", "stable", "panic", "in_panic", "desired"),
    [
        (1, 10.0, 10.0, False, 1),
        (1, 35.0, 35.0, False, 4),  # 35 in flight at a target of ten each
        (10, 10.0, 10.0, False, 5),  # at most half at a time (max-scale-down-rate 2.0)
        (4, 40.0, 90.0, True, 9),  # in panic the larger of both windows
    ],
)
def test_kpa_formula(ready: int, stable: float, panic: float, in_panic: bool, desired: int) -> None:
    """ceil(observed / target) within the rates, of Knative's autoscaler documentation."""
    assert kpa_desired(ready, stable, panic, 10.0, in_panic, 0) == desired


def test_kpa_panics_at_twice_its_target_and_does_not_come_down_in_panic() -> None:
    """Entered when the six-second window asks for 200 %; left a whole stable window after the last breach."""
    kpa, seconds, ready, counts = Kpa(Bounds(1, 100), capacity_rps=10.0), list[Second](), 2, []
    for now in range(240):
        seconds.append(second(arrivals=100.0 if 60 <= now < 70 else 10.0))
        ready = kpa.replicas(seconds, ready, ready, ())
        counts.append(ready)
    peak_at = counts.index(max(counts))
    assert 60 < peak_at < 75
    assert min(counts[peak_at : peak_at + 55]) == max(counts)
    assert counts[-1] == 2


def test_steps_go_one_at_a_time() -> None:
    """Above 85 %: one more, each half minute; below 25 %: one less."""
    steps, seconds, wanted = Steps(Bounds(1, 10)), list[Second](), 2
    for now in range(181):
        seconds.append(second(0.95 if now < 90 else 0.1))
        wanted = steps.replicas(seconds, wanted, wanted, ())
    assert wanted == 2 + 3 - 3

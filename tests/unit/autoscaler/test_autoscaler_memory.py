"""Scaling on memory, against a model of processes that give memory back, or don't, or hold it for sessions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.config import Policy
from autoscaler.decision import Decision, Reason
from autoscaler.history import History
from autoscaler.observation import Absence, Observation, WorkingSets
from autoscaler.policy import TOLERANCE, decide
from tests.unit.autoscaler.given import START, policy

TARGET = 0.7
CHOSEN = policy(min="1", max="12", memory=str(TARGET), stable_seconds="10", stabilization_seconds="10")
WINDOW = CHOSEN.stabilization_seconds
WARM, YOUNG = 5, 8


@dataclass
class Run:
    """What happened: (second, from, to) per change, the decisions, and the fullest replica at each second."""

    changes: list[tuple[int, int, int]] = field(default_factory=list)
    fullest: list[float] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    replicas: int = 0

    def between(self, start: float, end: float) -> list[tuple[int, int, int]]:
        return [change for change in self.changes if start <= change[0] < end]


def simulate(
    load: Callable[[int], float],
    seconds: int,
    *,
    idle: float = 0.25,
    keeps: bool = False,
    work: Callable[[int], float] | None = None,
    replicas: int = 1,
    known: bool = True,
    jitter: float = 0.0,
    chosen: Policy = CHOSEN,
) -> Run:
    """`load`: memory in demand, in limits, shared evenly; `keeps`: processes never give any back; `work`: cores spent
    in all, in proportion to the demand unless given; `known`: whether it saw the first replicas when they were young.
    """
    run, history, now = Run(), History(), START
    age = {f"r{number}": YOUNG + 1 if not known else 0 for number in range(replicas)}
    held = dict.fromkeys(age, 0.0)
    made = replicas
    for second in range(seconds):
        share = load(second) / len(age)
        shaken = jitter * (1 if second % 2 else -1)
        held = {task: max(share, held[task] if keeps else 0.0) for task in age}
        levels = {task: idle + held[task] + shaken for task in age}
        run.fullest.append(max(levels.values()))
        cores = work(second) if work else 0.5 * load(second) + 0.005 * len(age)
        warm = {task: level for task, level in levels.items() if age[task] >= WARM}
        quiet = cores <= 0.03 * len(age)
        sets = WorkingSets(warm, 0, frozenset(task for task in warm if age[task] < YOUNG and quiet), cores)
        observation = Observation(len(age), len(age), False, memory=sets)
        history, decision = decide(chosen, history, observation, now)
        run.decisions.append(decision)
        if decision.desired != len(age):
            run.changes.append((second, len(age), decision.desired))
        for task in list(age)[decision.desired :]:  # as Swarm: the last slots go
            del age[task]
        while len(age) < decision.desired:
            age[f"r{made}"], held[f"r{made}"] = 0, 0.0
            made += 1
        age = {task: seconds_old + 1 for task, seconds_old in age.items()}
        now += 1
    run.replicas = len(age)
    return run


def ramp(height: float, begin: int, end: int) -> Callable[[int], float]:
    """Nothing, then up by a fiftieth of a limit a second to a height, which ends at once."""
    return lambda second: min(height, 0.02 * (second - begin)) if begin <= second < end else 0.0


def fits(load: float, idle: float) -> int:
    return math.ceil(load / (TARGET - idle) - 1e-9)


@pytest.mark.parametrize("keeps", [False, True])
def test_memory_in_demand_scales_out_and_back(keeps: bool) -> None:
    """Out for reason memory to what the demand needs, back when it has gone, given back or not, each way once."""
    run = simulate(ramp(1.6, 20, 160), 300, keeps=keeps)
    out, back = run.between(0, 160), run.between(160, 300)
    assert out and all(to > before for _, before, to in out)
    assert {run.decisions[second].reason for second, _, _ in out} == {Reason.MEMORY}
    assert run.decisions[159].desired >= fits(1.6, 0.25)
    assert back and all(to < before for _, before, to in back)
    assert run.replicas == 1


def test_what_is_learned_is_told() -> None:
    """The idle memory, what is left out as at rest, and the patience stand in the decision's numbers."""
    run = simulate(ramp(0.3, 20, 60), 100, keeps=True)
    told = run.decisions[-1].numbers
    assert told == {"memory_idle": 0.25, "memory_at_rest": pytest.approx(0.3), "memory_patience": 1.0}
    assert simulate(lambda _: 0.0, 20, known=False).decisions[-1].numbers.keys() == {
        "memory_at_rest",
        "memory_patience",
    }


def test_an_idle_replica_above_the_target_is_told() -> None:
    """No number of replicas helps there: none is added, and the sentence says what to change."""
    run = simulate(lambda _: 0.0, 60, idle=0.75)
    assert run.between(WARM, 60) == []
    assert run.decisions[-1].detail == (
        "an idle replica holds 75% of its memory limit and the target is 70%: raise one of them"
    )


def test_memory_under_work_is_not_taken_for_idle() -> None:
    """Replicas that are busy from their first second: nothing is learned of them, and what they hold is demand."""
    run = simulate(lambda second: 0.6, 60)
    assert "memory_idle" not in run.decisions[-1].numbers
    assert run.replicas == 2


def test_a_restarted_autoscaler_counts_idle_memory_as_demand_until_it_has_stayed() -> None:
    """Nothing learned: rather too many. After the windows those at rest go all the same."""
    run = simulate(lambda _: 0.0, 80, known=False, replicas=6, idle=0.5)
    assert run.between(0, WINDOW) == []
    assert run.replicas == 1


def test_work_at_a_steady_level_is_never_at_rest() -> None:
    """The same memory for a hundred windows with the same work: in use, and nothing moves."""
    run = simulate(ramp(1.6, 20, 1200), 1200, keeps=True)
    assert run.between(120, 1200) == []
    assert run.replicas >= fits(1.6, 0.25)


def test_less_work_keeps_what_could_hold_everything() -> None:
    """Some work goes on: what was kept may be in use, so nobody is asked to hold more than fits."""
    run = simulate(
        ramp(1.6, 20, 160), 500, keeps=True, work=lambda second: 0.01 if second < 20 else 0.6 if second < 160 else 0.2
    )
    before = run.decisions[159].desired
    assert 1 < run.replicas < before
    held = run.decisions[-1].numbers["memory_at_rest"]
    assert held / (run.replicas - 1) + 0.25 > 0.95, "one fewer could not hold it"
    assert not [change for change in run.between(160, 500) if change[2] > change[1]]


def test_without_cpu_figures_nothing_is_at_rest() -> None:
    """What the tasks do is not known: what they hold counts."""
    history = History()
    for second in range(100):
        young = second < 3
        sets = WorkingSets(dict.fromkeys("ab", 0.2 if young else 0.6), 0, frozenset("ab" if young else ""), None)
        history, decision = decide(CHOSEN, history, Observation(2, 2, False, memory=sets), START + second)
    assert decision.desired == 2
    assert decision.numbers["memory_at_rest"] == 0


def test_what_was_not_seen_has_not_stayed() -> None:
    """A gap in the figures begins the watch anew."""
    history = History()
    sets = WorkingSets({"a": 0.6, "b": 0.6}, 0, frozenset(), 0.01)
    for second in range(45):
        seen = Absence.MISSING if 5 <= second < 25 else sets
        history, decision = decide(CHOSEN, history, Observation(2, 2, False, memory=seen), START + second)
        if second == 34:
            assert decision.numbers["memory_at_rest"] == 0
    assert decision.numbers["memory_at_rest"] == pytest.approx(1.2)


# ---- properties ----------------------------------------------------------------------------------------

idles = st.floats(0.05, 0.5)
loads = st.floats(0.3, 3.0)


@settings(max_examples=20, deadline=None)
@given(idles, loads, st.booleans())
def test_enough_and_then_the_minimum(idle: float, load: float, keeps: bool) -> None:
    """However much is idle, demanded or kept: as many as the demand needs, and when the work is gone, all go."""
    needed = fits(load, idle)
    run = simulate(ramp(load, 10, 180), 290, idle=idle, keeps=keeps)
    most = run.decisions[179].desired
    assert most >= math.floor(min(CHOSEN.maximum, needed) / (1 + TOLERANCE))
    if not keeps:
        assert most <= needed
    assert run.replicas == 1
    assert [change for change in run.between(185, 290) if change[2] > change[1]] == []


@settings(max_examples=15, deadline=None)
@given(idles, st.integers(1, 12), st.floats(0, 0.009), st.booleans())
def test_idle_replicas_are_never_a_reason_to_grow(idle: float, replicas: int, jitter: float, known: bool) -> None:
    """Any number of them, with some noise: only down, to the minimum."""
    run = simulate(lambda _: 0.0, 120, idle=idle, replicas=replicas, jitter=jitter, known=known)
    assert all(to < before for _, before, to in run.changes)
    assert run.replicas == 1


@settings(max_examples=4, deadline=None)
@given(idles, loads)
def test_sessions_that_nobody_works_in_do_not_flap(idle: float, load: float) -> None:
    """Memory in use without any work looks like memory at rest: each mistake doubles the time to the next one."""
    seconds = 1500
    run = simulate(ramp(load, 10, seconds), seconds, idle=idle, work=lambda _: 0.01)
    attempts = [change for change in run.between(200, seconds) if change[2] < change[1]]
    assert len(attempts) <= 2 * math.log2(seconds / WINDOW)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(5, 40)), max_size=5), idles, st.booleans())
def test_any_past_ends_at_the_minimum(past: list[tuple[float, int]], idle: float, keeps: bool) -> None:
    """Whatever the load was: some time after it has gone, for good, only the minimum is left."""
    by_second = [load for load, seconds in past for _ in range(seconds)]
    run = simulate(
        lambda second: by_second[second] if second < len(by_second) else 0.0,
        len(by_second) + 150,
        idle=idle,
        keeps=keeps,
    )
    assert run.replicas == 1

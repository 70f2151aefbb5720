from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.config import Metric, Policy, parse_policy
from autoscaler.decision import Decision, Reason, sentence
from autoscaler.history import GAP_SECONDS, History
from autoscaler.observation import Absence, Demand, Observation, Usage, WorkingSets
from autoscaler.policy import decide
from tests.unit.autoscaler.given import START, after, demand, policy, tasks
from tests.unit.autoscaler.shipped import labels

SHIPPED = parse_policy(labels("app"))
CPU_ONLY = policy(min="1", max="10", cpu="0.7")
RPS_ONLY = policy(min="1", max="10", rps="10")
CONCURRENCY = policy(min="1", max="10", concurrency="3")


def shipped(replicas: int, ready: int, concurrency: float, cpu: float = 0.1, memory: float = 0.3) -> Observation:
    """All that the shipped policy expects, complete; cpu and memory per task."""
    return Observation(
        replicas,
        ready,
        False,
        demand(concurrency),
        Usage(cpu * ready, ready, 0),
        tasks(memory, ready),
    )


def test_the_first_sample_that_shows_a_step_is_answered() -> None:
    """At the very first tick, with no evidence of how much is needed, the replicas are doubled."""
    _, decision = decide(SHIPPED, History(), shipped(2, 2, concurrency=20), START)
    assert (decision.desired, decision.reason) == (4, Reason.CONCURRENCY)
    assert decision.load == pytest.approx(2.0)


def test_a_step_after_quiet_is_answered_at_once() -> None:
    """One sample is enough, however long it was quiet before."""
    history, _ = after(120, CONCURRENCY, Observation(2, 2, False, demand(1.0)))
    burst = Demand(START + 120, 9.0, 30.0, 60.0, 0.0, True)
    _, decision = decide(CONCURRENCY, history, Observation(1, 1, False, burst), START + 120)
    assert decision.desired > 2
    assert decision.reason is Reason.CONCURRENCY


def test_the_largest_proposal_wins() -> None:
    """CPU asks for more than concurrency: CPU is the reason, both are told."""
    _, decision = decide(SHIPPED, History(), shipped(4, 4, concurrency=12, cpu=1.0), START)
    assert (decision.desired, decision.reason) == (6, Reason.CPU)
    assert decision.recommendations == {Metric.CONCURRENCY: 4, Metric.CPU: 6, Metric.MEMORY: 2}


@pytest.mark.parametrize(
    ("chosen", "observation", "desired", "reason"),
    [
        (CPU_ONLY, Observation(2, 2, False, cpu=Usage(2.0, 2, 0)), 3, Reason.CPU),
        (RPS_ONLY, Observation(2, 2, False, demand(1.0, arrivals=45.0)), 5, Reason.RPS),
        (policy(memory="0.5"), Observation(2, 2, False, memory=tasks(0.8, 2)), 4, Reason.MEMORY),
    ],
)
def test_each_metric_alone(chosen: Policy, observation: Observation, desired: int, reason: Reason) -> None:
    """One label, its series, and no other is needed."""
    _, decision = decide(chosen, History(), observation, START)
    assert (decision.desired, decision.reason) == (desired, reason)


def test_starting_replicas_are_not_asked_for_again() -> None:
    """Six are wanted, two are ready, six are needed: nothing more."""
    _, decision = decide(CPU_ONLY, History(), Observation(3, 2, False, cpu=Usage(2.0, 2, 0)), START)
    assert (decision.desired, decision.reason) == (3, Reason.STEADY)


def test_within_the_tolerance_nothing_happens() -> None:
    """Five per cent over is no reason, twenty is."""
    for load, desired in ((10.5, 10), (12.0, 12)):
        _, decision = decide(policy(max="20", rps="1"), History(), Observation(10, 10, False, demand(1, load)), START)
        assert decision.desired == desired


def test_bounds_are_put_right_at_once() -> None:
    """Whatever is or is not known: a number outside min..max is corrected."""
    _, low = decide(SHIPPED, History(), Observation(1, 1, False), START)
    _, high = decide(SHIPPED, History(), Observation(40, 40, False), START)
    assert (low.desired, low.reason) == (2, Reason.AT_MIN)
    assert (high.desired, high.reason) == (12, Reason.AT_MAX)


def test_demand_above_the_maximum_says_so() -> None:
    """At max with more asked for, the reason is not `steady`."""
    _, decision = decide(SHIPPED, History(), shipped(12, 12, concurrency=500), START)
    assert (decision.desired, decision.reason) == (12, Reason.AT_MAX)


@pytest.mark.parametrize("state", [1, 5, 99])
def test_nothing_is_decided_during_a_rollout(state: int) -> None:
    """Neither a spike nor a number outside the bounds is answered while an update runs."""
    observation = replace(shipped(state, state, concurrency=500), rollout=True)
    _, decision = decide(SHIPPED, History(), observation, START)
    assert (decision.desired, decision.reason) == (state, Reason.ROLLOUT)


def test_a_spike_during_a_rollout_is_answered_after_it() -> None:
    """The freeze forgets nothing."""
    busy = shipped(2, 2, concurrency=20)
    history, _ = after(5, SHIPPED, replace(busy, rollout=True))
    _, decision = decide(SHIPPED, history, busy, START + 5)
    assert decision.desired > 2


@pytest.mark.parametrize("absence", list(Absence))
def test_an_absent_metric_holds(absence: Absence) -> None:
    """Metrics that vanish at peak leave the replicas where they are, for as long as they are away."""
    history, _ = after(300, CONCURRENCY, Observation(8, 8, False, demand(24.0)))
    _, decision = after(600, CONCURRENCY, Observation(8, 8, False, absence), history, START + 300)
    assert (decision.desired, decision.reason) == (8, Reason.MISSING_DATA)
    assert absence.value in decision.detail


def test_a_true_zero_is_not_missing() -> None:
    """No requests, seen by every edge: down to the minimum."""
    history, _ = after(300, CONCURRENCY, Observation(8, 8, False, demand(24.0)))
    _, decision = after(600, CONCURRENCY, Observation(8, 8, False, demand(0.0, 0.0)), history, START + 300)
    assert (decision.desired, decision.reason) == (1, Reason.AT_MIN)


def test_another_metric_may_still_raise() -> None:
    """Demand is absent, CPU is high: up."""
    observation = Observation(2, 2, False, Absence.STALE, Usage(2.0, 2, 0), tasks(0.3, 2))
    _, decision = decide(SHIPPED, History(), observation, START)
    assert (decision.desired, decision.reason) == (3, Reason.CPU)


def test_partial_cpu_never_lowers() -> None:
    """One of four tasks tells nothing, the others idle: hold."""
    history, _ = after(300, CPU_ONLY, Observation(4, 4, False, cpu=Usage(2.4, 4, 0)))
    observation = Observation(4, 4, False, cpu=Usage(0.1, 3, 1))
    _, decision = after(600, CPU_ONLY, observation, history, START + 300)
    assert (decision.desired, decision.reason) == (4, Reason.MISSING_DATA)


def test_an_edge_that_is_down_never_lowers() -> None:
    """Half the edges tell of little: the other half may have the rest."""
    history, _ = after(300, CONCURRENCY, Observation(8, 8, False, demand(24.0)))
    _, decision = after(600, CONCURRENCY, Observation(8, 8, False, demand(1.0, complete=False)), history, START + 300)
    assert (decision.desired, decision.reason) == (8, Reason.MISSING_DATA)


def test_tasks_that_are_all_new_are_warming_up_not_missing() -> None:
    """A task that became ready a second ago has no CPU to judge by, and nothing is wrong."""
    _, decision = decide(CPU_ONLY, History(), Observation(2, 2, False, cpu=Usage(0.0, 0, 0)), START)
    assert (decision.desired, decision.reason) == (2, Reason.WARMING_UP)


def test_after_a_start_down_waits_for_a_full_window() -> None:
    """A restarted autoscaler knows nothing of the last minutes and releases nothing before it does."""
    idle = Observation(8, 8, False, demand(0.0, 0.0))
    _, early = after(int(CONCURRENCY.stabilization_seconds), CONCURRENCY, idle)
    _, late = after(int(CONCURRENCY.stabilization_seconds) + 1, CONCURRENCY, idle)
    assert (early.desired, early.reason) == (8, Reason.WARMING_UP)
    assert late.desired == 4


def test_a_long_gap_in_the_data_begins_the_window_anew() -> None:
    """What was not seen cannot have been quiet."""
    idle = Observation(8, 8, False, demand(0.0, 0.0))
    history, _ = after(170, CONCURRENCY, idle)
    gone = Observation(8, 8, False, Absence.MISSING)
    history, _ = after(int(GAP_SECONDS) + 1, CONCURRENCY, gone, history, START + 170)
    _, decision = after(60, CONCURRENCY, idle, history, START + 171 + GAP_SECONDS)
    assert (decision.desired, decision.reason) == (8, Reason.WARMING_UP)


def test_down_is_half_at_most_and_not_every_tick() -> None:
    """16 → 8 → 4 → 2 → 1, each step given time."""
    chosen = policy(max="16", concurrency="3")
    history, current, moves = History(), Observation(16, 16, False, demand(0.0, 0.0)), []
    for second in range(300):
        now = START + second
        seen = replace(current, demand=replace(demand(0.0, 0.0), sampled_at=now))
        history, decision = decide(chosen, history, seen, now)
        if decision.desired != current.replicas:
            moves.append((second, decision.desired))
            current = replace(current, replicas=decision.desired, ready=decision.desired)
    assert [to for _, to in moves] == [8, 4, 2, 1]
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(moves)]
    assert min(gaps) >= chosen.stable_seconds / 4


def test_one_quiet_scrape_releases_nothing() -> None:
    """Load, one zero, load: no replica goes."""
    history, _ = after(300, CONCURRENCY, Observation(8, 8, False, demand(24.0)))
    _, decision = decide(CONCURRENCY, history, Observation(8, 8, False, demand(0.0, 0.0, START + 300)), START + 300)
    assert decision.desired == 8


def test_a_count_raised_by_hand_stands_for_a_stable_window() -> None:
    """Even where no count is held: an operator's scale call is not undone in the next second."""
    chosen = replace(CONCURRENCY, hold_seconds=0.0)
    quiet = Observation(2, 2, False, demand(3.0))
    history, _ = after(300, chosen, quiet)
    raised = Observation(6, 2, False, demand(3.0))
    _, decision = after(int(chosen.stable_seconds) - 1, chosen, raised, history, START + 300)
    assert (decision.desired, decision.reason) == (6, Reason.STABILIZING)


def test_the_sentence() -> None:
    """One tick, one sentence."""
    up = Decision(5, Reason.CONCURRENCY, load=2.4)
    held = Decision(1, Reason.MISSING_DATA, detail="cpu missing")
    assert sentence("flotilla_app", 2, up) == "flotilla_app: 2→5 replicas, concurrency, 2.4× target"
    assert sentence("flotilla_app", 1, held) == "flotilla_app: 1 replica, missing_data, cpu missing"


# ---- properties ----------------------------------------------------------------------------------------

# Counts that jump are held, which would hide what the rest decides; test_autoscaler_hold.py has the holds.
UNHELD = replace(SHIPPED, hold_seconds=0.0)

levels = st.floats(0, 2000)
counts = st.integers(0, 30)
absences = st.sampled_from(Absence)


def usages() -> st.SearchStrategy[Usage]:
    return st.builds(Usage, total=st.floats(0, 30), measured=counts, missing=st.integers(0, 3))


def demands() -> st.SearchStrategy[Demand]:
    return st.builds(
        Demand,
        sampled_at=st.just(0.0),
        concurrency=levels,
        in_system=levels,
        arrivals_per_second=levels,
        rejected_per_second=st.floats(0, 50),
        complete=st.booleans(),
    )


working_sets = st.builds(
    WorkingSets,
    each=st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1.2)),
    missing=st.integers(0, 3),
    young=st.frozensets(st.sampled_from("abcdefgh")),
    cores=st.one_of(st.none(), st.floats(0, 4)),
)
observations = st.builds(
    Observation,
    replicas=counts,
    ready=counts,
    rollout=st.booleans(),
    demand=st.one_of(demands(), absences),
    cpu=st.one_of(usages(), absences),
    memory=st.one_of(working_sets, absences),
)
pasts = st.lists(observations, max_size=20)


def remembered(chosen: Policy, past: list[Observation]) -> tuple[History, float]:
    """History after a past of one observation every ten seconds, and the time of the next one."""
    history, now = History(), START
    for seen in past:
        history, _ = decide(chosen, history, stamped(seen, now), now)
        now += 10.0
    return history, now


def stamped(seen: Observation, now: float) -> Observation:
    if isinstance(seen.demand, Demand):
        return replace(seen, demand=replace(seen.demand, sampled_at=now - 0.5))
    return seen


@settings(max_examples=100, deadline=None)
@given(pasts, observations)
def test_never_outside_the_bounds(past: list[Observation], seen: Observation) -> None:
    """Whatever comes, a decision that changes anything is within min..max."""
    history, now = remembered(UNHELD, past)
    _, decision = decide(UNHELD, history, stamped(seen, now), now)
    assert decision.desired == seen.replicas or UNHELD.minimum <= decision.desired <= UNHELD.maximum
    if not seen.rollout:
        assert UNHELD.minimum <= decision.desired <= UNHELD.maximum


@settings(max_examples=100, deadline=None)
@given(
    pasts,
    observations,
    st.sampled_from(["demand", "cpu", "memory", "edge", "task"]),
    st.sampled_from(Absence),
)
def test_never_down_on_missing_or_partial_data(
    past: list[Observation], seen: Observation, what: str, absence: Absence
) -> None:
    """Any expected metric absent or partial: not one replica goes (but those above max)."""
    history, now = remembered(UNHELD, past)
    lacking: dict[str, Callable[[], Observation]] = {
        "demand": lambda: replace(seen, demand=absence),
        "cpu": lambda: replace(seen, cpu=absence),
        "memory": lambda: replace(seen, memory=absence),
        "edge": lambda: replace(seen, demand=demand(0.0, complete=False)),
        "task": lambda: replace(seen, cpu=Usage(0.0, 3, 1)),
    }
    observation = stamped(lacking[what](), now)
    _, decision = decide(UNHELD, history, observation, now)
    assert decision.desired >= min(seen.replicas, UNHELD.maximum)


@settings(max_examples=100, deadline=None)
@given(pasts, observations, demands(), st.floats(0, 500), st.floats(0, 20))
def test_more_demand_never_gives_fewer(
    past: list[Observation], seen: Observation, known: Demand, arriving: float, cpu: float
) -> None:
    """More requests, and more of them in the system, and more CPU: at least as many replicas."""
    history, now = remembered(UNHELD, past)
    less = stamped(replace(seen, demand=known, cpu=Usage(1.0, 4, 0)), now)
    more = stamped(
        replace(
            seen,
            demand=replace(
                known,
                concurrency=known.concurrency + arriving,
                in_system=known.in_system + 10 * arriving,
                arrivals_per_second=known.arrivals_per_second + arriving,
            ),
            cpu=Usage(1.0 + cpu, 4, 0),
        ),
        now,
    )
    _, few = decide(UNHELD, history, less, now)
    _, many = decide(UNHELD, history, more, now)
    assert many.desired >= few.desired


@settings(max_examples=50, deadline=None)
@given(pasts, observations)
def test_the_same_input_gives_the_same_output(past: list[Observation], seen: Observation) -> None:
    """No clock, no chance, nothing kept outside the history."""
    one_history, now = remembered(UNHELD, past)
    other_history, _ = remembered(UNHELD, past)
    assert decide(UNHELD, one_history, stamped(seen, now), now) == decide(
        UNHELD, other_history, stamped(seen, now), now
    )

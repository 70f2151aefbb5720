"""What holds for any history of observations: bounds, missing data, order, repeatability, the budget of reversals."""

from __future__ import annotations

import copy
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from autoscaler import policy as policies
from autoscaler.config import Policy, parse_policy
from autoscaler.decision import Decision, Reason
from autoscaler.history import TURNS_SECONDS, History
from autoscaler.observation import Absence, Demand, Latency, Observation, Usage, WorkingSets
from autoscaler.policy import decide
from tests.unit.autoscaler.given import START
from tests.unit.autoscaler.shipped import labels

SHIPPED = parse_policy(labels("app"))
LEARNED = replace(SHIPPED, targets={})
POLICIES = st.sampled_from([SHIPPED, LEARNED, replace(LEARNED, stabilization_seconds=60.0)])
RATES = st.floats(0, 2000)
ABSENCES = st.sampled_from(list(Absence))


@st.composite
def observations(draw: st.DrawFn) -> tuple[float, float, float, bool, bool]:
    """(arrivals, in system, CPU per task, complete, rollout)."""
    return draw(RATES), draw(st.floats(0, 3000)), draw(st.floats(0, 1)), draw(st.booleans()), draw(st.booleans())


def observed(drawn: tuple[float, float, float, bool, bool], replicas: int, now: float) -> Observation:
    rate, inside, cpu, complete, rollout = drawn
    return Observation(
        replicas,
        replicas,
        rollout,
        Demand(now, inside, inside, rate, 0.0, complete),
        Usage(cpu * replicas, replicas, 0),
        WorkingSets({str(number): 0.3 for number in range(replicas)}),
        cpu_lately=Usage(cpu * replicas, replicas, 0),
        latency=Latency(50.0, rate),
    )


def lived(policy: Policy, story: list[tuple[float, float, float, bool, bool]], each: int = 3) -> list[Decision]:
    """Every decision of a life in which each observation lasts for some ticks and every decision is carried out."""
    history, replicas, made = History(), policy.minimum, []
    for index, drawn in enumerate(story):
        for tick in range(each):
            now = START + index * each + tick
            history, decision = decide(policy, history, observed(drawn, replicas, now), now)
            replicas = decision.desired
            made.append(decision)
    return made


HARDLY_ANYTHING = [(0.0, 0.0, 0.0, False, False), (1.0, 0.0, 0.0, True, True), (2e-311, 1.0, 0.0, True, False)]


@settings(max_examples=60, deadline=None)
@given(POLICIES, st.lists(observations(), min_size=1, max_size=40))
@example(SHIPPED, HARDLY_ANYTHING)
def test_never_outside_the_bounds(policy: Policy, story: list[tuple[float, float, float, bool, bool]]) -> None:
    """Whatever is seen: min..max."""
    assert all(policy.minimum <= decision.desired <= policy.maximum for decision in lived(policy, story))


@settings(max_examples=60, deadline=None)
@given(POLICIES, st.lists(observations(), min_size=1, max_size=30), ABSENCES, st.integers(3, 12))
def test_never_down_without_whole_data(
    policy: Policy, story: list[tuple[float, float, float, bool, bool]], absence: Absence, replicas: int
) -> None:
    """Demand that is missing, stale or no number, or that one edge does not tell: never fewer."""
    history = History()
    for index, drawn in enumerate(story):
        history, _ = decide(policy, history, observed(drawn, replicas, START + index), START + index)
    now = START + len(story)
    blind = replace(observed((0.0, 0.0, 0.0, True, False), replicas, now), demand=absence)
    partial = replace(blind, demand=Demand(now, 0.0, 0.0, 0.0, 0.0, False))
    for observation in (blind, partial):
        _, decision = decide(policy, history, observation, now)
        assert decision.desired >= min(replicas, policy.maximum)


@settings(max_examples=60, deadline=None)
@given(POLICIES, st.lists(observations(), min_size=1, max_size=20), RATES, st.floats(0, 2000), st.integers(2, 12))
def test_more_demand_never_gives_fewer(
    policy: Policy,
    story: list[tuple[float, float, float, bool, bool]],
    rate: float,
    more: float,
    replicas: int,
) -> None:
    """With the same history, a second with more arrivals, more in the system and more CPU asks for no fewer."""
    history = History()
    for index, drawn in enumerate(story):
        history, _ = decide(policy, history, observed(drawn, replicas, START + index), START + index)
    now = START + len(story)
    little = observed((rate, rate / 10, 0.5, True, False), replicas, now)
    much = observed((rate + more, (rate + more) / 10 + more, 0.9, True, False), replicas, now)
    _, less = decide(policy, history, little, now)
    _, larger = decide(policy, history, much, now)
    assert larger.desired >= less.desired


@settings(max_examples=30, deadline=None)
@given(POLICIES, st.lists(observations(), min_size=1, max_size=20))
def test_the_same_gives_the_same(policy: Policy, story: list[tuple[float, float, float, bool, bool]]) -> None:
    """No clock, no chance, and nothing that came in is changed."""
    assert lived(policy, story) == lived(policy, story)
    history = History()
    for index, drawn in enumerate(story):
        observation = observed(drawn, 3, START + index)
        before = copy.deepcopy((history, observation))
        after, _ = decide(policy, history, observation, START + index)
        assert (history, observation) == before
        history = after


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(RATES, st.integers(1, 40)), min_size=10, max_size=60))
def test_no_more_reversals_than_the_budget(bursts: list[tuple[float, int]]) -> None:
    """However the traffic jumps, the count changes its direction no more often than the budget says."""
    history, replicas, turns, direction, second = History(), 2, list[float](), 0, 0
    for rate, length in bursts:
        for _ in range(length):
            second += 1
            now = START + second
            drawn = (rate, rate / 20, min(1.0, rate / 50 / replicas), True, False)
            history, decision = decide(LEARNED, history, observed(drawn, replicas, now), now)
            if decision.desired != replicas:
                sign = 1 if decision.desired > replicas else -1
                if direction and sign != direction:
                    turns.append(now)
                direction, replicas = sign, decision.desired
            assert len([at for at in turns if now - at < TURNS_SECONDS]) <= policies.REVERSALS


def test_every_reason_is_explained() -> None:
    """No branch ends in a word that nobody has a sentence for."""
    from autoscaler.explain.sentences import WHY

    assert set(WHY) == set(Reason)

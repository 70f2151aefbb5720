"""Counts set by hand stand for a while; a label pauses. Only decisions: the loop is tested elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.decision import Decision, Reason
from autoscaler.history import History
from autoscaler.observation import Absence, Observation
from autoscaler.policy import decide
from tests.unit.autoscaler.given import START, after, demand, policy

CHOSEN = policy(min="2", max="10", initial="3", rps="10", hold_seconds="120")
NOW = START + 60


def seen(replicas: int, arrivals: float = 40.0, **changes: bool) -> Observation:
    return replace(Observation(replicas, replicas, False, demand(1.0, arrivals)), **changes)


@pytest.fixture
def history() -> History:
    """A minute at four replicas, which fit."""
    found, decision = after(60, CHOSEN, seen(4))
    assert (decision.desired, decision.reason) == (4, Reason.STEADY)
    return found


@pytest.mark.parametrize("count", [1, 5, 9, 20])
def test_a_count_set_by_hand_stands_for_its_time(history: History, count: int) -> None:
    """More or fewer, within the bounds or not, whatever the demand: it stands, says until when, then ends."""
    for second in range(120):
        history, decision = decide(CHOSEN, history, seen(count, arrivals=200.0), NOW + second)
        assert (decision.desired, decision.reason) == (count, Reason.HELD)
        assert decision.detail == "set by hand, until 2023-11-14T22:16:20Z"
        assert decision.numbers == {"held_until": NOW + 120}
        assert decision.recommendations, "what it would do without the hold is told"
    _, decision = decide(CHOSEN, history, seen(count, arrivals=200.0), NOW + 120)
    assert (decision.desired, decision.reason) == (10, Reason.AT_MAX if count > 10 else Reason.RPS)


def test_a_second_count_by_hand_begins_anew(history: History) -> None:
    """The time counts from the last one."""
    history, _ = decide(CHOSEN, history, seen(6), NOW)
    history, _ = decide(CHOSEN, history, seen(7), NOW + 100)
    _, decision = decide(CHOSEN, history, seen(7), NOW + 219)
    assert decision.numbers == {"held_until": NOW + 220}


def test_own_writes_are_no_hold(history: History) -> None:
    """What was decided on is found at the next look, or, if the write failed, still the count before."""
    history, decision = decide(CHOSEN, history, seen(4, arrivals=80.0), NOW)
    assert decision.desired == 8
    for found in (4, 8):
        _, next_one = decide(CHOSEN, history, seen(found, arrivals=80.0), NOW + 1)
        assert next_one.reason is not Reason.HELD


def test_the_count_of_a_deployment_is_no_hold(history: History) -> None:
    """A deployment resets to `initial` in the middle of a spike: answered at this very look."""
    _, decision = decide(CHOSEN, history, seen(3, arrivals=80.0), NOW)
    assert (decision.desired, decision.reason) == (8, Reason.RPS)


def test_the_count_of_a_deployment_ends_a_hold(history: History) -> None:
    """`initial` gives the service back to the autoscaler, for good."""
    history, _ = decide(CHOSEN, history, seen(6), NOW)
    history, _ = decide(CHOSEN, history, seen(3), NOW + 1)
    _, decision = decide(CHOSEN, history, seen(3, arrivals=80.0), NOW + 2)
    assert decision.desired == 8


@pytest.mark.parametrize("rollout", [True, False])
def test_a_count_that_comes_with_a_change_of_tasks_is_no_hold(history: History, rollout: bool) -> None:
    """A rollback brings back an old count, over while nobody looked or still running."""
    history, decision = decide(CHOSEN, history, seen(6, rollout=rollout, updated=True), NOW)
    assert decision.reason is not Reason.HELD
    _, decision = decide(CHOSEN, history, seen(6, updated=True), NOW + 1)
    assert decision.reason is not Reason.HELD


def test_a_rollout_that_carries_the_count_ends_no_hold(history: History) -> None:
    """A new image during the hold: frozen by the rollout, then held on."""
    history, _ = decide(CHOSEN, history, seen(6), NOW)
    history, during = decide(CHOSEN, history, seen(6, rollout=True, updated=True), NOW + 1)
    _, decision = decide(CHOSEN, history, seen(6, updated=True), NOW + 2)
    assert (during.reason, decision.reason) == (Reason.ROLLOUT, Reason.HELD)


def test_an_old_count_is_not_one_by_hand() -> None:
    """After a start nothing is known, and whatever is found there is no event."""
    history, decision = decide(CHOSEN, History(), seen(7), START)
    assert (decision.desired, decision.reason) == (7, Reason.WARMING_UP)
    history, decision = decide(CHOSEN, history, seen(7, arrivals=200.0), START + 1)
    assert (decision.desired, decision.reason) == (10, Reason.RPS)


def test_a_count_that_was_moved_into_the_bounds_is_no_hold(history: History) -> None:
    """A deployment puts 20 back to the maximum: as the autoscaler would have."""
    history, _ = decide(CHOSEN, history, seen(20), NOW)
    history, decision = decide(CHOSEN, history, seen(10, arrivals=95.0), NOW + 1)
    assert decision.reason is not Reason.HELD


def test_none_by_hand_is_off_until_somebody_says_otherwise() -> None:
    """0 is never a deployment's or the autoscaler's: it outlasts every hold, and a restart of the autoscaler."""
    for past in (History(), after(60, CHOSEN, seen(4))[0]):
        for at in (NOW, NOW + 100_000):
            past, decision = decide(CHOSEN, past, seen(0, arrivals=80.0), at)
            assert (decision.desired, decision.reason) == (0, Reason.HELD)
            assert "switched off by hand" in decision.detail
        _, decision = decide(CHOSEN, past, seen(3, arrivals=80.0), NOW + 100_001)
        assert decision.desired == 8


def test_without_a_hold_every_count_is_answered_at_once() -> None:
    """hold_seconds 0: counts by hand, 0 too, are the autoscaler's business within a tick."""
    chosen = replace(CHOSEN, hold_seconds=0.0)
    history, _ = after(60, chosen, seen(4))
    for count, desired in ((2, 4), (20, 10), (0, 4)):
        _, decision = decide(chosen, history, seen(count), NOW)
        assert decision.desired == desired


def test_a_pause_writes_nothing_until_it_is_over(history: History) -> None:
    """Neither a spike nor a number outside the bounds; its end needs nobody."""
    paused = replace(CHOSEN, paused_until=NOW + 30)
    for count in (1, 4, 40):
        past, decision = decide(paused, history, seen(count, arrivals=95.0), NOW + 29)
        assert (decision.desired, decision.reason) == (count, Reason.PAUSED)
        assert decision.detail == "by label until 2023-11-14T22:14:50Z"
    past, decision = decide(paused, history, seen(4, arrivals=95.0), NOW + 29)
    _, decision = decide(paused, past, seen(4, arrivals=95.0), NOW + 30)
    assert (decision.desired, decision.reason) == (10, Reason.RPS)
    assert decision.detail == "the pause is over since 2023-11-14T22:14:50Z"
    _, decision = decide(paused, past, seen(4, arrivals=95.0), NOW + 90)
    assert decision.detail == ""


def test_a_pause_does_not_use_up_a_hold(history: History) -> None:
    """What was set by hand during a pause stands as long as at any other time."""
    history, _ = decide(replace(CHOSEN, paused_until=NOW + 30), history, seen(6), NOW)
    _, decision = decide(CHOSEN, history, seen(6), NOW + 119)
    assert (decision.desired, decision.reason) == (6, Reason.HELD)


counts = st.integers(0, 15)
looks = st.lists(
    st.tuples(counts, st.floats(0, 200), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=20
)


@settings(max_examples=200, deadline=None)
@given(looks)
def test_while_a_hold_is_told_nothing_is_changed_and_it_always_ends(
    past: list[tuple[int, float, bool, bool, bool]],
) -> None:
    """Whatever is found: `held` keeps the count, and after its time without a further touch it is over."""
    history, now = History(), START
    decision: Decision | None = None
    count = 3
    for by_hand, arrivals, rollout, known, touched in past:
        count = by_hand if touched or decision is None else decision.desired
        observation = seen(count, arrivals, rollout=rollout, updated=rollout)
        observation = observation if known else replace(observation, demand=Absence.MISSING)
        history, decision = decide(CHOSEN, history, observation, now)
        if decision.reason is Reason.HELD:
            assert decision.desired == count
        now += 7.0
    for _ in range(2):
        count = decision.desired if decision is not None else count
        history, decision = decide(CHOSEN, history, seen(count), now)
        now += CHOSEN.hold_seconds
    assert decision is not None
    assert decision.reason is not Reason.HELD or count == 0

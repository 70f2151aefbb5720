"""The gate before the database: four signs together veto, each of three look-alikes does not, and wrong ones heal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.config import Policy
from autoscaler.database_gate import PROBE_SECONDS, Gate, Verdict, judge
from autoscaler.decision import Reason
from autoscaler.history import History
from autoscaler.observation import Absence, Database, Demand, Observation, Usage
from autoscaler.policy import decide
from tests.unit.autoscaler.given import START

FULL = Database(connections=20, cap=20, waiting=30, wait_each=30)
RATE = 100.0


def seen(second: float, ready: int, database: Database | Absence, cpu: float = 0.2, done: float = RATE) -> Observation:
    now = START + second
    inside = 100.0 + second * max(0.0, 200.0 - done)
    return Observation(
        ready,
        ready,
        False,
        Demand(now, inside, inside, 200.0, 0.0, True),
        Usage(cpu * ready, ready, 0),
        database=database,
    )


def after(
    seconds: int, database: Database | Absence, *, cpu: float = 0.2, rising: float = 1.5, wanted: int = 8
) -> tuple[Gate, list[Verdict]]:
    gate = Gate()
    verdicts = []
    for second in range(seconds):
        if isinstance(database, Database):
            database = replace(database, wait_each=database.wait_each + rising)
        gate, verdict = judge(gate, seen(second, 4, database, cpu), wanted, 4.0, START + second)
        verdicts.append(verdict)
    return gate, verdicts


def test_a_full_database_is_named_and_nothing_is_added() -> None:
    """Connections at the cap, more and more waiting, idle CPU, no gain from the last replica: vetoed, with numbers."""
    _, verdicts = after(20, FULL)
    last = verdicts[-1]
    assert last.replicas == 4
    assert last.note.startswith("database-bound: 20 of 20 server connections are in use")
    assert last.numbers["database_connections"] == 20


def test_busy_processors_at_the_cap_are_no_database_that_is_full() -> None:
    """CPU-bound at the cap: no veto, and it is said why."""
    _, verdicts = after(20, FULL, cpu=0.95)
    assert {verdict.replicas for verdict in verdicts} == {8}
    assert "so is the replicas' CPU" in verdicts[-1].note


def test_waiting_for_the_replicas_own_pool_is_no_full_database() -> None:
    """PgBouncer has connections to spare: whatever waits, waits in the replicas, and more of them help."""
    _, verdicts = after(20, Database(connections=6, cap=20, waiting=0, wait_each=0.0), rising=0)
    assert {verdict.replicas for verdict in verdicts} == {8}


def test_a_slow_service_elsewhere_is_no_full_database() -> None:
    """Idle CPU, idle database, slow answers: no veto."""
    _, verdicts = after(20, Database(connections=1, cap=20, waiting=0, wait_each=0.0), rising=0)
    assert {verdict.replicas for verdict in verdicts} == {8}


def test_a_connection_that_is_free_for_a_moment_lifts_no_veto() -> None:
    """A sample between two transactions shows one connection less than the cap, and nobody waiting in it."""
    gate, verdicts = after(20, FULL)
    assert verdicts[-1].replicas == 4
    moment = Database(connections=18, cap=20, waiting=0, wait_each=50.0)
    for second in (20, 23, 26):
        after_gate, verdict = judge(gate, seen(second, 4, moment), 8, 4.0, START + second)
        assert verdict.replicas == 4, verdict
        gate = after_gate
        for later in (second + 1, second + 2):
            full = replace(FULL, wait_each=50.0 + later)
            after_gate, _ = judge(gate, seen(later, 4, full), 8, 4.0, START + later)
            gate = after_gate


def test_replicas_that_came_up_while_nobody_asked_anything_lift_no_veto() -> None:
    """The first replicas of a new stack brought no throughput, and did not show that a next one would."""
    gate = Gate()
    quiet = Demand(START, 0.0, 0.0, 0.0, 0.0, True)
    idle = Database(connections=1, cap=20, waiting=0, wait_each=0.0)
    for second in range(30):
        looked = replace(seen(second, 0 if second < 5 else 4, idle), demand=replace(quiet, sampled_at=START + second))
        gate, _ = judge(gate, looked, 4, 4.0, START + second)
    for second in range(30, 40):
        full = replace(FULL, wait_each=FULL.wait_each + second)
        gate, verdict = judge(gate, seen(second, 4, full), 8, 4.0, START + second)
    assert verdict.replicas == 4, verdict


@pytest.mark.parametrize("absence", list(Absence))
def test_without_the_databases_figures_there_is_no_veto(absence: Absence) -> None:
    """Missing is not full; and it is said."""
    _, verdicts = after(20, absence)
    assert {verdict.replicas for verdict in verdicts} == {8}
    assert "no veto" in verdicts[-1].note


def test_waiting_that_does_not_rise_is_no_evidence() -> None:
    """A full pool with short and steady queues serves as much as it can and nobody is the worse for it."""
    _, verdicts = after(20, replace(FULL, wait_each=0.5), rising=0)
    assert {verdict.replicas for verdict in verdicts} == {8}


def test_a_replica_that_brought_throughput_is_no_veto() -> None:
    """Three to four replicas brought a third more answers: the database is not what is full."""
    gate = Gate()
    inside, verdict = 0.0, Verdict(8)
    for second in range(30):
        ready, done = (3, 75.0) if second < 12 else (4, 100.0)
        inside += 200.0 - done
        now = START + second
        observation = replace(
            seen(second, ready, replace(FULL, wait_each=30 + 2.0 * second)),
            demand=Demand(now, inside, inside, 200.0, 0.0, True),
        )
        gate, verdict = judge(gate, observation, 8, 4.0, now)
    assert verdict.replicas == 8


def test_a_wrong_veto_heals_by_a_probe() -> None:
    """Every few minutes one replica is let through, and no more than one."""
    _, verdicts = after(900, FULL, rising=0)
    let_through = [second for second, verdict in enumerate(verdicts[20:]) if verdict.replicas > 4]
    assert 1 <= len(let_through) <= 900 / PROBE_SECONDS
    assert {verdict.replicas for verdict in verdicts[20:]} == {4, 5}


def test_the_veto_ends_with_the_waiting() -> None:
    """With the cap raised, replicas are added again within seconds."""
    gate, _ = after(20, FULL)
    roomy = Database(connections=20, cap=60, waiting=0, wait_each=0.0)
    gate, verdict = judge(gate, seen(20, 4, roomy), 8, 4.0, START + 20)
    assert verdict.replicas == 8


def test_the_policy_names_the_database_as_the_reason() -> None:
    """`database_bound`, in the decision as in the gate; and only for a service that says it uses the database."""
    for uses, desired in ((True, 4), (False, 12)):
        chosen = Policy(minimum=2, maximum=12, targets={}, database=uses)
        history = History()
        for second in range(25):
            observation = seen(second, 4, replace(FULL, wait_each=30 + 2.0 * second))
            crowd = Demand(START + second, 400.0, 400.0 + 100 * second, 200.0, 0.0, True)
            history, decision = decide(chosen, history, replace(observation, demand=crowd), START + second)
        assert (decision.desired > 4) == (desired > 4)
        assert (decision.reason is Reason.DATABASE_BOUND) == uses


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 40), st.floats(0, 100), st.floats(0, 1), st.integers(1, 12), st.integers(1, 12)),
        min_size=1,
        max_size=60,
    )
)
def test_it_never_lowers_and_never_adds(story: list[tuple[float, float, float, int, int]]) -> None:
    """Between what there is and what was asked for, whatever the figures."""
    gate = Gate()
    for second, (connections, waiting, cpu, ready, wanted) in enumerate(story):
        database = Database(connections, 20, waiting, waiting)
        gate, verdict = judge(gate, seen(second, ready, database, cpu), wanted, 4.0, START + second)
        assert min(ready, wanted) <= verdict.replicas <= max(wanted, min(ready, wanted))

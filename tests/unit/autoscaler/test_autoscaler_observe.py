from __future__ import annotations

import math
from collections import defaultdict

import pytest

from autoscaler.observation import Absence, Demand, Latency, Usage, WorkingSets
from autoscaler.observe import CLOSELY_SECONDS, WARM_UP_SECONDS, YOUNG_SECONDS, observe, to_look_at_closely
from autoscaler.readings import Metrics, by_task, demand_by_service, latency_by_service, sums
from autoscaler.roster import Listed, Member
from autoscaler.vectors import Kinds
from swarm.engine import JSON, Service
from tests.unit.autoscaler.given import policy

NOW = 1_700_000_000.0
LIMITS = {"Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 1000}}


def service(update_state: str | None = None, resources: JSON | None = None) -> Service:
    template = {"ContainerSpec": {"Image": "x"}, "Resources": LIMITS if resources is None else resources}
    spec = {"Name": "s_app", "Labels": {}, "TaskTemplate": template, "Mode": {"Replicated": {"Replicas": 3}}}
    return Service("id", "s_app", 7, spec, None, update_state, "", None, None)


def member(name: str, seconds: float = 60.0, ready: bool = True, unplaceable: bool = False) -> Member:
    return Member(name, ready, NOW - seconds, NOW - seconds - 10, unplaceable)


def tasks(*members: Member, startups: tuple[float, ...] = ()) -> Listed:
    return Listed(members, (), NOW, startups)


def kinds(**values: float) -> Kinds:
    """The answer about one service."""
    return defaultdict(dict, {kind: {"s_app": value} for kind, value in values.items()})


BUSY = {"concurrency": 3.5, "arrivals": 20.0, "in_system": 9.0, "sampled_at": NOW - 0.5}


def test_demand_is_what_the_edges_say_in_sum() -> None:
    """What is not told is as it should be: nothing rejected, no edge that lacks anything."""
    assert demand_by_service(kinds(**BUSY), 0) == {"s_app": Demand(NOW - 0.5, 3.5, 9.0, 20.0, 0.0, True)}
    rejecting = demand_by_service(kinds(**BUSY, rejected=6.0, queued=3.0), 0)["s_app"]
    assert isinstance(rejecting, Demand)
    assert (rejecting.rejected_per_second, rejecting.queued) == (6.0, 3.0)


@pytest.mark.parametrize("nan", ["concurrency", "arrivals", "in_system", "rejected"])
def test_missing_stale_nan_and_zero_are_four_things(nan: str) -> None:
    """No series, old ones, one that is no number, and nothing to do."""
    zero = {"concurrency": 0.0, "arrivals": 0.0, "in_system": 0.0, "sampled_at": NOW}
    assert demand_by_service(kinds(), 0) == {}
    assert demand_by_service(kinds(lacking=1), 0)["s_app"] is Absence.STALE
    assert demand_by_service(kinds(**(BUSY | {nan: math.nan})), 0)["s_app"] is Absence.NOT_A_NUMBER
    assert demand_by_service(kinds(**zero), 0)["s_app"] == Demand(NOW, 0.0, 0.0, 0.0, 0.0, True)


def test_one_sample_is_no_rate_yet() -> None:
    """An edge just discovered is missing, not zero; beside another it makes the sum partial."""
    new = kinds(in_system=2, sampled_at=NOW, lacking=1, fresh=1)
    assert demand_by_service(new, 0)["s_app"] is Absence.MISSING
    both = demand_by_service(kinds(**BUSY, lacking=2), 0)["s_app"]
    assert isinstance(both, Demand)
    assert not both.complete


def test_an_edge_that_is_down_makes_it_partial() -> None:
    """The sum of the others is shown, and that it is not all."""
    found = demand_by_service(kinds(**BUSY), edges_down=1)["s_app"]
    assert isinstance(found, Demand)
    assert not found.complete


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"p95": 0.25, "rate": 8.0}, Latency(250.0, 40.0)),
        ({"p95": math.nan, "rate": 0.0}, Absence.NOT_A_NUMBER),
        ({"p95": 0.25, "rate": math.nan}, Absence.NOT_A_NUMBER),
        ({"p95": 0.25}, Absence.NOT_A_NUMBER),
    ],
)
def test_latency_of_answers(said: dict[str, float], found: Latency | Absence) -> None:
    """A percentile with the number of answers behind it; of no answers there is none, and a fast one it is not."""
    assert latency_by_service(kinds(**said)) == {"s_app": found}
    assert latency_by_service(kinds()) == {}


def test_readings_of_tasks() -> None:
    """A number, an old series, and no number."""
    told = {"each": {"t": 0.4, "nan": math.nan}, "stale": {"old": 0.4}}
    assert by_task(told) == {"t": 0.4, "nan": Absence.NOT_A_NUMBER, "old": Absence.STALE}


def test_a_sum_says_of_how_many_tasks_it_is() -> None:
    """A sum without its number is none."""
    assert sums({"a": 1.5, "b": 2.0}, {"a": 3.0}) == {"a": (1.5, 3)}


def test_usage_is_of_ready_tasks_that_are_warm() -> None:
    """Starting and just ready tasks say nothing of the load, however busy they are."""
    those = tasks(
        member("warm"), member("idle"), member("new", seconds=WARM_UP_SECONDS - 1), member("starting", ready=False)
    )
    cores: dict[str, float | Absence] = {one.id: 0.4 for one in those.members}
    cores["idle"] = 0.1
    found = observe(service(), those, Metrics(cpu_each=cores, memory_bytes=dict.fromkeys(cores, 500.0)), NOW)
    assert (found.replicas, found.ready) == (3, 3)
    assert found.cpu == Usage(pytest.approx(1.0), 2, 0)
    assert found.memory == WorkingSets({"warm": 0.5, "idle": 0.5}, 0, frozenset(), pytest.approx(0.5))
    assert found.demand is found.latency is Absence.MISSING


def test_usage_lately_counts_what_is_not_measured() -> None:
    """Of two warm tasks one is known: one is missing; of none known it is absent."""
    those = tasks(member("a"), member("b"))
    known = observe(service(), those, Metrics(cpu_lately={"s_app": (0.45, 1)}), NOW)
    assert known.cpu_lately == Usage(pytest.approx(0.9), 1, 1)
    assert observe(service(), those, Metrics(), NOW).cpu_lately is Absence.MISSING


def test_a_young_task_without_work_is_told_apart() -> None:
    """Just warm and quiet, just warm and busy, quiet for long: only the first shows what an idle one holds."""
    seconds = {"quiet": WARM_UP_SECONDS, "busy": WARM_UP_SECONDS, "old": YOUNG_SECONDS}
    those = tasks(*(member(name, seconds=age) for name, age in seconds.items()))
    cores = {"quiet": 0.01, "busy": 0.2, "old": 0.01}
    metrics = Metrics(cpu_each=cores, memory_bytes=dict.fromkeys(seconds, 500.0))
    found = observe(service(), those, metrics, NOW).memory
    assert isinstance(found, WorkingSets)
    assert found.young == {"quiet"}
    del cores["old"]
    lacking = observe(service(), those, metrics, NOW).memory
    assert isinstance(lacking, WorkingSets)
    assert lacking.cores is None


def test_a_task_without_series_is_counted_as_missing() -> None:
    """Some known: partial. None known: absent, by the most telling word."""
    those = tasks(member("a"), member("b"))
    some = observe(service(), those, Metrics(cpu_each={"a": 0.5}), NOW)
    none = observe(service(), those, Metrics(cpu_stale=frozenset(["s_app"])), NOW)
    assert some.cpu == Usage(1.0, 1, 1)
    assert none.cpu is Absence.STALE
    assert none.memory is Absence.MISSING


def test_what_swarm_cannot_place_and_how_long_tasks_took_is_seen() -> None:
    """Both come from the tasks."""
    those = tasks(member("a"), member("b", ready=False, unplaceable=True), startups=(7.5,))
    found = observe(service(), those, Metrics(), NOW)
    assert (found.unplaceable, found.startups) == (1, (7.5,))


def test_own_queries_are_seen_by_name() -> None:
    """The one that failed is absent, and no other is."""
    ours = policy(
        **{"query.depth": "sum(depth)", "query.depth.target": "5", "query.age": "max(age)", "query.age.target": "9"}
    )
    found = observe(service(), tasks(), Metrics(queries={"sum(depth)": 12.0}), NOW, ours)
    assert found.queries == {"depth": 12.0, "age": Absence.MISSING}


@pytest.mark.parametrize(
    ("state", "frozen"),
    [
        (None, False),
        ("completed", False),
        ("rollback_completed", False),
        ("updating", True),
        ("paused", True),
        ("rollback_started", True),
        ("rollback_paused", True),
    ],
)
def test_rollout_states(state: str | None, frozen: bool) -> None:
    """All of Swarm's words; a paused update would go on if anything were written."""
    assert observe(service(state), tasks(), Metrics(), NOW).rollout is frozen


def test_a_calm_service_is_seen_as_a_sum() -> None:
    """All tasks are warm and have been the same: their sum and their number say what looking at each would."""
    those, every = tasks(member("a"), member("b")), {"a": 500.0, "b": 250.0}
    by_sum = Metrics(cpu={"s_app": (0.75, 2)}, memory_bytes=every)
    each = Metrics(cpu_each={"a": 0.5, "b": 0.25}, memory_bytes=every)
    seen = observe(service(), those, by_sum, NOW, closely=False)
    assert seen.cpu == Usage(1.5, 2, 0)
    assert isinstance(seen.memory, WorkingSets)
    assert seen.memory.cores == 0.75
    assert seen == observe(service(), those, each, NOW, closely=True)


@pytest.mark.parametrize(
    ("metrics", "found"),
    [
        (Metrics(cpu={"s_app": (0.3, 1)}), Usage(pytest.approx(0.6), 1, 1)),
        (Metrics(cpu={"s_app": (0.9, 3)}), Usage(pytest.approx(1.2), 2, 0)),
        (Metrics(cpu={"s_app": (math.nan, 2)}), Absence.NOT_A_NUMBER),
        (Metrics(cpu_stale=frozenset(["s_app"])), Absence.STALE),
        (Metrics(), Absence.MISSING),
    ],
)
def test_what_a_sum_does_not_tell(metrics: Metrics, found: Usage | Absence) -> None:
    """One task too few is missing, one too many is taken out as if it were like the others; and the four absences."""
    seen = observe(service(), tasks(member("a"), member("b")), metrics, NOW, closely=False)
    assert seen.cpu == found


def test_a_service_is_looked_at_closely_while_its_sum_may_be_anothers() -> None:
    """A task that starts or is young, one that has just gone, a stranger in the sum, one that is no number."""
    calm, sum_of_two = tasks(member("a"), member("b")), {"s_app": (0.6, 2)}

    def closely(those: Listed, cpu: dict[str, tuple[float, int]]) -> bool:
        return to_look_at_closely([service()], {"id": those}, cpu, NOW) == {"s_app"}

    assert not closely(calm, sum_of_two)
    assert not closely(calm, {})
    assert closely(tasks(member("a"), member("b", ready=False)), sum_of_two)
    assert closely(tasks(member("a"), member("b", seconds=CLOSELY_SECONDS - 1)), sum_of_two)
    assert closely(Listed(calm.members, (), NOW, changed=NOW - CLOSELY_SECONDS + 1), sum_of_two)
    assert not closely(Listed(calm.members, (), NOW, changed=NOW - CLOSELY_SECONDS), sum_of_two)
    assert closely(calm, {"s_app": (0.9, 3)})
    assert closely(calm, {"s_app": (math.nan, 2)})

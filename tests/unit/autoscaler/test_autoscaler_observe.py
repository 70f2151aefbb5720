from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from autoscaler.observation import Absence, Demand, Usage, WorkingSets
from autoscaler.observe import (
    FRESH_SECONDS,
    WARM_UP_SECONDS,
    YOUNG_SECONDS,
    Metrics,
    by_task,
    demand_by_service,
    observe,
)
from autoscaler.prometheus import PrometheusError, Series, parse_answer
from swarm.engine import JSON, Service, Task

NOW = 1_700_000_000.0
LIMITS = {"Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 1000}}


def service(update_state: str | None = None, resources: JSON | None = None) -> Service:
    template = {"ContainerSpec": {"Image": "x"}, "Resources": LIMITS if resources is None else resources}
    spec = {"Name": "s_app", "Labels": {}, "TaskTemplate": template, "Mode": {"Replicated": {"Replicas": 3}}}
    return Service("id", "s_app", 7, spec, None, update_state, "", None, None)


def task(name: str, seconds: float = 60.0, state: str = "running", desired: str = "running") -> Task:
    since = datetime.fromtimestamp(NOW - seconds, UTC)
    return Task(name, "id", "n", 1, state, desired, since, "", "", None, "c", "x", {}, (), since, since)


def edge(kind: str, *values: float, instance: str = "a", until: float = NOW) -> Series:
    """A series of one edge with a sample a second."""
    labels = {"__name__": f"flotilla_edge_{kind}", "service": "s_app", "instance": instance}
    count = len(values)
    return Series(labels, tuple((until - count + 1 + index, value) for index, value in enumerate(values)))


def whole_edge(instance: str = "a", until: float = NOW) -> list[Series]:
    return [
        edge("demand_seconds_total", 1.0, 2.0, 5.5, instance=instance, until=until),
        edge("requests_total", 10, 20, 40, instance=instance, until=until),
        edge("in_flight", 1, 2, 6, instance=instance, until=until),
        edge("queued", 0, 0, 3, instance=instance, until=until),
    ]


def test_demand_of_one_edge() -> None:
    """Means over the last interval, and what is there at the sample."""
    assert demand_by_service(whole_edge(), NOW, 0) == {"s_app": Demand(NOW, 3.5, 9.0, 20.0, 0.0, True, 3.0)}


def test_demand_of_all_edges_is_their_sum() -> None:
    """Two nodes, half the requests each."""
    found = demand_by_service([*whole_edge("a"), *whole_edge("b")], NOW, 0)["s_app"]
    assert found == Demand(NOW, 7.0, 18.0, 40.0, 0.0, True, 6.0)


def test_a_counter_that_began_again_is_no_negative_rate() -> None:
    """An edge that restarted counts from 0."""
    series = [*whole_edge()[1:], edge("demand_seconds_total", 100.0, 2.0)]
    found = demand_by_service(series, NOW, 0)["s_app"]
    assert isinstance(found, Demand)
    assert found.concurrency == 2.0


def test_rejections_of_all_reasons_add_up() -> None:
    """queue_full and queue_timeout are both requests that no replica served."""
    rejected = [edge("rejected_total", 0, 4), edge("rejected_total", 0, 2)]
    found = demand_by_service([*whole_edge(), *rejected], NOW, 0)["s_app"]
    assert isinstance(found, Demand)
    assert found.rejected_per_second == 6.0


def test_missing_stale_nan_and_zero_are_four_things() -> None:
    """No series, an old one, one that is no number, and nothing to do."""
    zero = [edge(kind, 0, 0) for kind in ("demand_seconds_total", "requests_total", "in_flight", "queued")]
    nan = [*whole_edge()[:3], edge("queued", 0, math.nan)]
    old = whole_edge(until=NOW - FRESH_SECONDS - 1)
    assert demand_by_service([], NOW, 0) == {}
    assert demand_by_service(old, NOW, 0)["s_app"] is Absence.STALE
    assert demand_by_service(nan, NOW, 0)["s_app"] is Absence.NOT_A_NUMBER
    assert demand_by_service(zero, NOW, 0)["s_app"] == Demand(NOW, 0.0, 0.0, 0.0, 0.0, True)


def test_one_sample_is_no_rate_yet() -> None:
    """An edge just discovered is missing, not zero; beside another it makes the sum partial."""
    fresh = [edge(kind, 5, instance="b") for kind in ("demand_seconds_total", "requests_total", "in_flight", "queued")]
    assert demand_by_service(fresh, NOW, 0)["s_app"] is Absence.MISSING
    both = demand_by_service([*whole_edge("a"), *fresh], NOW, 0)["s_app"]
    assert isinstance(both, Demand)
    assert not both.complete


@pytest.mark.parametrize("lack", ["down", "stale"])
def test_an_edge_that_does_not_report_makes_it_partial(lack: str) -> None:
    """The sum of the others is shown, and that it is not all."""
    series = whole_edge("a") + (whole_edge("b", until=NOW - 6) if lack == "stale" else [])
    found = demand_by_service(series, NOW, edges_down=1 if lack == "down" else 0)["s_app"]
    assert isinstance(found, Demand)
    assert not found.complete


def cpu(name: str, *values: float, until: float = NOW) -> Series:
    count = len(values)
    return Series({"task": name}, tuple((until - count + 1 + index, value) for index, value in enumerate(values)))


def test_cpu_is_the_mean_of_five_seconds() -> None:
    """Ten samples, the last five intervals count."""
    series = [cpu("t", 0, 0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 1.5)]
    assert by_task(series, NOW, 5.0) == {"t": pytest.approx(1.5 / 5)}


def test_absences_of_a_task() -> None:
    """Old, no number, and one sample where a rate needs two."""
    series = [cpu("old", 1, 2, until=NOW - 6), cpu("nan", 1, math.nan), cpu("new", 1)]
    assert by_task(series, NOW, 5.0) == {
        "old": Absence.STALE,
        "nan": Absence.NOT_A_NUMBER,
        "new": Absence.MISSING,
    }


def test_usage_is_of_ready_tasks_that_are_warm() -> None:
    """Starting, stopping and just ready tasks say nothing of the load, however busy they are."""
    tasks = [
        task("warm"),
        task("idle"),
        task("new", seconds=WARM_UP_SECONDS - 1),
        task("starting", state="starting"),
        task("leaving", desired="shutdown"),
    ]
    cores: dict[str, float | Absence] = {one.id: 0.4 for one in tasks}
    cores["idle"] = 0.1
    found = observe(service(), tasks, Metrics(cpu_cores=cores, memory_bytes=dict.fromkeys(cores, 500.0)), NOW)
    assert (found.replicas, found.ready) == (3, 3)
    assert found.cpu == Usage(pytest.approx(1.0), 2, 0)
    assert found.memory == WorkingSets({"warm": 0.5, "idle": 0.5}, 0, frozenset(), pytest.approx(0.5))
    assert found.demand is Absence.MISSING


def test_a_young_task_without_work_is_told_apart() -> None:
    """Just warm and quiet, just warm and busy, quiet for long: only the first shows what an idle one holds."""
    seconds = {"quiet": WARM_UP_SECONDS, "busy": WARM_UP_SECONDS, "old": YOUNG_SECONDS}
    tasks = [task(name, seconds=age) for name, age in seconds.items()]
    cores = {"quiet": 0.01, "busy": 0.2, "old": 0.01}
    metrics = Metrics(cpu_cores=cores, memory_bytes=dict.fromkeys(seconds, 500.0))
    found = observe(service(), tasks, metrics, NOW).memory
    assert isinstance(found, WorkingSets)
    assert found.young == {"quiet"}
    del cores["old"]
    lacking = observe(service(), tasks, metrics, NOW).memory
    assert isinstance(lacking, WorkingSets)
    assert lacking.cores is None


def test_a_task_without_series_is_counted_as_missing() -> None:
    """Some known: partial. None known: absent, by the most telling word."""
    tasks = [task("a"), task("b")]
    some = observe(service(), tasks, Metrics(cpu_cores={"a": 0.5}), NOW)
    none = observe(service(), tasks, Metrics(cpu_cores={"b": Absence.STALE}), NOW)
    assert some.cpu == Usage(1.0, 1, 1)
    assert none.cpu is Absence.STALE
    assert none.memory is Absence.MISSING


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
    assert observe(service(state), [], Metrics(), NOW).rollout is frozen


def test_answers_of_prometheus() -> None:
    """Vectors and matrices, NaN as it is written."""
    matrix = {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [{"metric": {"a": "b"}, "values": [[1, "2"], [2, "NaN"]]}],
        },
    }
    [series] = parse_answer(matrix)
    assert series.labels == {"a": "b"}
    assert series.samples[0] == (1.0, 2.0)
    assert math.isnan(series.samples[1][1])
    vector = {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {}, "value": [3, "4"]}]},
    }
    assert parse_answer(vector) == [Series({}, ((3.0, 4.0),))]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "error", "error": "no"},
        {"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}},
        {"status": "success"},
        [],
        {
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": [3, "x"]}]},
        },
    ],
)
def test_an_answer_that_is_none_is_an_error(body: object) -> None:
    """Never an empty list, which would read as `no series`."""
    with pytest.raises(PrometheusError):
        parse_answer(body)

"""The meter knows whose container it is and what it may use, and writes it down."""

from datetime import UTC, datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from swarm.engine import ContainerDetails
from swarm.meter.cgroup import Usage
from swarm.meter.exposition import Reading, label_text, render
from swarm.meter.tasks import MeteredTask, Restarts, describe, slot_of

LABELS = {
    "com.docker.swarm.task.id": "t1",
    "com.docker.swarm.task.name": "flotilla_app.3.t1",
    "com.docker.swarm.service.name": "flotilla_app",
    "com.docker.swarm.node.id": "n1",
}


def inspected(**changes: Any) -> ContainerDetails:
    values: dict[str, Any] = {
        "id": "a1" * 32,
        "name": "flotilla_app.3.t1",
        "pid": 1,
        "state": "running",
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "restart_count": 0,
        "nano_cpus": 500_000_000,
        "cpu_quota": 0,
        "cpu_period": 0,
        "memory_limit_bytes": 268_435_456,
        "cgroup_parent": "",
        "labels": LABELS,
        "raw": {},
    }
    return ContainerDetails(**(values | changes))


def metered(**changes: Any) -> MeteredTask:
    task = describe(inspected(**changes), "node-a")
    assert task is not None
    return task


def samples(text: str) -> dict[str, dict[str, float]]:
    """Metric name → task label → value, as Prometheus would read it."""
    return {
        sample.name: {other.labels.get("task", ""): other.value for other in family.samples}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_limits_are_quota_and_period() -> None:
    """Half a CPU is 50 ms in every 100 ms, as cAdvisor shows it."""
    task = metered()
    assert (task.cpu_quota_microseconds, task.cpu_period_microseconds) == (50_000, 100_000)
    assert task.memory_limit_bytes == 268_435_456


def test_quota_given_directly() -> None:
    """A container with a CFS quota and no number of CPUs keeps its quota."""
    task = metered(nano_cpus=0, cpu_quota=30_000, cpu_period=0)
    assert (task.cpu_quota_microseconds, task.cpu_period_microseconds) == (30_000, 100_000)


def test_no_limit_is_missing_and_not_zero() -> None:
    """A task without limits has no limit series: a zero would make every fraction of it infinite."""
    task = metered(nano_cpus=0, memory_limit_bytes=0)
    text = render([Reading(task, Usage(1.5, 1024), 0, label_text(task))], {})
    found = samples(text)
    assert "container_spec_cpu_quota" not in found
    assert "container_spec_cpu_period" not in found
    assert "container_spec_memory_limit_bytes" not in found
    assert found["container_cpu_usage_seconds_total"] == {"t1": 1.5}


def test_container_of_no_task_is_none() -> None:
    """Containers that Swarm did not start are not metered."""
    assert describe(inspected(labels={}), "node-a") is None


def test_slot_of_replicated_and_global_tasks() -> None:
    """The slot is what stands between the service's name and the task's id, dots or not."""
    assert slot_of("flotilla_app.3.t1", "flotilla_app", "t1") == "3"
    assert slot_of("my.dotted.name.12.t9", "my.dotted.name", "t9") == "12"
    assert slot_of("flotilla_edge.node77.t1", "flotilla_edge", "t1") == "node77"


def test_node_is_named_or_identified() -> None:
    """Without a name for the node its id is used."""
    assert metered().node == "node-a"
    unnamed = describe(inspected(), None)
    assert unnamed is not None
    assert unnamed.node == "n1"


def test_every_series_has_all_labels_and_is_valid() -> None:
    """Every series says service, task, slot and node; odd characters are escaped for Prometheus."""
    task = describe(inspected(), 'no"de\\\n')
    assert task is not None
    text = render([Reading(task, Usage(12.064263333, 35_004_416), 2, label_text(task))], {"own_total": 1})
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if family.name != "own":
                assert sample.labels == {
                    "service": "flotilla_app",
                    "task": "t1",
                    "slot": "3",
                    "node": 'no"de\\\n',
                }
    found = samples(text)
    assert found["container_memory_working_set_bytes"] == {"t1": 35_004_416}
    assert found["container_cpu_usage_seconds_total"] == {"t1": 12.064263333}
    assert found["container_start_time_seconds"] == {"t1": datetime(2026, 1, 1, tzinfo=UTC).timestamp()}
    assert found["flotilla_task_restarts_total"] == {"t1": 2}
    assert found["own_total"] == {"": 1}


def test_restarts_count_replacements_in_a_slot() -> None:
    """A new task in a slot counts, the same task seen again does not, nor does a new slot."""
    restarts = Restarts()
    restarts.see([metered()])
    restarts.see([metered()])
    assert restarts.counts == {}
    for task, slot in (("t2", "3"), ("t3", "4")):
        names = {
            "com.docker.swarm.task.id": task,
            "com.docker.swarm.task.name": f"flotilla_app.{slot}.{task}",
        }
        restarts.see([metered(labels=LABELS | names)])
    assert restarts.counts == {("flotilla_app", "3"): 1}

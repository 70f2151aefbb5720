"""What the meter asks the engine, and when."""

import shutil
import time
from pathlib import Path

import pytest

from swarm.engine import Container, ContainerDetails, EngineError
from swarm.meter.node import REFRESH_AT_LEAST_SECONDS, SETTLING_SECONDS, Node

TREES = Path(__file__).parents[2] / "data" / "cgroup"
FIRST = "08aaae4d0a2389e7f8f08c105e0338e3f385ca4e60d396c37292b11fa2ab6cdc"
SECOND = "9da6928cdc026b4dd461ecf58ee2686569de3ca53657948b7814c5b2e1528270"


class Engine:
    """An engine with these containers, which counts what it is asked."""

    def __init__(self, *running: str) -> None:
        self.running = list(running)
        self.lists = 0
        self.inspections = 0
        self.away = False

    def containers(self, label: str | None = None, all_states: bool = False) -> list[Container]:
        self.lists += 1
        if self.away:
            raise EngineError("away")
        return [Container(id=key, name="", image="", state="running", labels={}) for key in self.running]

    def inspect_container(self, container_id: str) -> ContainerDetails:
        self.inspections += 1
        labels = {
            "com.docker.swarm.task.id": container_id[:4],
            "com.docker.swarm.task.name": f"app.{container_id[:1]}.{container_id[:4]}",
            "com.docker.swarm.service.name": "app",
        }
        return ContainerDetails(
            id=container_id, name="", pid=1, state="running", started_at=None, restart_count=0, nano_cpus=0,
            cpu_quota=0, cpu_period=0, memory_limit_bytes=0, cgroup_parent="", labels=labels, raw={},
        )  # fmt: skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(TREES / "v1", tmp_path / "v1")
    return tmp_path / "v1"


def test_a_container_is_inspected_once(tree: Path) -> None:
    """Limits and names do not change while a container runs: one inspection each, however many scrapes."""
    engine, clock = Engine(FIRST, SECOND), Clock()
    node = Node(engine, tree, None, clock)  # type: ignore[arg-type]
    for _ in range(20):
        text = node.scrape()
        clock.now += 1
    assert 'task="08aa"' in text
    assert 'task="9da6"' in text
    assert engine.inspections == 2


def test_a_quiet_node_leaves_the_engine_alone(tree: Path) -> None:
    """Once settled, the list is asked for every ten seconds only; a new folder brings it back at once."""
    engine, clock = Engine(FIRST), Clock()
    node = Node(engine, tree, None, clock)  # type: ignore[arg-type]
    while clock.now <= SETTLING_SECONDS:
        node.scrape()
        clock.now += 1
    before = engine.lists
    for _ in range(round(REFRESH_AT_LEAST_SECONDS) * 3):
        node.scrape()
        clock.now += 1
    assert engine.lists - before <= 4

    third = "c3" * 32
    for controller in ("cpuacct", "memory"):
        shutil.copytree(tree / controller / "docker" / FIRST, tree / controller / "docker" / third)
    engine.running.append(third)
    assert 'task="c3c3"' in node.scrape()


def test_a_container_that_ends_is_left_out_at_once(tree: Path) -> None:
    """Between two lists a container may end: its series end, they do not fall to zero."""
    node = Node(Engine(FIRST, SECOND), tree, None, Clock())  # type: ignore[arg-type]
    assert 'task="9da6"' in node.scrape()
    shutil.rmtree(tree / "memory" / "docker" / SECOND)
    text = node.scrape()
    assert 'task="9da6"' not in text
    assert 'task="08aa"' in text


def test_engine_away_keeps_what_is_known(tree: Path) -> None:
    """The kernel's accounts do not need the engine: known tasks are metered on, and the error is counted."""
    engine, clock = Engine(FIRST), Clock()
    node = Node(engine, tree, None, clock)  # type: ignore[arg-type]
    node.scrape()
    engine.away = True
    clock.now += REFRESH_AT_LEAST_SECONDS
    text = node.scrape()
    assert 'task="08aa"' in text
    assert "flotilla_meter_engine_errors_total 1" in text


def test_the_node_tells_its_disk_and_its_clock() -> None:
    """One series each, of the disk that the container's own root is on."""
    text = Node(Engine(), TREES, 'a"b', Clock()).scrape()
    values = {
        line.split("{")[0]: float(line.split()[-1]) for line in text.splitlines() if line.startswith("flotilla_node")
    }
    assert 'flotilla_node_disk_free_bytes{node="a\\"b"}' in text
    assert 0 < values["flotilla_node_disk_free_bytes"] <= values["flotilla_node_disk_size_bytes"]
    assert abs(values["flotilla_node_time_seconds"] - time.time()) < 60

"""What captain tells Prometheus of the Swarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from captain.look import ServiceFigures, look
from captain.overview import Overview
from swarm.engine import Engine, EngineError
from swarm.engine_objects import Node, Service, Task

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def service(name: str, replicas: int | None, state: str | None = None, since: datetime | None = None) -> Service:
    mode = {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}}
    spec = {"Name": name, "Mode": mode, "TaskTemplate": {"ContainerSpec": {"Image": "image"}}}
    return Service(name, name, 1, spec, None, state, "", None, None, since)


def task(service_id: str, state: str, error: str = "", desired: str = "running", node: str = "n") -> Task:
    key = f"{service_id}{state}{error}{desired}"
    return Task(key, service_id, node, 1, state, desired, NOW, "", error, None, "", "", {}, (), NOW, NOW)


def node(name: str, state: str = "ready") -> Node:
    return Node(name, name, "manager", "active", state, "10.0.0.1", True, "26", 1, 1, 1, {}, {})


def test_tasks_that_fit_nowhere_are_told_from_tasks_that_start() -> None:
    """Only the scheduler's own refusal of a task that is still wanted counts."""
    tasks = [
        task("app", "running"),
        task("app", "pending", "no suitable node (insufficient resources on 1 node)"),
        task("app", "pending"),
        task("app", "pending", "no suitable node (host-mode port already in use)", desired="shutdown"),
        task("app", "failed", "task: non-zero exit (1)", desired="shutdown"),
    ]
    seen = look([service("app", 3)], tasks, [], NOW)
    assert seen.services == {"app": ServiceFigures(wanted=3, ready=1, unplaceable=1, rollout_seconds=0.0)}


@pytest.mark.parametrize(
    ("state", "seconds"),
    [(None, 0), ("completed", 0), ("rollback_completed", 0), ("updating", 90), ("paused", 90), ("rollback_paused", 90)],
)
def test_a_rollout_counts_until_it_has_ended(state: str | None, seconds: float) -> None:
    """Under way and paused alike: both keep the service from what it should be."""
    seen = look([service("app", 1, state, NOW - timedelta(seconds=90))], [], [], NOW)
    assert seen.services["app"].rollout_seconds == seconds


def test_a_job_that_has_ended_misses_no_task() -> None:
    """Jobs are left out: their tasks end, and nothing is wrong."""
    job = service("job", 1)
    job.spec["Mode"] = {"ReplicatedJob": {}}
    assert look([job, service("edge", None)], [], [], NOW).services.keys() == {"edge"}


class _Swarm:
    away = False

    def services(self) -> list[Service]:
        if self.away:
            raise EngineError("away")
        return [service("app", 2)]

    def tasks(self) -> list[Task]:
        return [task("app", "running")]

    def nodes(self) -> list[Node]:
        return [node("one"), node("two", "down")]


def test_what_was_seen_last_stays_with_its_time() -> None:
    """Before the first look there is no series at all; while the engine is away the old ones and their age."""
    swarm = _Swarm()
    engine: Engine = swarm  # type: ignore[assignment]
    overview = Overview(lambda: engine)
    registry = CollectorRegistry()
    registry.register(overview)
    swarm.away = True
    overview.look_once()
    assert generate_latest(registry) == b""
    swarm.away = False
    overview.look_once()
    text = generate_latest(registry).decode()
    assert 'flotilla_captain_tasks_wanted{service="app"} 2.0' in text
    assert 'flotilla_captain_tasks_ready{service="app"} 1.0' in text
    assert 'flotilla_captain_node_ready{node="two"} 0.0' in text
    swarm.away = True
    overview.look_once()
    assert generate_latest(registry).decode() == text

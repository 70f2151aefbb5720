from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from captain.pressure import Rise, rise
from swarm.engine_objects import Service, Task

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def service(replicas: int | None = 4, enabled: str = "true", update_state: str | None = None) -> Service:
    mode = {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}}
    spec = {"Name": "s_app", "Labels": {"flotilla.autoscale.enabled": enabled}, "Mode": mode}
    return Service("id", "s_app", 7, spec, None, update_state, "", None, None)


def task(state: str = "running", age_seconds: float = 10, desired: str = "running", error: str = "") -> Task:
    at = NOW - timedelta(seconds=age_seconds)
    return Task("t", "id", "n", 1, state, desired, at, "", error, None, "c", "x", {}, (), at, at)


READY, STARTING = task(age_seconds=600), task("starting")


@pytest.mark.parametrize("coming", [[STARTING, STARTING], [task("new"), task("preparing")], []])
def test_replicas_on_their_way_are_waited_for(coming: list[Task]) -> None:
    """Also in the moment in which Swarm has not made the tasks yet."""
    assert rise(service(), [READY, READY, *coming], NOW) == Rise(2, 4)


@pytest.mark.parametrize(
    ("found", "tasks"),
    [
        (service(2), [READY, READY]),
        (service(2), [READY, READY, task("running", desired="shutdown")]),
        (service(enabled="false"), [READY, STARTING]),
        (service(None), [READY, STARTING]),
        (service(update_state="updating"), [READY, STARTING]),
        (service(update_state="paused"), [READY, STARTING]),
    ],
)
def test_nothing_is_waited_for_where_nothing_rises(found: Service, tasks: list[Task]) -> None:
    """All ready, not the autoscaler's, or in a rollout already."""
    assert rise(found, tasks, NOW) is None


@pytest.mark.parametrize(
    "stuck",
    [
        task("starting", age_seconds=120),
        task("pending", error="no suitable node (insufficient resources on 1 node)"),
        task("failed", desired="shutdown"),
        task("rejected", desired="shutdown"),
    ],
)
def test_what_does_not_come_up_holds_no_rollout(stuck: Task) -> None:
    """It may be the very thing that the rollout mends."""
    assert rise(service(), [READY, STARTING, stuck], NOW) is None


def test_a_failure_of_long_ago_is_over() -> None:
    """Swarm keeps ended tasks for days."""
    old = task("failed", age_seconds=3600, desired="shutdown")
    assert rise(service(), [READY, STARTING, old], NOW) == Rise(1, 4)

"""What breaks: a replica dies under load; PostgreSQL is away for two minutes."""

from __future__ import annotations

import time

from tests.docker_cli import eventually
from tests.e2e.stack import APP, Stack

AWAY_SECONDS = 120


def test_a_killed_replica_costs_no_idempotent_request(stack: Stack) -> None:
    """`docker kill` of a replica under load: no GET fails, no acknowledged POST is lost, it is replaced."""
    site = stack.new_site()
    with stack.autoscaled(enabled="false"), stack.load(site, clients=8) as load:
        eventually(lambda: load.good > 200, seconds=60)
        before = {task["ID"] for task in stack.ready()}
        victim = stack.container(APP)
        stack.node.docker("kill", victim)
        stack.node.docker("wait", victim)
        eventually(lambda: {task["ID"] for task in stack.ready()} != before, seconds=30)
        stack.wait_ready(APP, len(before))
        good = load.good
        eventually(lambda: load.good > good + 100, seconds=60)
        outcome = load.stop()
    assert outcome.failed_gets == []
    written = stack.titles(site)
    assert len(written) == len(set(written)), "a POST was written twice"
    assert set(outcome.acknowledged) <= set(written), "an acknowledged POST is lost"


def test_postgres_away_replaces_no_task(stack: Stack) -> None:
    """Two minutes without PostgreSQL: no app or worker task is replaced, clear 503s, all back afterwards."""
    site = stack.new_site()
    stack.wait_ready()
    with stack.autoscaled(enabled="false"):
        tasks = {service: _task_ids(stack, service) for service in (APP, "flotilla_worker", "flotilla_pgbouncer")}
        stack.update("flotilla_postgres", "--replicas", "0")
        try:
            eventually(lambda: not stack.node.docker("ps", "-q", "--filter", "name=flotilla_postgres.1."), 90)
            deadline = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < deadline:
                answer = stack.api("GET", f"/sites/{site}/posts")
                assert answer.status_code == 503, answer.text
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.json()["error"]["message"]
                assert {service: _task_ids(stack, service) for service in tasks} == tasks
        finally:
            stack.update("flotilla_postgres", "--replicas", "1")
        stack.wait_ready("flotilla_postgres", 1)
        eventually(lambda: stack.api("GET", f"/sites/{site}/posts").status_code == 200, seconds=60)
        assert stack.api("POST", f"/sites/{site}/posts", body={"title": "Back", "body": "…"}).status_code == 201
        assert {service: _task_ids(stack, service) for service in tasks} == tasks


def _task_ids(stack: Stack, service: str) -> list[str]:
    return sorted(task["ID"] for task in stack.ready(service))

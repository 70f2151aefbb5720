"""What breaks: every part is killed under an open loop of reads and writes; PostgreSQL is away for two minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.docker_cli import eventually
from tests.e2e import kills
from tests.e2e.stack import APP, Stack

AWAY_SECONDS = 120


@pytest.fixture(scope="module")
def prepared(the_stack: Stack) -> Iterator[Stack]:
    """As many replicas as the kills need, once for all rounds."""
    the_stack.wait_healthy()
    with kills.prepared(the_stack):
        yield the_stack


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_part_dies_under_load_and_comes_back(prepared: Stack, tell: Callable[[str], None], number: int) -> None:
    """A part that dies costs what is documented and no more: no other request fails, no acknowledged POST is lost,
    none is written twice or although it was refused; and afterwards all is as before."""
    outcome = kills.run(prepared, kills.ROUND)
    tell("")
    for seen in outcome.seen:
        tell(f"  {kills.sentence(seen)}")
    assert outcome.wrong == ()


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

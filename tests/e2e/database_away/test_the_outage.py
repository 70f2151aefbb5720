"""PostgreSQL is away for two minutes; the files before this one are tested in them."""

from __future__ import annotations

import time

from tests.docker_cli import eventually
from tests.e2e.outage import NOT_REPLACED, POSTGRES, Outage, task_ids
from tests.e2e.stack import Stack

AWAY_SECONDS = 120


def test_postgres_away_replaces_no_task(stack: Stack, outage: Outage) -> None:
    """Two minutes without PostgreSQL: no app or worker task is replaced, clear 503s, all back afterwards."""
    eventually(lambda: time.monotonic() > outage.began + AWAY_SECONDS, seconds=AWAY_SECONDS + 30, pause=0.5)
    outage.end()
    assert outage.wrong == []
    assert outage.looks > AWAY_SECONDS / 10, "hardly ever looked at"
    stack.wait_ready(POSTGRES, 1)
    posts = f"/sites/{outage.site}/posts"
    eventually(lambda: stack.api("GET", posts).status_code == 200, seconds=60)
    assert stack.api("POST", posts, body={"title": "Back", "body": "…"}).status_code == 201
    assert task_ids(stack) == outage.tasks
    assert all(outage.tasks[service] for service in NOT_REPLACED)

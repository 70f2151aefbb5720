"""What is promised of a PostgreSQL that is away, looked at again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.e2e.stack import APP, Stack

POSTGRES = "flotilla_postgres"
NOT_REPLACED = (APP, "flotilla_worker", "flotilla_pgbouncer")


def task_ids(stack: Stack) -> dict[str, list[str]]:
    """Ids of the ready tasks of what an outage must not replace."""
    return {service: sorted(task["ID"] for task in stack.ready(service)) for service in NOT_REPLACED}


@dataclass
class Outage:
    """What was seen of it."""

    site: str
    tasks: dict[str, list[str]]
    end: Callable[[], None]
    """PostgreSQL is wanted again."""
    began: float = field(default_factory=time.monotonic)
    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    """A sentence for each look at which something was not as promised."""

    def look(self, stack: Stack) -> None:
        answer = stack.api("GET", f"/sites/{self.site}/posts")
        retry = answer.headers.get("Retry-After", "")
        if answer.status_code != 503 or not retry.isdigit() or int(retry) < 1 or not answer.json()["detail"]:
            self.wrong.append(f"{answer.status_code}, Retry-After {retry!r}: {answer.text}")
        if (now := task_ids(stack)) != self.tasks:
            self.wrong.append(f"{self.tasks} became {now}")
        self.looks += 1

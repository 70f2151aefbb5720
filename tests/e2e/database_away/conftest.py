"""Two minutes without PostgreSQL, in which what needs no database is tested beside what is promised of the outage."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.docker_cli import eventually
from tests.e2e.outage import POSTGRES, Outage, task_ids
from tests.e2e.stack import Stack

PAUSE_SECONDS = 0.5


@pytest.fixture(scope="package")
def outage(the_stack: Stack) -> Iterator[Outage]:
    """Looked at twice a second from another thread until it ends."""
    stack, ended = the_stack, threading.Event()
    stack.wait_healthy()
    site = stack.new_site()
    stack.wait_ready()
    with stack.autoscaled(enabled="false"):
        tasks = task_ids(stack)
        stack.update(POSTGRES, "--replicas", "0")
        eventually(lambda: not stack.container_ids(POSTGRES), seconds=90)

        def end() -> None:
            if not ended.is_set():
                ended.set()
                looking.join(60)
                stack.update(POSTGRES, "--replicas", "1")

        found = Outage(site, tasks, end)

        def look() -> None:
            while not ended.wait(PAUSE_SECONDS):
                try:
                    found.look(stack)
                except Exception as error:  # noqa: BLE001 - not hidden: whatever it was, the test fails with it
                    found.wrong.append(repr(error))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield found
        finally:
            end()
            stack.wait_ready(POSTGRES, 1)


@pytest.fixture
def stack(the_stack: Stack, outage: Outage) -> Stack:
    """The stack without its database."""
    return the_stack

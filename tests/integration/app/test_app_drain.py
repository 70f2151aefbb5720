"""SIGTERM: the edge is told, nothing that was sent fails, and the process ends with 0."""

from __future__ import annotations

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.docker_cli import Resources, eventually
from tests.integration.app.conftest import Platform, finished
from tests.integration.app.http_client import Client, exchange

REFRESH_SECONDS = 0.25  # the edge's agent


@dataclass
class Traffic:
    """Clients as the edge is one: they keep connections alive, and choose the replica until it is not ready."""

    client: Client
    path: str
    chosen: threading.Event = field(default_factory=threading.Event)
    statuses: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    closing: int = 0

    def watch(self) -> None:
        """Asks for readiness as often as the edge does."""
        while self.chosen.is_set():
            try:
                if self.client.get("/readyz").status != 200:
                    self.chosen.clear()
            except OSError as error:
                self.errors.append(f"readyz: {error!r}")
                self.chosen.clear()
            time.sleep(REFRESH_SECONDS)

    def send(self, method: str) -> None:
        """Requests one after the other on one connection, a new one where the replica closes it."""
        connection: http.client.HTTPConnection | None = None
        content = {"title": "a", "body": "b"} if method == "POST" else None
        while self.chosen.is_set():
            connection = connection or self.client.open()
            try:
                answer = exchange(connection, method, self.path, content)
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(f"{method}: {error!r}")
                return
            self.statuses.append(answer.status)
            if answer.headers.get("connection") == "close":
                self.closing += 1
                connection.close()
                connection = None


@pytest.fixture
def posts_path(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/posts"


def test_no_request_fails_while_a_replica_drains(
    platform: Platform, resources: Resources, app: Client, posts_path: str
) -> None:
    """Kept-alive and new connections, GET and POST: all answered; every acknowledged post is there once."""
    container, client = platform.replica(resources)
    traffic = Traffic(client, f"{posts_path}?limit=1000")
    traffic.chosen.set()
    with ThreadPoolExecutor(7) as threads:
        sending = [threads.submit(traffic.send, method) for method in ("GET", "POST") * 3]
        eventually(lambda: len(traffic.statuses) > 50)
        watching = threads.submit(traffic.watch)
        container.kill("TERM")
        for future in (*sending, watching):
            future.result()
    assert finished(container) == 0, container.logs()
    assert traffic.errors == []
    assert set(traffic.statuses) == {200, 201}
    assert traffic.closing > 0
    assert len(app.get(f"{posts_path}?limit=1000").json["items"]) == traffic.statuses.count(201)


def test_a_draining_replica_is_not_ready_and_still_accepts(
    platform: Platform, resources: Resources, posts_path: str
) -> None:
    """New connections are answered with `Connection: close`; health stays, so that Swarm does not kill it."""
    container, client = platform.replica(resources, {"FLOTILLA_DRAIN_SECONDS": "30"})
    assert "connection" not in client.get(posts_path).headers
    container.kill("TERM")
    eventually(lambda: client.get("/readyz").status == 503)
    for _ in range(10):  # for longer than a listener that closes at once would need for it
        answer = client.get(posts_path)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert client.get("/healthz").status == 200
        time.sleep(0.1)
    assert container.running


def test_what_is_in_flight_is_finished(platform: Platform, resources: Resources, app: Client, posts_path: str) -> None:
    """A post that waits for a lock until after the listener is closed is saved and acknowledged."""
    container, client = platform.replica(resources, {"FLOTILLA_DRAIN_SECONDS": "0"})
    with platform.owner() as owner, ThreadPoolExecutor(1) as threads:
        owner.execute("BEGIN")
        owner.execute("LOCK TABLE post IN EXCLUSIVE MODE")
        sending = threads.submit(client.post, posts_path, {"title": "slow", "body": ""})
        eventually(lambda: client.metric("flotilla_engine_pool_checked_out") == 1)
        container.kill("TERM")
        eventually(lambda: refused(client))
        assert not sending.done()
        owner.execute("COMMIT")
        assert sending.result().status == 201
    assert finished(container) == 0, container.logs()
    assert [post["title"] for post in app.get(posts_path).json["items"]] == ["slow"]


def test_a_replica_that_never_was_warm_stops_at_once(platform: Platform, resources: Resources) -> None:
    """It has nothing to drain: waiting for a database that is not there, it ends with 0."""
    container = platform.run(resources, env={"FLOTILLA_DATABASE_HOST": "nowhere", "FLOTILLA_DRAIN_SECONDS": "3600"})
    client = Client(container.ip)
    eventually(lambda: client.get("/healthz").status == 503)
    assert container.stop(20) == 0, container.logs()


def refused(client: Client) -> bool:
    """Whether nobody listens any more."""
    connection = client.open()
    try:
        connection.connect()
    except ConnectionRefusedError:
        return True
    finally:
        connection.close()
    return False

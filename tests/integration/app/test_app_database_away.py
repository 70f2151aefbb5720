"""The database goes away and comes back: clear answers meanwhile, no replica lost, no request lost by a restart."""

from __future__ import annotations

from typing import Any

from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client


def test_a_restarted_pooler_costs_no_request(platform: Platform, resources: Resources, site: Any) -> None:
    """Every pooled connection is dead afterwards, and neither the next reads nor the next writes notice."""
    _, client = platform.replica(resources)
    path = f"/api/v1/sites/{site['id']}/posts"
    for _ in range(3):
        platform.pgbouncer.kill("KILL")
        eventually(lambda: not platform.pgbouncer.running)
        platform.pgbouncer.start()
        eventually(lambda: platform.pgbouncer.exec("/srv/pgbouncer/healthcheck.sh") == "")
        assert [client.post(path, {"title": "a", "body": ""}).status for _ in range(5)] == [201] * 5
        assert [client.get(path).status for _ in range(5)] == [200] * 5
    assert len(client.get(path).json["items"]) == 15


def test_requests_wait_for_a_pooler_that_is_replaced(platform: Platform, resources: Resources, site: Any) -> None:
    """Sent while nobody listens, answered once somebody does."""
    _, client = platform.replica(resources, {"FLOTILLA_DATABASE_TIMEOUT_SECONDS": "30"})
    platform.pgbouncer.stop(1)
    connection = client.open()
    connection.timeout = 60
    path = f"/api/v1/sites/{site['id']}/posts"
    connection.request("GET", path, headers={"Host": "app.localhost", "Authorization": "Bearer token-of-the-tests"})
    platform.pgbouncer.start()
    assert connection.getresponse().status == 200


def test_without_the_database_replicas_answer_503_and_live(platform: Platform, resources: Resources, site: Any) -> None:
    """Reads and writes get 503 with Retry-After instead of hanging; probes do not change; it recovers by itself."""
    container, client = platform.replica(resources)
    path = f"/api/v1/sites/{site['id']}/posts"
    platform.postgres.stop(20)
    try:
        for answer in (client.get(path), client.post(path, {"title": "lost", "body": ""})):
            assert (answer.status, answer.json["code"]) == (503, "database_unavailable")
            assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/", host=f"{site['slug']}.blogs.localhost").status == 503
        assert (client.get("/healthz").status, client.get("/readyz").status) == (200, 200)
        assert client.get("/", host="localhost").status == 200
    finally:
        _start(platform.postgres)
    eventually(lambda: client.post(path, {"title": "saved", "body": ""}).status == 201)
    assert "lost" not in {post["title"] for post in client.get(path).json["items"]}
    assert container.running


def test_a_long_absence_fails_fast(platform: Platform, resources: Resources, site: Any) -> None:
    """Once the database was away for its time limit, requests are refused without being made to wait."""
    _, client = platform.replica(resources)
    path = f"/api/v1/sites/{site['id']}/posts"
    platform.pgbouncer.stop(5)
    try:
        eventually(lambda: client.get(path).status == 503)
        eventually(lambda: client.metric("flotilla_database_away") == 1)
        waited = client.metric("flotilla_engine_pool_wait_seconds_count")
        assert {client.get(path).status for _ in range(20)} == {503}
        # One wait may have begun before: that of the counting of requests, which no request waits for.
        assert client.metric("flotilla_engine_pool_wait_seconds_count") <= waited + 1
    finally:
        platform.pgbouncer.start()
    eventually(lambda: client.get(path).status == 200)
    assert client.metric("flotilla_database_away") == 0


def test_a_query_that_hangs_is_given_up(platform: Platform, resources: Resources, site: Any) -> None:
    """A lock that nobody releases: 503 at the time limit, and the connection is not lost to the pool."""
    _, client = platform.replica(resources, {"FLOTILLA_DATABASE_TIMEOUT_SECONDS": "2", "FLOTILLA_POOL_SIZE": "1"})
    path = f"/api/v1/sites/{site['id']}/posts"
    with platform.owner() as owner:
        owner.execute("BEGIN")
        owner.execute("LOCK TABLE post IN EXCLUSIVE MODE")
        assert client.post(path, {"title": "stuck", "body": ""}).status == 503
        assert client.get(path).json["items"] == []  # reading needs no such lock, and has the pool's one connection
        owner.execute("COMMIT")
    assert client.post(path, {"title": "free", "body": ""}).status == 201


def test_a_replica_waits_for_a_database_that_is_not_there_yet(platform: Platform, resources: Resources) -> None:
    """It starts before the pooler does, and becomes healthy when that has come."""
    platform.pgbouncer.stop(5)
    try:
        container = platform.run(resources)
        client = Client(container.ip)
        eventually(lambda: "waiting for the database" in client.get("/healthz").body.decode())
        assert client.get("/healthz").status == 503
    finally:
        platform.pgbouncer.start()
    eventually(lambda: client.get("/healthz").status == 200)


def _start(postgres: Container) -> None:
    postgres.start()
    eventually(lambda: postgres.exec("/srv/postgres/healthcheck.sh") == "", 60)

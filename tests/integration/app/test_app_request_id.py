"""One request, one id: at the edge, in the app's log, at the database while it works and in its log afterwards."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Answer, exchange
from tests.integration.database_servers import scalar

ROUTES = Path(__file__).parents[3] / "nginx" / "routes.yml"


# Said before there is a log: where PostgreSQL's goes, and that the edge, which has no secret here, made a certificate.
ANNOUNCEMENT = (
    *("LOG:  redirecting log output", "LOG:  ending log output", "HINT:  Future log output"),
    "edge: no certificate in",
)


def lines(container: Container) -> list[dict[str, Any]]:
    """Everything that it has logged. Each line has to be an object."""
    said = container.logs().splitlines()
    return [
        json.loads(line)
        for line in said
        if line.startswith("{") or not any(announced in line for announced in ANNOUNCEMENT)
    ]


def lines_with(container: Container, identity: str) -> list[dict[str, Any]]:
    return [line for line in lines(container) if identity in json.dumps(line)]


def test_a_request_is_followed_from_the_edge_to_the_database(platform: Platform, resources: Resources) -> None:
    """The id that the client gets back is in the edge's line, the app's, PostgreSQL's activity and its log.

    PgBouncer sees no ids: its SHOW SERVERS leads from the backend to the replica.
    """
    app = platform.run(resources, env={"FLOTILLA_ACCESS_LOG": "true"}, args=["--network-alias=tasks.flotilla_app"])
    edge = resources.run(
        platform.servers.image("edge"),
        *("--init", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/flotilla", "--cap-drop", "ALL"),
        name="edge",
        network=platform.servers.network,
        env={"FLOTILLA_ROUTES_FILE": "/routes.yml"},
        volumes=[f"{ROUTES}:/routes.yml:ro"],
    )

    def ask(method: str, path: str, content: object = None) -> Answer:
        connection = http.client.HTTPConnection(edge.ip, 8080, timeout=30)
        try:
            return exchange(connection, method, path, content)
        finally:
            connection.close()

    eventually(lambda: ask("GET", "/api/v1/sites").status == 200, 60)
    answers: list[Answer] = []
    with platform.owner() as owner:
        owner.execute("BEGIN")
        owner.execute("LOCK TABLE site IN ACCESS EXCLUSIVE MODE")
        body = {"slug": "followed", "title": "Followed"}
        sending = threading.Thread(target=lambda: answers.append(ask("POST", "/api/v1/sites", body)))
        sending.start()
        with platform.servers.connect(platform.postgres, "flotilla_metrics") as watcher:
            activity = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'flotilla_app'"
            activity += " AND query LIKE 'INSERT%'"  # a read that the edge repeated may wait as well
            query = eventually(lambda: scalar(watcher, f"SELECT max(query) {activity}"))
            backend = scalar(watcher, f"SELECT pid {activity}")
            with platform.servers.connect(platform.pgbouncer, "flotilla_stats", dbname="pgbouncer") as stats:
                assert linked_client(stats, backend) == app.ip
            # Longer than log_min_duration_statement, by PostgreSQL's own clock.
            scalar(watcher, "SELECT 1 FROM pg_sleep(1.2)")
        owner.execute("COMMIT")
        sending.join(30)
    (answer,) = answers
    assert answer.status == 201, answer.body
    identity = answer.headers["x-request-id"]
    assert f"/*request_id='{identity}'*/" in query

    (arrived,) = eventually(lambda: lines_with(edge, identity))
    assert (arrived["request_id"], arrived["method"], arrived["status"]) == (identity, "POST", 201)
    assert arrived["path"] == "/api/v1/sites" and arrived["replica"].startswith(f"{app.ip}:")
    (handled,) = eventually(lambda: lines_with(app, identity))
    assert (handled["request_id"], handled["status"]) == (identity, 201)
    slow = eventually(lambda: [one for one in lines_with(platform.postgres, identity) if "duration" in one["message"]])
    assert "INSERT INTO site" in slow[0]["message"]


def linked_client(stats: Any, backend: int) -> str:
    """The address of the client that PgBouncer has given a server connection to, by the backend's process id."""

    def rows(command: str) -> list[dict[str, Any]]:
        cursor = stats.execute(command)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    (server,) = [row for row in rows("SHOW SERVERS") if row["remote_pid"] == backend]
    (client,) = [row for row in rows("SHOW CLIENTS") if row["ptr"] == server["link"]]
    return str(client["addr"])


def test_every_line_of_the_servers_is_json(platform: Platform) -> None:
    """An error and a line that has line breaks in it, in PostgreSQL's log; PgBouncer's own lines."""
    with platform.owner() as owner, pytest.raises(psycopg.errors.UndefinedTable, match="nowhere"):
        owner.execute("SELECT 'a\nb' /*request_id='deadbeef'*/ FROM nowhere")
    (refused,) = eventually(lambda: lines_with(platform.postgres, "deadbeef"))
    assert refused["error_severity"] == "ERROR" and "a\nb" in refused["statement"]
    pooled = lines(platform.pgbouncer)
    assert {"time", "level", "logger", "message"} <= pooled[0].keys(), pooled

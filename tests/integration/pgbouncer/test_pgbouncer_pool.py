"""PgBouncer as the stack runs it: the cap holds, and a database that is away gives errors instead of hanging."""

import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.docker_cli import Container, Resources, eventually
from tests.integration.database_servers import Servers, scalar

CAP = 20


@pytest.fixture
def servers(resources: Resources, image: Callable[[str], str], tmp_path: Path) -> Servers:
    made = Servers(resources, image, resources.network(), tmp_path / "secrets")
    made.write_secrets()
    return made


@pytest.fixture
def volume_name(resources: Resources) -> str:
    return resources.volume()


@pytest.fixture
def postgres(servers: Servers, volume_name: str) -> Container:
    return servers.postgres(volume_name)


@pytest.fixture
def pgbouncer(servers: Servers, postgres: Container) -> Container:
    return servers.pgbouncer()


def test_cap_holds_and_everybody_is_served(
    servers: Servers, postgres: Container, pgbouncer: Container
) -> None:
    """60 clients at once: never more than 20 server connections at any sample, and every query is answered."""
    samples: list[int] = []
    done = threading.Event()
    count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'flotilla_app'"

    def watch() -> None:
        with servers.connect(postgres, "flotilla_metrics") as metrics:
            while not done.is_set():
                samples.append(scalar(metrics, count))
                time.sleep(0.02)

    def client(number: int) -> int:
        with servers.connect(pgbouncer, "flotilla_app", connect_timeout=30) as app:
            return sum(scalar(app, "SELECT 1 FROM pg_sleep(0.1)") for _ in range(5))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(60) as clients:
            answers = list(clients.map(client, range(60)))
    finally:
        done.set()
        watcher.join()
    assert answers == [5] * 60
    assert max(samples) == CAP, "the cap was reached, so that holding it means something"


def test_database_away_gives_errors_then_recovers(
    servers: Servers, postgres: Container, pgbouncer: Container, volume_name: str
) -> None:
    """Without PostgreSQL a query fails instead of hanging; a new PostgreSQL at another address is found by itself."""
    app = servers.connect(pgbouncer, "flotilla_app")
    assert scalar(app, "SELECT 1") == 1
    postgres.stop(30)

    errors: list[str] = []

    def failing() -> None:
        try:
            with servers.connect(pgbouncer, "flotilla_app", connect_timeout=60) as other:
                scalar(other, "SELECT 1")
        except psycopg.Error as error:
            errors.append(str(error))

    waiting = threading.Thread(target=failing, daemon=True)
    waiting.start()
    waiting.join(30)
    assert not waiting.is_alive(), "a query without a database has to fail, not to hang"
    assert errors
    assert "query_wait_timeout" in errors[0] or "server" in errors[0]

    servers.postgres(volume_name)

    def answer() -> bool:
        with servers.connect(pgbouncer, "flotilla_app") as again:
            return bool(scalar(again, "SELECT 1") == 1)

    assert eventually(answer, 30)


def test_stop_does_not_wait_for_idle_clients(servers: Servers, pgbouncer: Container) -> None:
    """A client that stays connected does not keep PgBouncer from stopping in order within its grace."""
    with servers.connect(pgbouncer, "flotilla_app") as app:
        assert scalar(app, "SELECT 1") == 1
        assert pgbouncer.stop(10) == 0


def test_transactions_share_connections_and_prepared_statements_work(
    servers: Servers, pgbouncer: Container
) -> None:
    """Transaction mode with protocol-level prepared statements: two clients prepare the same, over any connection."""
    clients = [servers.connect(pgbouncer, "flotilla_app", prepare_threshold=0) for _ in range(3)]
    for _ in range(4):
        for client in clients:
            row = client.execute("SELECT %s::int + 1", (41,)).fetchone()
            assert row == (42,)
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("twenty", 'FLOTILLA_DB_CONNECTIONS is "twenty"; set it to a whole number of at least 2.'),
        ("1", "FLOTILLA_DB_CONNECTIONS is 1; set it to a whole number of at least 2."),
    ],
)
def test_cap_that_is_no_number_is_refused(servers: Servers, value: str, sentence: str) -> None:
    """A wrong cap stops the start with one sentence that says what to do."""
    server = servers.pgbouncer(env={"FLOTILLA_DB_CONNECTIONS": value}, ready=False)
    eventually(lambda: not server.running, 20)
    assert server.exit_code == 1
    assert sentence in server.logs()


def test_health_checks_leave_no_lines_in_the_log(pgbouncer: Container) -> None:
    """A check every few seconds for years must not fill the log."""
    before = pgbouncer.logs()
    for _ in range(5):
        pgbouncer.exec("/srv/pgbouncer/healthcheck.sh")
    assert pgbouncer.logs() == before


def _series(container: Container, port: int) -> str:
    with urllib.request.urlopen(f"http://{container.ip}:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def test_exporters_show_connections_and_hide_passwords(
    servers: Servers, postgres: Container, pgbouncer: Container
) -> None:
    """Both exporters count the app role's connections; no password is in their arguments or environment."""
    with servers.connect(pgbouncer, "flotilla_app") as app:
        scalar(app, "SELECT 1")
        pooler, database = servers.exporter("pgbouncer"), servers.exporter("postgres")
        idle = 'pgbouncer_pools_server_idle_connections{database="flotilla",user="flotilla_app"} 1'
        eventually(lambda: idle in _series(pooler, 9127), 30)

        def counted() -> float:
            lines = [
                line
                for line in _series(database, 9187).splitlines()
                if line.startswith("pg_stat_activity_count{")
            ]
            return sum(float(line.rsplit(" ", 1)[1]) for line in lines if 'usename="flotilla_app"' in line)

        assert eventually(counted, 30) == 1
    for exporter, user in ((pooler, "flotilla_stats"), (database, "flotilla_metrics")):
        seen = exporter.exec("cat", "/proc/1/cmdline", "/proc/1/environ")
        assert servers.password(user) not in seen

"""PgBouncer as the stack runs it: the cap holds, and a database that is away gives errors, no hanging."""

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


@pytest.fixture(scope="module")
def servers(
    module_resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Servers:
    made = Servers(module_resources, image, module_resources.network(), tmp_path_factory.mktemp("x") / "secrets")
    made.write_secrets()
    return made


@pytest.fixture(scope="module")
def postgres(servers: Servers, module_resources: Resources) -> Container:
    return servers.postgres(module_resources.volume())


@pytest.fixture(scope="module")
def pgbouncer(servers: Servers, postgres: Container) -> Container:
    return servers.pgbouncer()


def test_cap_holds_and_everybody_is_served(servers: Servers, postgres: Container, pgbouncer: Container) -> None:
    """60 clients: never more than 20 server connections at any sample, and every query is answered."""
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
    resources: Resources, image: Callable[[str], str], tmp_path: Path
) -> None:
    """Without PostgreSQL a query fails, it does not hang; a new one at another address is found by itself."""
    servers = Servers(resources, image, resources.network(), tmp_path / "secrets")
    servers.write_secrets()
    volume = resources.volume()
    postgres, pgbouncer = servers.postgres(volume), servers.pgbouncer()

    def answer() -> bool:
        with servers.connect(pgbouncer, "flotilla_app", connect_timeout=60) as app:
            return bool(scalar(app, "SELECT 1") == 1)

    assert answer()
    old = postgres.ip
    postgres.stop(30)
    with ThreadPoolExecutor(1) as background:
        failure = background.submit(answer).exception(timeout=30)
    assert isinstance(failure, psycopg.OperationalError)
    assert "query_wait_timeout" in str(failure) or "server" in str(failure)

    # Somebody else takes the old address, as in a Swarm, where every new task has another one.
    resources.run(image("postgres"), "--entrypoint", "sleep", network=servers.network, command=["600"])
    assert servers.postgres(volume).ip != old
    assert eventually(answer, 30)


def test_stop_does_not_wait_for_idle_clients(servers: Servers, pgbouncer: Container) -> None:
    """A client that stays connected does not keep PgBouncer from stopping in order within its grace."""
    with servers.connect(pgbouncer, "flotilla_app") as app:
        assert scalar(app, "SELECT 1") == 1
        assert pgbouncer.stop(10) == 0
    pgbouncer.start()
    eventually(lambda: pgbouncer.exec("/srv/pgbouncer/healthcheck.sh") == "", 30)


def test_transactions_share_connections_and_prepared_statements_work(servers: Servers, pgbouncer: Container) -> None:
    """Protocol-level prepared statements work in transaction mode, whatever connection a client gets."""
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


def _sum(container: Container, port: int, *parts: str) -> float:
    """The sum of all series of an exporter's page whose line has all of the parts."""
    assert container.running, container.logs()
    with urllib.request.urlopen(f"http://{container.ip}:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if all(part in line for part in parts))


def test_exporters_show_connections_and_hide_passwords(
    servers: Servers, postgres: Container, pgbouncer: Container
) -> None:
    """Both exporters count the app role's connections; no password is in their arguments or environment."""
    pooler, database = servers.exporter("pgbouncer"), servers.exporter("postgres")
    with (
        servers.connect(pgbouncer, "flotilla_app") as app,
        servers.connect(postgres, "flotilla_metrics") as m,
    ):
        scalar(app, "SELECT 1")

        def really() -> int:
            return int(scalar(m, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'flotilla_app'"))

        assert really() > 0
        eventually(lambda: _sum(pooler, 9127, "pgbouncer_pools_server_", 'user="flotilla_app"') == really(), 30)
        eventually(lambda: _sum(database, 9187, "pg_stat_activity_count{", '"flotilla_app"') == really(), 30)
    for exporter, user in ((pooler, "flotilla_stats"), (database, "flotilla_metrics")):
        seen = exporter.exec("cat", "/proc/1/cmdline", "/proc/1/environ")
        assert servers.password(user) not in seen

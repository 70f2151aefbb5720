"""PostgreSQL as the stack runs it: roles, limits, and a start that puts right what it finds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.docker_cli import Container, Resources, eventually
from tests.integration.database_servers import Servers, scalar

DOCKER = Callable[..., str]


@pytest.fixture(scope="module")
def servers(
    module_resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Servers:
    made = Servers(module_resources, image, module_resources.network(), tmp_path_factory.mktemp("x") / "secrets")
    made.write_secrets()
    return made


@pytest.fixture(scope="module")
def postgres(servers: Servers, module_resources: Resources) -> Iterator[Container]:
    """One server for the tests that leave it as it was."""
    server = servers.postgres(module_resources.volume())
    with servers.connect(server, "flotilla_owner") as owner:
        owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    yield server


@pytest.fixture
def own(resources: Resources, image: Callable[[str], str], tmp_path: Path) -> Servers:
    """Servers of one test alone."""
    made = Servers(resources, image, resources.network(), tmp_path / "secrets")
    made.write_secrets()
    return made


def test_data_checksums_and_scram(servers: Servers, postgres: Container) -> None:
    """Damaged pages are noticed, and no password is kept in a weaker form than SCRAM."""
    with servers.connect(postgres, "flotilla_owner") as owner:
        assert scalar(owner, "SHOW data_checksums") == "on"
    kinds = postgres.exec(
        "psql",
        "-XAt",
        "-c",
        "SELECT DISTINCT left(rolpassword, 13) FROM pg_authid WHERE rolpassword IS NOT NULL",
    )
    assert kinds == "SCRAM-SHA-256"


def test_app_role_is_limited_to_the_cap(servers: Servers, postgres: Container) -> None:
    """The 21st connection of the app's role is refused by PostgreSQL itself, whoever opens it."""
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(servers.connect(postgres, "flotilla_app"))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            servers.connect(postgres, "flotilla_app")
        # and the others still get in
        stack.enter_context(servers.connect(postgres, "flotilla_owner"))
        stack.enter_context(servers.connect(postgres, "flotilla_metrics"))


@pytest.mark.parametrize(("user", "limit"), [("flotilla_owner", 2), ("flotilla_metrics", 3), ("flotilla_captain", 1)])
def test_direct_roles_are_limited(servers: Servers, postgres: Container, user: str, limit: int) -> None:
    """Migrations and exporters stay within their part of the budget."""
    with ExitStack() as stack:
        for _ in range(limit):
            stack.enter_context(eventually(lambda: servers.connect(postgres, user), 10))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            servers.connect(postgres, user)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (id int)",
        "CREATE TEMPORARY TABLE other (id int)",
        "ALTER TABLE thing ADD COLUMN x int",
        "DROP TABLE thing",
        "TRUNCATE thing",
        "CREATE ROLE somebody",
        "COPY thing TO PROGRAM 'cat'",
    ],
)
def test_app_role_may_not_change_the_schema(servers: Servers, postgres: Container, statement: str) -> None:
    """The app's role reads and writes rows, nothing else."""
    with (
        servers.connect(postgres, "flotilla_app") as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(statement)  # type: ignore[arg-type]


def test_app_role_uses_tables_that_a_migration_made(servers: Servers, postgres: Container) -> None:
    """Tables of the owner can be read and written at once: default privileges, sequences too."""
    with servers.connect(postgres, "flotilla_app") as app:
        app.execute("INSERT INTO thing (name) VALUES ('a')")
        app.execute("UPDATE thing SET name = 'b'")
        assert scalar(app, "SELECT name FROM thing") == "b"
        app.execute("DELETE FROM thing")


@pytest.mark.parametrize("user", ["postgres", "flotilla_app"])
def test_network_lets_in_nobody_without_a_password(servers: Servers, postgres: Container, user: str) -> None:
    """The superuser cannot come over the network at all, the app's role not with a wrong password."""
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry|password authentication failed"):
        servers.connect(postgres, user, password="wrong") if user != "postgres" else psycopg.connect(
            host=postgres.ip, user="postgres", dbname="postgres", password="wrong"
        )


def test_passwords_are_not_in_the_log(postgres: Container, servers: Servers) -> None:
    """Reconciling sets passwords; none of them shows up in the log."""
    log = postgres.logs()
    for user in ("flotilla_app", "flotilla_owner", "flotilla_metrics"):
        assert servers.password(user) not in log
    assert (servers.secrets / "db_first_password").read_text() not in log
    assert "SCRAM-SHA-256$" not in log


def test_restart_keeps_data_and_passwords_and_takes_new_limits(own: Servers, resources: Resources) -> None:
    """A stop is orderly, data and passwords stay, and what changed in settings holds after the next start."""
    volume = resources.volume()
    first = own.postgres(volume)
    with own.connect(first, "flotilla_owner") as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.exec("psql", "-X", "-c", "ALTER ROLE flotilla_app SUPERUSER CONNECTION LIMIT -1")
    assert first.stop(30) == 0

    second = own.postgres(volume, env={"FLOTILLA_DB_CONNECTIONS": "7"}, ready=False)
    eventually(lambda: second.exec("/srv/postgres/healthcheck.sh") == "", 60)
    with own.connect(second, "flotilla_app") as app:
        assert scalar(app, "SELECT answer FROM kept") == 42
        role = "SELECT rolconnlimit || ',' || rolsuper FROM pg_roles WHERE rolname = 'flotilla_app'"
        assert scalar(app, role) == "7,false"
    # The first password opened the door once; the start has not set it again.
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        own.connect(second, "flotilla_owner", password=(own.secrets / "db_first_password").read_text())


@pytest.mark.parametrize(
    ("role", "verifier"),
    [("postgres", "SCRAM-SHA-256$4096:a$b:c"), ("pg_monitor", "SCRAM-SHA-256$x"), ("flotilla_app", "plain")],
)
def test_the_owner_sets_passwords_of_flotillas_roles_alone(
    servers: Servers, postgres: Container, role: str, verifier: str
) -> None:
    """And only as verifiers; nobody else sets any."""
    with servers.connect(postgres, "flotilla_owner") as owner, pytest.raises(psycopg.Error, match="only verifiers"):
        owner.execute("SELECT roles.set_password(%s, %s)", (role, verifier))
    with (
        servers.connect(postgres, "flotilla_app") as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("SELECT roles.set_password('flotilla_app', 'SCRAM-SHA-256$x')")


def test_killed_server_comes_back(own: Servers, resources: Resources) -> None:
    """After a SIGKILL the same volume starts again with every committed row."""
    volume = resources.volume()
    first = own.postgres(volume)
    with own.connect(first, "flotilla_owner") as owner:
        owner.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    first.kill()
    second = own.postgres(volume)
    with own.connect(second, "flotilla_app") as app:
        assert scalar(app, "SELECT count(*) FROM kept") == 1000


def test_interrupted_first_start_is_repeated(own: Servers, resources: Resources, docker: DOCKER) -> None:
    """Half a cluster left by an interrupted first start is thrown away, not started."""
    volume = resources.volume()
    folder = "/var/lib/postgresql/17/unfinished"
    half = f"mkdir -p {folder}/base && echo 17 > {folder}/PG_VERSION"
    mount = f"{volume}:/var/lib/postgresql"
    docker("run", "--rm", "-v", mount, "--entrypoint", "sh", own.image("postgres"), "-c", half)
    server = own.postgres(volume)
    assert server.exec("ls", "/var/lib/postgresql/17").split() == ["lock", "main"]


def test_second_server_on_one_volume_is_refused(own: Servers, resources: Resources) -> None:
    """Scaling postgres to two by mistake destroys nothing: the second one says why it does not start."""
    volume = resources.volume()
    first = own.postgres(volume)
    second = own.postgres(volume, ready=False)
    eventually(lambda: not second.running, 40)
    assert "another server is using this volume; run one replica of postgres only" in second.logs()
    with own.connect(first, "flotilla_app") as app:
        assert scalar(app, "SELECT 1") == 1


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        (
            {"FLOTILLA_DB_CONNECTIONS": "38"},
            "FLOTILLA_DB_CONNECTIONS=38 is over the budget: 38 for the app + 6 direct + 8 in reserve = 52, and "
            "max_connections is 50; lower it to 36 or raise FLOTILLA_DB_MAX_CONNECTIONS to 52.",
        ),
        (
            {"FLOTILLA_DB_CONNECTIONS": "many"},
            'FLOTILLA_DB_CONNECTIONS is "many"; set it to a whole number of at least 2.',
        ),
        (
            {"FLOTILLA_DB_CONNECTIONS": "1"},
            "FLOTILLA_DB_CONNECTIONS is 1; set it to a whole number of at least 2.",
        ),
    ],
)
def test_budget_that_does_not_fit_is_refused(
    own: Servers, resources: Resources, env: dict[str, str], sentence: str
) -> None:
    """A cap that max_connections cannot hold stops the start with one sentence that says what to do."""
    server = own.postgres(resources.volume(), env=env, ready=False)
    eventually(lambda: not server.running, 20)
    assert server.exit_code == 1
    assert sentence in server.logs()


def test_budget_that_just_fits_is_accepted(own: Servers, resources: Resources) -> None:
    """The largest cap that fits starts, and so does a larger one with a larger server."""
    server = own.postgres(
        resources.volume(), env={"FLOTILLA_DB_CONNECTIONS": "60", "FLOTILLA_DB_MAX_CONNECTIONS": "74"}
    )
    with own.connect(server, "flotilla_metrics") as metrics:
        assert scalar(metrics, "SHOW max_connections") == "74"


def test_missing_secret_is_named(own: Servers, resources: Resources) -> None:
    """A secret that is not there stops the start with its name."""
    (own.secrets / "db_first_password").unlink()
    server = own.postgres(resources.volume(), ready=False)
    eventually(lambda: not server.running, 20)
    assert "the secret db_first_password is missing" in server.logs()

"""A PostgreSQL of the operator's own in place of the bundle's: one command leads there, and one leads back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.docker_cli import eventually
from tests.e2e.stack import APP, ConnectionSamples, Stack

NAME, FOLDER, PORT = "managed", "/var/lib/managed", 5433
PASSWORD = "managed: p/w@ %'"
MAX_CONNECTIONS = 15
CAP = MAX_CONNECTIONS - 3 - 2 - 3 - 1
"""What is left for the app: less those for superusers, for the schema's owner and for metrics."""
HOME_CAP = 20
SERVER = f"""
initdb -D /tmp/data -U boss -E UTF8 --locale C --no-sync -A trust >/dev/null
cp /certificate/key.pem /tmp/key.pem; chmod 600 /tmp/key.pem
printf 'local all all trust\\nhostssl all all all scram-sha-256\\n' >/tmp/data/pg_hba.conf
exec postgres -D /tmp/data -c listen_addresses='*' -c fsync=off -c ssl=on -c ssl_key_file=/tmp/key.pem \\
    -c ssl_cert_file=/certificate/certificate.pem -c max_connections={MAX_CONNECTIONS}
"""
CERTIFICATE = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
    -addext "subjectAltName=IP:$1" -keyout /certificate/key.pem -out /certificate/certificate.pem 2>/dev/null
chmod 755 /certificate; chmod 644 /certificate/*
"""


@dataclass(frozen=True)
class Managed:
    """A server beside the stack, on the same machine. `owner`'s is what the operator was given."""

    stack: Stack

    @property
    def url(self) -> str:
        return f"postgresql://owner:{quote(PASSWORD, safe='')}@{self.stack.node.ip}:{PORT}/blog"

    @property
    def console(self) -> list[str]:
        """As the provider, who alone is a superuser."""
        return [NAME, "psql", "-XAtq", "-U", "boss", "-v", "ON_ERROR_STOP=1", "-d"]

    def administrator(self, *statements: str, database: str = "blog") -> str:
        commands = [part for statement in statements for part in ("-c", statement)]
        return self.stack.node.docker("exec", *self.console, database, *commands).strip()


@pytest.fixture(scope="module")
def managed(the_stack: Stack) -> Iterator[Managed]:
    """A PostgreSQL that takes encrypted connections alone, whose role `owner` may make roles and nothing more."""
    node = the_stack.node
    made = Managed(the_stack)
    folder = f"{FOLDER}:/certificate"
    node.docker(
        *("run", "--rm", "-v", folder, the_stack.captain_image(), "sh", "-euc", CERTIFICATE, "sh", the_stack.node.ip)
    )
    try:
        node.docker(
            *("run", "-d", "--name", NAME, "-p", f"{PORT}:5432", "-v", f"{folder}:ro", "--tmpfs", "/tmp"),
            *("--tmpfs", "/run/postgresql:mode=1777", the_stack.image("flotilla_postgres"), "sh", "-euc", SERVER),
        )
        eventually(lambda: made.administrator("SELECT 1", database="postgres") == "1", 60)
        secret = PASSWORD.replace("'", "''")
        made.administrator(f"CREATE ROLE owner LOGIN CREATEROLE PASSWORD '{secret}'", database="postgres")
        made.administrator("CREATE DATABASE blog OWNER owner", database="postgres")
        yield made
    finally:
        node.docker("rm", "-f", "-v", NAME)
        node.exec("rm", "-rf", FOLDER)


@pytest.fixture(scope="module")
def left_behind(the_stack: Stack) -> str:
    """A site with a post in the bundle's database, from before the move."""
    the_stack.wait_healthy()
    site = the_stack.new_site()
    posted = the_stack.api("POST", f"/sites/{site}/posts", body={"title": "At home", "body": "Text."})
    assert posted.status_code == 201, posted.text
    return site


@pytest.fixture(scope="module")
def moved(managed: Managed, left_behind: str) -> Iterator[str]:
    """What `up.sh --database-url` said; afterwards the platform is back, also if a test failed."""
    stack = managed.stack
    with stack.another_database():
        certificate = f"{FOLDER}/certificate.pem"
        run = stack.node.up("--database-url", managed.url, "--database-ca", certificate, log="up-external.log")
        try:
            assert run.exit_code == 0, run.output[-4000:]
            yield run.output
        finally:
            if stack.replicas("flotilla_postgres") == 0:
                back = stack.node.up("--database-url", "bundled", log="up-bundled-again.log")
                assert back.exit_code == 0, back.output[-4000:]


def test_everything_runs_on_a_database_of_ones_own(moved: str, managed: Managed, stack: Stack) -> None:
    """The bundle's postgres rests; what is posted through the edge is read there and published by the worker there."""
    assert stack.replicas("flotilla_postgres") == 0
    assert eventually(lambda: not stack.container_ids("flotilla_postgres"), 60)
    site = stack.new_site()
    posted = stack.api("POST", f"/sites/{site}/posts", body={"title": "Elsewhere", "body": "Text."})
    assert posted.status_code == 201, posted.text
    assert stack.titles(site) == ["Elsewhere"]
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    late = {"title": "Later", "body": "Text.", "status": "scheduled", "published_at": soon}
    scheduled = stack.api("POST", f"/sites/{site}/posts", body=late)
    assert scheduled.status_code == 201, scheduled.text
    path = f"/sites/{site}/posts/{scheduled.json()['id']}"
    eventually(lambda: stack.api("GET", path).json()["status"] == "published", 60)

    assert managed.administrator("SELECT title FROM post ORDER BY title") == "Elsewhere\nLater"
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert managed.administrator(owners) == "owner"
    assert managed.administrator("SELECT rolname FROM pg_roles WHERE rolsuper") == "boss"
    encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename <> 'boss'"
    assert managed.administrator(encrypted) == "t"
    eventually(lambda: stack.figure("pg_up") == 1, 30)
    status = stack.node.run("./swarm/captain.sh", "status", log="status-external.log")
    assert f"DATABASE  {stack.node.ip}:{PORT}/blog" in status.output


def test_its_password_stays_in_a_secret(moved: str, managed: Managed, stack: Stack) -> None:
    """Neither the command's output, nor the settings that are kept, nor a service's own description has it."""
    services = stack.node.exec("sh", "-c", "docker service ls -q | xargs docker service inspect")
    settings = stack.node.exec("cat", "/etc/flotilla/settings.env")
    assert "FLOTILLA_DB_CONNECTIONS" in services and "FLOTILLA_DB_CONNECTIONS" in settings
    assert "FLOTILLA_DATABASE_URL=" not in services + settings
    for text in (moved, services, settings):
        assert PASSWORD not in text and quote(PASSWORD, safe="") not in text


def test_pgbouncer_has_its_users_from_a_secret_and_its_cap_from_the_server(
    moved: str, managed: Managed, stack: Stack
) -> None:
    """It asks the server nothing that a superuser alone could answer; the cap is what that server has to give."""
    assert f"the app has {CAP} connections there" in moved
    pooler = stack.container("flotilla_pgbouncer")
    configured = stack.node.docker("exec", pooler, "cat", "/run/pgbouncer/pgbouncer.ini")
    said = dict(re.findall(r"(?m)^(\w+) = (.*)$", configured))
    assert "auth_query" not in said and "auth_user" not in said
    assert said["max_db_connections"] == str(CAP)
    assert said["flotilla"] == f"host={stack.node.ip} port={PORT} dbname=blog"
    assert said["server_tls_sslmode"] == "verify-full"
    users = stack.node.docker("exec", pooler, "cat", said["auth_file"])
    given = stack.node.docker(
        "exec", stack.container("flotilla_pgbouncer-passwords"), "cat", "/run/secrets/db_app_password"
    )
    assert f'"flotilla_app" "{given.strip()}"' in users.splitlines()
    limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'flotilla_app'"
    assert managed.administrator(limit) == str(CAP)


def test_the_cap_holds_there(moved: str, managed: Managed, stack: Stack) -> None:
    """More replicas want connections than there are: nothing fails, and the server never sees more than its cap."""
    site = stack.new_site()
    with (
        stack.autoscaled(enabled="false"),
        stack.scaled(APP, 4),
        ConnectionSamples(stack, console=[*managed.console, "blog"]) as samples,
        stack.load(site, clients=24) as load,
    ):
        seen, good = len(samples.counts), load.good
        eventually(lambda: len(samples.counts) > seen + 25 and load.good > good + 200, seconds=90)
        outcome = load.stop()
    assert max(samples.counts) == CAP, samples.counts
    assert outcome.failed == []
    assert sorted(stack.titles(site)) == sorted(outcome.acknowledged)


def test_the_way_back_leads_to_what_was_there(moved: str, managed: Managed, left_behind: str, stack: Stack) -> None:
    """`--database-url bundled`: the bundle's postgres has its data and its cap; the other's address is forgotten."""
    back = stack.node.up("--database-url", "bundled", log="up-bundled-again.log")
    assert back.exit_code == 0, back.output[-4000:]
    stack.forget_token()
    stack.wait_healthy()
    assert stack.replicas("flotilla_postgres") == 1
    assert stack.titles(left_behind) == ["At home"]
    assert stack.sql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'flotilla_app'") == str(HOME_CAP)
    secrets = stack.node.docker(
        "secret", "ls", "--format", "{{.Name}} {{.Labels}}", "--filter", "name=flotilla_database_url"
    )
    (only,) = secrets.splitlines()
    assert "flotilla.database=bundled" in only
    nobody = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'flotilla%' OR usename = 'owner'"
    eventually(lambda: managed.administrator(nobody) == "0", 60)

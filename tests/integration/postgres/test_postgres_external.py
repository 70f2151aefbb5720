"""A database that is not the bundle's, as a managed one is: its owner is no superuser, and TLS is a must."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.http_client import TOKEN, Client
from tests.integration.database_servers import Servers, scalar

PASSWORD = "managed: p/w@ %'"
HOST = "db.example"
SERVER = """
initdb -D /tmp/data -U boss -E UTF8 --locale C --no-sync -A trust >/dev/null
cp /certificate/key.pem /tmp/key.pem; chmod 600 /tmp/key.pem
printf 'local all all trust\\nhostssl all all all scram-sha-256\\n' >/tmp/data/pg_hba.conf
exec postgres -D /tmp/data -c listen_addresses='*' -c fsync=off -c ssl=on -c ssl_key_file=/tmp/key.pem \\
    -c ssl_cert_file=/certificate/certificate.pem -c max_connections=60
"""
MIGRATE = ["python", "-m", "app.migrations"]
LOOKS = """
import contextlib, io, json, sys
from app.migrations import external
for url in json.load(sys.stdin):
    sys.stdin, said = io.StringIO(url), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = external.main("")
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


@dataclass(frozen=True)
class Managed:
    """The server, and the network in which the bundle finds it as `HOST`."""

    servers: Servers
    server: Container
    certificate: Path

    def administrator(self, *statements: str, database: str = "postgres") -> str:
        """As the provider, who alone is a superuser."""
        commands = [part for statement in statements for part in ("-c", statement)]
        return self.server.exec(
            "psql", "-XAtq", "-U", "boss", "-v", "ON_ERROR_STOP=1", "-d", database, *commands
        ).strip()

    def look(self, resources: Resources, url: str, ca: bool = False) -> tuple[int, str]:
        """What `up.sh` does first: exit code, and what was said."""
        command = ["docker", "run", "--rm", "-i", "--network", self.servers.network]
        command += ["-v", f"{self.certificate}:/certificate:ro", self.servers.image("app"), *MIGRATE, "look"]
        command += ["/certificate/certificate.pem"] if ca else []
        done = subprocess.run(command, input=url, capture_output=True, text=True, check=False, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def looks(self, urls: Sequence[str]) -> list[tuple[int, str]]:
        """The same for many, by one process: a container and its imports cost more than all else."""
        command = ["docker", "run", "--rm", "-i", "--network", self.servers.network, self.servers.image("app")]
        done = subprocess.run(
            [*command, "python", "-c", LOOKS],
            input=json.dumps(urls),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return [(code, said) for code, said in map(json.loads, done.stdout.splitlines())]

    def run(self, resources: Resources, *command: str, env: Mapping[str, str] | None = None) -> Container:
        """A container of the app's image, with the secrets."""
        return resources.run(
            self.servers.image("app"), "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp",
            name="app", network=self.servers.network, env=env,
            volumes=[f"{self.servers.secrets}:/run/secrets:ro"], command=command,
        )  # fmt: skip


def url(user: str = "managed", password: str = PASSWORD, name: str = "blog", host: str = HOST, query: str = "") -> str:
    return f"postgres://{user}:{quote(password, safe='')}@{host}:5432/{name}{query}"


@pytest.fixture(scope="module")
def managed(
    module_resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Managed:
    folder = tmp_path_factory.mktemp("external")
    certificate = folder / "certificate"
    certificate.mkdir(mode=0o755)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", certificate / "key.pem", "-out", certificate / "certificate.pem", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}"],
        check=True, capture_output=True,
    )  # fmt: skip
    for path in (folder, certificate, *certificate.iterdir()):
        path.chmod(0o755)
    servers = Servers(module_resources, image, module_resources.network(), folder / "secrets")
    servers.write_secrets()
    server = module_resources.run(
        image("postgres"), "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/postgresql:mode=1777",
        "--network-alias", HOST, name="managed", network=servers.network,
        volumes=[f"{certificate}:/certificate:ro"], command=["sh", "-euc", SERVER],
    )  # fmt: skip
    made = Managed(servers, server, certificate)
    eventually(lambda: made.administrator("SELECT 1") == "1", 60)
    made.administrator(
        f"CREATE ROLE managed LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'"
    )
    made.administrator("CREATE DATABASE blog OWNER managed")
    return made


def write(secrets: Path, name: str, value: str) -> None:
    (secrets / name).write_text(value)
    (secrets / name).chmod(0o444)


def finished(container: Container) -> int:
    eventually(lambda: not container.running, 60)
    return container.exit_code


def test_the_whole_platform_on_a_database_of_somebody_else(managed: Managed, module_resources: Resources) -> None:
    """Roles, schema, pooler, API and metrics, by an owner who may make roles and nothing more; the name is verified."""
    code, said = managed.look(module_resources, url(query="?sslmode=verify-full"), ca=True)
    assert code == 0, said
    *lines, connections = said.splitlines()
    # max_connections 60, less 3 for superusers, 2 for the owner, 3 for metrics, 1 for captain.
    assert connections == "connections=51"
    write(managed.servers.secrets, "database_url", "\n".join(lines))
    write(managed.servers.secrets, "api_token", TOKEN)

    for _ in range(2):  # a second run finds all as it should be
        migration = managed.run(module_resources, *MIGRATE, env={"FLOTILLA_DB_CONNECTIONS": "17"})
        assert finished(migration) == 0, migration.logs()
        assert PASSWORD not in migration.logs() and quote(PASSWORD) not in migration.logs()
    check = managed.run(module_resources, "python", "-m", "app", "schema", "check")
    assert finished(check) == 0, check.logs()
    roles = (
        "SELECT rolname, rolsuper, rolconnlimit FROM pg_roles WHERE rolname IN ('flotilla_app', 'managed') ORDER BY 1"
    )
    assert managed.administrator(roles) == "flotilla_app|f|17\nmanaged|f|-1"

    managed.servers.pgbouncer()
    replica = managed.run(module_resources)
    api = Client(replica.ip)
    eventually(lambda: api.get("/readyz").status == 200, 60)
    site = api.post("/api/v1/sites", {"slug": "elsewhere", "title": "Elsewhere"})
    assert site.status == 201, site.body
    assert api.get("/api/v1/sites").json["items"][0]["slug"] == "elsewhere"
    encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'flotilla_app'"
    assert managed.administrator(encrypted) == "t"

    exporter = managed.servers.exporter("postgres")
    eventually(lambda: "pg_up 1" in exporter_metrics(exporter), 30)


def exporter_metrics(exporter: Container) -> str:
    with urllib.request.urlopen(f"http://{exporter.ip}:9187/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_why_a_database_cannot_be_used(managed: Managed) -> None:
    """Looked at before anything is changed: a sentence, with what an administrator has to run, and no password."""
    managed.administrator(
        "CREATE ROLE plain LOGIN PASSWORD 'hush'", "CREATE ROLE idle LOGIN CREATEROLE PASSWORD 'hush'"
    )
    managed.administrator("CREATE DATABASE plain OWNER plain")
    managed.administrator("CREATE DATABASE full_ OWNER managed")
    managed.administrator("CREATE DATABASE spare")
    managed.administrator("CREATE TABLE theirs (id int)", database="full_")
    cases = {
        url(password="hush"): f"The database blog on {HOST}:5432 does not take the password of managed.",
        url(host="nowhere.example"): "No connection to the database blog on nowhere.example:5432:",
        url(name="none"): 'database "none" does not exist',
        url(query="?sslmode=disable"): "sslmode=disable lets passwords travel unprotected",
        url(query="?sslmode=verify-full"): "needs the authority's certificate: --database-ca FILE.",
        url(host="localhost"): "localhost is, in a container, the container",
        "mysql://a:hush@b/c": "That is no URL of a PostgreSQL database",
        url("plain", "hush", "plain"): "- plain may not make roles: ALTER ROLE plain CREATEROLE;",
        url("idle", "hush", "spare"): "- idle does not own the database: ALTER DATABASE spare OWNER TO idle;",
        url(name="full_"): "- it holds 1 tables of somebody else: CREATE DATABASE flotilla OWNER managed;",
    }
    found = managed.looks(list(cases))
    assert len(found) == len(cases)
    for (code, said), sentence in zip(found, cases.values(), strict=True):
        assert code == 2 and sentence in said, said
        assert "hush" not in said and PASSWORD not in said and "Traceback" not in said


def test_a_name_that_is_not_the_certificates_is_refused(managed: Managed, resources: Resources) -> None:
    """With an authority and no other word, the name is verified."""
    code, said = managed.look(resources, url(host=managed.server.ip), ca=True)
    assert code == 2 and "does not match host name" in said, said


def test_a_rotated_password_of_the_app_reaches_it(managed: Managed, resources: Resources) -> None:
    """migrate sets the roles' passwords there as it does in the bundle's own."""
    managed.servers.write_secrets({"db_app_password": "another one"})
    migration = managed.run(resources, *MIGRATE)
    assert finished(migration) == 0, migration.logs()
    with psycopg.connect(
        host=managed.server.ip, user="flotilla_app", password="another one", dbname="blog", sslmode="require"
    ) as app:
        assert scalar(app, "SELECT count(*) FROM site") == 0  # row-level security: it acts for nobody

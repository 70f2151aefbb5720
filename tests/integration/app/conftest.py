"""The platform with its real servers: PostgreSQL, PgBouncer, a migrated schema, and replicas of app and worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.models.base import DEFAULT_ORGANISATION
from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.browser import Browser, Person
from tests.integration.app.http_client import TOKEN, Client
from tests.integration.app.tenants import ATTACKER, VICTIM, Connection
from tests.integration.database_servers import Servers

# The environment of the service `migrate`.
OWNER = {
    "FLOTILLA_DATABASE_HOST": "postgres",
    "FLOTILLA_DATABASE_PORT": "5432",
    "FLOTILLA_DATABASE_USER": "flotilla_owner",
    "FLOTILLA_DATABASE_PASSWORD_FILE": "/run/secrets/db_owner_password",
}
_AS_IN_THE_STACK = ("--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp")


@dataclass(frozen=True)
class Platform:
    """Starts containers of the app's image beside one PostgreSQL and one PgBouncer."""

    servers: Servers
    postgres: Container
    pgbouncer: Container

    def run(
        self,
        resources: Resources,
        command: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
    ) -> Container:
        """A container of the app's image; `command` replaces the app."""
        return resources.run(
            self.servers.image("app"),
            *_AS_IN_THE_STACK,
            *args,
            name="app",
            network=self.servers.network,
            env=env,
            volumes=[f"{self.servers.secrets}:/run/secrets:ro"],
            command=command,
        )

    def replica(self, resources: Resources, env: Mapping[str, str] | None = None) -> tuple[Container, Client]:
        """A replica of the app, once it is healthy."""
        container = self.run(resources, env=env)
        client = Client(container.ip)
        eventually(lambda: client.get("/healthz").status == 200, 60)
        return container, client

    def worker(self, resources: Resources, env: Mapping[str, str] | None = None) -> tuple[Container, Client]:
        """A worker, once it is healthy."""
        container = self.run(resources, ["python", "-m", "app.worker"], env)
        client = Client(container.ip)
        eventually(lambda: client.get("/healthz").status == 200, 60)
        return container, client

    def migrate(self, resources: Resources) -> Container:
        """A run of the migrations, straight to PostgreSQL; it has to be waited for."""
        return self.run(resources, ["python", "-m", "app.migrations"], OWNER)

    def owner(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the schema's owner, in autocommit mode."""
        return self.servers.connect(self.postgres, "flotilla_owner")

    def acting_for(self, organisation: str = DEFAULT_ORGANISATION) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the app's role, past PgBouncer, that acts for an organisation as long as it lasts."""
        connection = self.servers.connect(self.postgres, "flotilla_app")
        connection.execute("SELECT set_config('flotilla.organisation_id', %s, false)", (organisation,))
        return connection

    def superuser(self, *statements: str) -> str:
        """What statements in one transaction give PostgreSQL's superuser, whom row-level security does not bind."""
        commands = [part for statement in statements for part in ("-c", statement)]
        return self.postgres.exec("psql", "-XAtq1", "-v", "ON_ERROR_STOP=1", "-d", "flotilla", *commands)


def finished(container: Container) -> int:
    """Waits for a container to end; its exit code."""
    eventually(lambda: not container.running, 60)
    return container.exit_code


@pytest.fixture(scope="session")
def session_resources() -> Iterator[Resources]:
    made = Resources()
    yield made
    made.close()


def empty_platform(resources: Resources, image: Callable[[str], str], secrets: Path) -> Platform:
    """PostgreSQL and PgBouncer without a schema."""
    servers = Servers(resources, image, resources.network(), secrets)
    servers.write_secrets()
    (servers.secrets / "api_token").write_text(TOKEN)
    (servers.secrets / "api_token").chmod(0o444)
    return Platform(servers, servers.postgres(resources.volume()), servers.pgbouncer())


@pytest.fixture(scope="session")
def platform(
    session_resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Platform:
    """PostgreSQL and PgBouncer with a migrated schema, once for all tests of the app."""
    made = empty_platform(session_resources, image, tmp_path_factory.mktemp("app") / "secrets")
    migration = made.migrate(session_resources)
    assert finished(migration) == 0, migration.logs()
    return made


@pytest.fixture(scope="session")
def shared_app(platform: Platform, session_resources: Resources) -> tuple[Container, Client]:
    """One replica for the tests that only ask it."""
    return platform.replica(session_resources)


@pytest.fixture
def app(shared_app: tuple[Container, Client]) -> Client:
    """Asks the shared replica."""
    return shared_app[1]


@pytest.fixture
def site(app: Client, request: pytest.FixtureRequest) -> Any:
    """A new site of the test's own."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.lower())[-60:].strip("-")
    made = app.post("/api/v1/sites", {"slug": slug.replace("--", "-"), "title": "A site"})
    assert made.status == 201, made.body
    return made.json


_PEOPLE = count(1)


@pytest.fixture
def person(platform: Platform, shared_app: tuple[Container, Client]) -> Person:
    """Somebody without an account."""
    return Person(platform, Browser(shared_app[1].address), f"ada-{next(_PEOPLE)}@example.org")


@pytest.fixture
def other(platform: Platform, shared_app: tuple[Container, Client]) -> Person:
    """Somebody else without an account."""
    return Person(platform, Browser(shared_app[1].address), f"bob-{next(_PEOPLE)}@example.org")


@pytest.fixture(scope="module")
def seeded(platform: Platform) -> Iterator[Platform]:
    """Two organisations with a row of their own in every table."""
    platform.superuser(*ATTACKER.statements(), *VICTIM.statements())
    yield platform
    clear(platform)


def clear(platform: Platform) -> None:
    """Takes away the rows of both, whose organisation other tests may share."""
    accounts = f"DELETE FROM account WHERE id IN ('{ATTACKER.account}', '{VICTIM.account}')"
    victim = f"DELETE FROM organisation WHERE id = '{VICTIM.organisation}'"
    of_the_organisation = (
        *("organisation_limit", "audit_event", "platform_audit_event", "idempotency_key", "request_count"),
        "invitation",
    )
    platform.superuser(
        f"DELETE FROM site WHERE id = '{ATTACKER.site}'",
        accounts,
        victim,
        *(f"DELETE FROM {table}" for table in of_the_organisation),
    )


@pytest.fixture
def attacker(seeded: Platform) -> Iterator[Connection]:
    with seeded.acting_for(ATTACKER.organisation) as connection:
        connection.execute("SELECT set_config('flotilla.account_id', %s, false)", (ATTACKER.account,))
        yield connection

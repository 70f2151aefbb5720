"""Our PostgreSQL and PgBouncer as containers of a test, run as the stack runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.docker_cli import Container, Resources, eventually

# What a careless quoting would break on.
PASSWORDS = {
    "db_app_password": "app \"quoted\" \\back:slash '$HOME' ö%@/?",
    "db_owner_password": "owner's \\password; --",
    "db_metrics_password": "metrics:p\\w/@?#%",
    "db_captain_password": "captain='p' \\w",
    "pgbouncer_stats_password": 'stats:"p\\w',
    "db_first_password": "the \\ 'first' one",
}
SECRET_OF = {
    "flotilla_app": "db_app_password",
    "flotilla_owner": "db_owner_password",
    "flotilla_metrics": "db_metrics_password",
    "flotilla_captain": "db_captain_password",
    "flotilla_stats": "pgbouncer_stats_password",
}
_HARDENED = ("--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp")


@dataclass(frozen=True)
class Servers:
    """Starts the servers of one test in one network, with secrets as files."""

    resources: Resources
    image: Callable[[str], str]
    network: str
    secrets: Path

    def write_secrets(self, changes: Mapping[str, str] | None = None) -> None:
        """(Re)writes the secrets' files; `changes` replaces some passwords."""
        self.secrets.mkdir(exist_ok=True)
        self.secrets.chmod(0o755)
        for name, value in (PASSWORDS | dict(changes or {})).items():
            (self.secrets / name).write_text(value)
            (self.secrets / name).chmod(0o444)

    def password(self, user: str) -> str:
        return (self.secrets / SECRET_OF[user]).read_text()

    def postgres(self, volume: str, env: Mapping[str, str] | None = None, ready: bool = True) -> Container:
        """PostgreSQL with its data in `volume`; with `ready`, waits until it answers and sets the roles' passwords."""
        container = self.resources.run(
            self.image("postgres"), *_HARDENED, "--tmpfs", "/run/postgresql",
            name="postgres", network=self.network, env=env,
            volumes=[f"{volume}:/var/lib/postgresql", self._secrets],
        )  # fmt: skip
        if ready:
            eventually(lambda: container.exec("/srv/postgres/healthcheck.sh") == "", 60)
            self.set_passwords(container)
        return container

    def set_passwords(self, postgres: Container) -> None:
        """What migrate does in the stack. The owner gets in with its own password or, once, with the first one."""
        try:
            owner = self.connect(postgres, "flotilla_owner")
        except psycopg.OperationalError:
            owner = self.connect(postgres, "flotilla_owner", password=(self.secrets / "db_first_password").read_text())
        with owner:
            for role in ("flotilla_app", "flotilla_metrics", "flotilla_captain", "flotilla_owner"):
                verifier = owner.pgconn.encrypt_password(self.password(role).encode(), role.encode(), b"scram-sha-256")
                owner.execute("SELECT roles.set_password(%s, %s)", (role, verifier.decode()))

    def pgbouncer(self, env: Mapping[str, str] | None = None, ready: bool = True) -> Container:
        """PgBouncer, its passwords handed over as in the stack; with `ready`, waits until it answers."""
        passwords = f"{self.resources.volume()}:/var/lib/passwords"
        self.hand_over(passwords)
        container = self.resources.run(
            self.image("pgbouncer"), *_HARDENED, "--tmpfs", "/run/pgbouncer",
            name="pgbouncer", network=self.network, env=env, volumes=[f"{passwords}:ro"],
        )  # fmt: skip
        if ready:
            eventually(lambda: container.exec("/srv/pgbouncer/healthcheck.sh") == "", 30)
        return container

    def hand_over(self, passwords: str) -> None:
        """What pgbouncer-passwords does: the secrets of now to where PgBouncer reads them (`volume:target`)."""
        handing = self.resources.run(
            self.image("pgbouncer"), *_HARDENED, "--network", "none", "--init",
            volumes=[passwords, self._secrets], command=["/srv/pgbouncer/passwords.sh"],
        )  # fmt: skip
        eventually(lambda: handing.exec("test", "-e", "/tmp/handed-over") == "", 30)

    def exporter(self, of: str, *args: str) -> Container:
        """The exporter of `postgres` or `pgbouncer`."""
        return self.resources.run(
            self.image(of), *_HARDENED, *args, command=[f"/srv/{of}/exporter.sh"],
            name=f"{of}-exporter", network=self.network, volumes=[self._secrets],
        )  # fmt: skip

    def connect(self, server: Container, user: str, **changes: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection in autocommit mode; PgBouncer's port for a container of that image."""
        options: dict[str, Any] = {
            "host": server.ip,
            "port": 6432 if "pgbouncer" in server.name else 5432,
            "dbname": "flotilla",
            "user": user,
            "password": self.password(user),
            "autocommit": True,
            "connect_timeout": 10,
            "prepare_threshold": None,
        }
        return psycopg.connect(**(options | changes))

    @property
    def _secrets(self) -> str:
        return f"{self.secrets}:/run/secrets:ro"


def scalar(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> Any:
    """The first column of the first row."""
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]

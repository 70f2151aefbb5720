"""The audit's table in the platform's database, over the one connection that captain has there."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from captain.audit import Entry, StoreAway

_CONNECT_SECONDS = 3
_STATEMENT_MS = 5000
_ADD = (
    "INSERT INTO captain_audit_event (id, happened_at, who, client, what, went_well) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (id) DO NOTHING"
)
_COLUMNS = "SELECT id::text, happened_at, who, client, what, went_well FROM captain_audit_event"
_NEWEST = f"{_COLUMNS} ORDER BY id DESC LIMIT %(most)s"
_BEFORE = f"{_COLUMNS} WHERE id < %(before)s::uuid ORDER BY id DESC LIMIT %(most)s"


class PostgresStore:
    """For several threads, which wait for each other."""

    def __init__(self, secrets: Path) -> None:
        """`secrets` is the folder with `db_captain_password` and, for a database elsewhere, `database_url`."""
        self._secrets = secrets
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def keep(self, entries: Sequence[Entry]) -> None:
        """All of them in one transaction; those that are there already stay as they are. Raises `StoreAway`."""
        rows = [(own.id, own.at, own.by, own.client, own.what, own.went_well) for own in entries]
        with self._lock:
            try:
                connection = self._connected()
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.executemany(_ADD, rows)
            except (psycopg.Error, OSError) as error:
                raise self._away(error) from error

    def newest(self, most: int, before: str) -> list[Entry]:
        """See `audit.Store`."""
        with self._lock:
            try:
                connection = self._connected()
                with connection.transaction():
                    found = connection.execute(_BEFORE if before else _NEWEST, {"most": most, "before": before})
                    return [Entry(*row) for row in found.fetchall()]  # type: ignore[arg-type]  # the columns' types
            except (psycopg.Error, OSError) as error:
                raise self._away(error) from error

    def close(self) -> None:
        """The server has its connection back."""
        with self._lock:
            self._drop()

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(make_conninfo(**where(self._secrets)), autocommit=True)
        return self._connection

    def _away(self, error: Exception) -> StoreAway:
        self._drop()
        return StoreAway(" ".join(str(error).split()) or type(error).__name__)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def where(secrets: Path) -> dict[str, str]:
    """What libpq has to know: the bundle's database, or the one that the secret `database_url` names.

    Raises `OSError` without a password.
    """
    url = secrets / "database_url"
    given = _lines(url.read_text(encoding="utf-8")) if url.exists() else {}
    found = {
        "host": given.get("host", "postgres"),
        "port": given.get("port", "5432"),
        "dbname": given.get("dbname", "flotilla"),
        "sslmode": given.get("sslmode", "disable"),
        "user": "flotilla_captain",
        "password": (secrets / "db_captain_password").read_text(encoding="utf-8").strip(),
        "connect_timeout": str(_CONNECT_SECONDS),
        "application_name": "captain",
        "options": f"-c statement_timeout={_STATEMENT_MS}",
        # A server that vanished is noticed, not waited for.
        "tcp_user_timeout": "5000",
    }
    if given.get("ca"):
        authority = Path("/tmp/database-ca.pem")  # noqa: S108  (the container's own)
        authority.write_bytes(base64.b64decode(given["ca"]))
        found["sslrootcert"] = str(authority)
    return found


def _lines(text: str) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

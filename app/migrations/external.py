"""A PostgreSQL that is not the bundle's, such as a managed one: is it fit, and what it has to be given.

`python -m app.migrations look [CA FILE]` reads a URL from standard input, looks at that database, changes nothing, and
prints what goes into the secret `database_url`, and last how many connections are left there for the app.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.db import is_wrong_password
from app.settings import SettingsError

BUNDLED = "bundled"
"""What stands in the secret where the database is the bundle's own."""

LOGIN_ROLES = ("flotilla_app", "flotilla_metrics", "flotilla_captain")
TAKEN_ON = ("flotilla_reader", "flotilla_worker", "flotilla_doorkeeper", "flotilla_content", "flotilla_operator")
"""Roles that the app takes on for a transaction; swarm/postgres/roles.sql says what for."""

DIRECT_CONNECTIONS = {"flotilla_metrics": 3, "flotilla_captain": 1}
OWNER_CONNECTIONS = 2
OLDEST = 160_000
"""PostgreSQL 16: a role may be given without its rights (INHERIT FALSE)."""

_VERIFYING = ("verify-ca", "verify-full")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_CA_FILE = Path("/tmp/database-ca.pem")  # noqa: S108 - the container's own


@dataclass(frozen=True)
class Address:
    """Where it is and who owns the schema there. `ca` is PEM, empty where nothing is verified."""

    host: str
    port: int
    name: str
    user: str
    password: str
    sslmode: str
    ca: str = ""

    def secret(self) -> str:
        """As lines `name=value`, which shells read as well."""
        ca = base64.b64encode(self.ca.encode()).decode()
        return (
            f"host={self.host}\nport={self.port}\ndbname={self.name}\nuser={self.user}\npassword={self.password}\n"
            f"sslmode={self.sslmode}\n{f'ca={ca}' if ca else ''}\n"
        )

    def url(self) -> URL:
        """SQLAlchemy's. Writes the authority's file, if there is one."""
        query = {"sslmode": self.sslmode}
        if self.ca:
            _CA_FILE.write_text(self.ca, encoding="ascii")
            query["sslrootcert"] = str(_CA_FILE)
        return URL.create("postgresql+psycopg", self.user, self.password, self.host, self.port, self.name, query)


def from_secret(path: Path) -> Address | None:
    """From the secret's file; None where there is none, or the database is the bundle's. Raises SettingsError."""
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8").strip()
    if text == BUNDLED:
        return None
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    try:
        return Address(
            host=found["host"],
            port=int(found["port"]),
            name=found["dbname"],
            user=found["user"],
            password=found["password"],
            sslmode=found["sslmode"],
            ca=base64.b64decode(found.get("ca", "")).decode(),
        )
    except (KeyError, ValueError) as error:
        raise SettingsError(f"{path} is no address of a database; run up.sh --database-url once more.") from error


def from_url(text: str, ca: str) -> Address:
    """What the operator gave. Raises SettingsError with a sentence; nothing of a password is in it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    looks = "it looks like postgresql://user:password@host:5432/name?sslmode=require"
    if url is None or url.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise SettingsError(f"That is no URL of a PostgreSQL database; {looks}.")
    if not (url.host and url.username and url.password and url.database):
        raise SettingsError(f"The URL of the database lacks a user, a password, a host or a name; {looks}.")
    query = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    sslmode = query.pop("sslmode", "verify-full" if ca else "require")
    if query:
        raise SettingsError(f"The URL of the database says {', '.join(sorted(query))}; only sslmode is known here.")
    if sslmode not in ("require", *_VERIFYING):
        raise SettingsError(f"sslmode={sslmode} lets passwords travel unprotected; give require, or verify-full.")
    if sslmode in _VERIFYING and not ca:
        raise SettingsError(f"sslmode={sslmode} needs the authority's certificate: --database-ca FILE.")
    if url.host == "localhost" or url.host.startswith("127.") or url.host.startswith("/"):
        raise SettingsError(f"{url.host} is, in a container, the container: give a name that every node knows.")
    for what, value in {"host": url.host, "name": url.database}.items():
        if not _PLAIN.fullmatch(value):
            raise SettingsError(f"The {what} {value} of the database may only have letters, digits, dots, - and _.")
    if re.search(r"[\r\n\0]", url.username + str(url.password)):
        raise SettingsError("The user or the password of the database has a line end in it; choose others.")
    return Address(url.host, url.port or 5432, url.database, url.username, str(url.password), sslmode, ca)


def connect(address: Address) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the schema's owner. Raises psycopg's errors."""
    url = address.url()
    return psycopg.connect(
        host=address.host,
        port=address.port,
        dbname=address.name,
        user=address.user,
        password=address.password,
        sslmode=address.sslmode,
        sslrootcert=str(url.query.get("sslrootcert", "")) or None,
        connect_timeout=10,
        application_name="flotilla-migrate",
    )


def faults(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[str]:
    """Why the database is not fit, each with what an administrator has to run there."""
    user, name, version, makes_roles, owns = _row(
        connection,
        """SELECT quote_ident(current_user), quote_ident(current_database()),
            current_setting('server_version_num')::int, rolcreaterole OR rolsuper,
            pg_has_role(datdba, 'USAGE')
        FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()""",
    )
    if int(str(version)) < OLDEST:
        yield f"it is PostgreSQL {int(str(version)) // 10_000}, and 16 is the oldest that does"
    if not owns:
        yield f"{user} does not own the database: ALTER DATABASE {name} OWNER TO {user};"
    present, mine = _row(
        connection,
        """SELECT array_agg(rolname ORDER BY rolname), coalesce(bool_and(pg_has_role(oid, 'USAGE WITH ADMIN OPTION')
            OR EXISTS (SELECT FROM pg_auth_members WHERE roleid = pg_roles.oid AND admin_option
                AND member = current_user::regrole)), true)
        FROM pg_roles WHERE rolname = ANY (%s)""",
        [[*LOGIN_ROLES, *TAKEN_ON]],
    )
    if not makes_roles:
        yield f"{user} may not make roles: ALTER ROLE {user} CREATEROLE;"
    elif not mine and isinstance(present, list):
        yield f"{user} may not change roles that are there: GRANT {', '.join(present)} TO {user} WITH ADMIN OPTION;"
    tables, ours = _row(
        connection,
        """SELECT count(*), bool_or(relname = 'alembic_version')
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')""",
    )
    if tables and not ours:
        yield f"it holds {tables} tables of somebody else: CREATE DATABASE flotilla OWNER {user}; and give that"


def connections_left(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """How many the app may have: the server's, less its reserves, what others hold now, and our direct ones."""
    (most, others) = _row(
        connection,
        """SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - current_setting('reserved_connections')::int,
            (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
                AND pid <> pg_backend_pid() AND usename <> ALL (%s) AND usename <> current_user)""",
        [list(LOGIN_ROLES)],
    )
    return int(str(most)) - int(str(others)) - OWNER_CONNECTIONS - sum(DIRECT_CONNECTIONS.values())


def look(address: Address) -> int:
    """The connections that are left. Raises SettingsError with all that is in the way."""
    try:
        with connect(address) as connection:
            found = list(faults(connection))
            left = connections_left(connection) if not found else 0
    except psycopg.OperationalError as error:
        where = f"{address.name} on {address.host}:{address.port}"
        if is_wrong_password(error):
            raise SettingsError(f"The database {where} does not take the password of {address.user}.") from error
        raise SettingsError(f"No connection to the database {where}: {' '.join(str(error).split())}") from error
    if not found and left < 2:
        found = [f"it has {left} connections left for the app, which needs 2: raise its max_connections"]
    if found:
        raise SettingsError("The database is not fit:\n" + "\n".join(f"- {fault}" for fault in found))
    return left


def _row(
    connection: psycopg.Connection[tuple[object, ...]], query: LiteralString, values: list[object] | None = None
) -> tuple[object, ...]:
    row = connection.execute(query, values).fetchone()
    if row is None:
        raise RuntimeError("the catalogue has no row where it always has one")
    return row


def main(ca_file: str) -> int:
    """`look`: exit code 0 if the database is fit, 2 if it is not; standard error says why."""
    try:
        ca = Path(ca_file).read_text(encoding="ascii") if ca_file else ""
        address = from_url(sys.stdin.read().strip(), ca)
        left = look(address)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"The authority's certificate cannot be read: {error}\n")
        return 2
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{address.secret().rstrip()}\nconnections={left}\n")
    return 0

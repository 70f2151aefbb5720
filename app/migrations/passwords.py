"""The passwords of the database's roles: what the secrets say is what PostgreSQL asks for afterwards.

PostgreSQL itself holds none of these secrets, so that a rotation restarts this program and not the server. The owner
logs in with the newest password that it has and that is taken: its own, the one before while it is being rotated,
or the first one, which a new server sets once (swarm/postgres/roles.sql).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from sqlalchemy import URL

from app.db import is_wrong_password
from app.migrations import external, roles
from app.settings import SettingsError, read_generations, read_secret

log = logging.getLogger(__name__)

LOCK = 0x464C4F54_0002
"""Key of the advisory lock: of two runners one waits. PostgreSQL refuses the later one of two that alter a role."""

RETRY_SECONDS = 1.0
FIRST = "db_first_password"
"""The file, beside the owner's, with which a new server lets the owner in."""
OTHERS = {
    "flotilla_app": "db_app_password",
    "flotilla_metrics": "db_metrics_password",
    "flotilla_captain": "db_captain_password",
}
"""Further roles, and the files beside the owner's with their passwords."""


def bring_up_to_date(url: URL, file: Path, *, sleep: Callable[[float], None] = time.sleep) -> URL:
    """Set every password that has a file; where the owner then gets in.

    `url` and `file` are the owner's. Without the others' files, as outside the stack, it changes nothing. Waits for
    PostgreSQL as long as it takes. Raises SettingsError when no password is taken.
    """
    others = {role: read_secret(file.with_name(name)) for role, name in OTHERS.items() if file.with_name(name).exists()}
    if not others:
        return url
    own = read_generations(file)
    first = (read_secret(file.with_name(FIRST)),) if file.with_name(FIRST).exists() else ()
    wanted = {**others, str(url.username): own[0]}
    told = False
    while not _set(url, (*own, *first), wanted, sleep):
        if not told:
            log.warning("waiting for PostgreSQL: the server is from before one of the roles; another takes its place")
            told = True
        sleep(RETRY_SECONDS)
    log.info("passwords are set: %s", ", ".join(sorted(wanted)))
    return url.set(password=own[0])


def _set(url: URL, passwords: tuple[str, ...], wanted: Mapping[str, str], sleep: Callable[[float], None]) -> bool:
    """Whether the server knows all of the roles: one that an update has still to replace may not, and refuses."""
    try:
        with _log_in(url, passwords, sleep) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            for role, password in wanted.items():
                verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
                connection.execute("SELECT roles.set_password(%s, %s)", (role, verifier.decode()))
    except psycopg.errors.RaiseException:
        return False
    return True


def prepare_external(
    address: external.Address, file: Path, app_connections: int, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Make the roles of a database that is not the bundle's, and set their passwords, from the files beside `file`.

    Waits for it as long as it takes. Raises SettingsError when the password is not taken, or the database is not fit.
    """
    others = {role: read_secret(file.with_name(name)) for role, name in OTHERS.items() if file.with_name(name).exists()}
    told = ""
    while True:
        try:
            with external.connect(address) as connection:
                found = list(external.faults(connection))
                if found:
                    raise SettingsError(f"The database {address.name} on {address.host} is not fit: {'; '.join(found)}")
                connection.commit()
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                roles.prepare(connection, others, app_connections)
            log.info("roles and passwords are set in %s on %s", address.name, address.host)
            return
        except psycopg.OperationalError as error:
            if is_wrong_password(error):
                raise SettingsError(
                    f"{address.host} does not take the password of {address.user}; up.sh --database-url takes another."
                ) from error
            reason = " ".join(str(error).split())
            if reason != told:
                log.warning("waiting for PostgreSQL: %s", reason)
                told = reason
            sleep(RETRY_SECONDS)


def _log_in(
    url: URL, passwords: tuple[str, ...], sleep: Callable[[float], None]
) -> psycopg.Connection[tuple[object, ...]]:
    told = ""
    while True:
        refused = 0
        for password in passwords:
            try:
                return psycopg.connect(
                    host=url.host,
                    port=url.port or 5432,
                    dbname=url.database or "",
                    user=url.username,
                    password=password,
                    connect_timeout=5,
                    application_name="flotilla-migrate",
                )
            except psycopg.OperationalError as error:
                if is_wrong_password(error):
                    refused += 1
                    continue
                reason = " ".join(str(error).split())
                if reason != told:
                    log.warning("waiting for PostgreSQL: %s", reason)
                    told = reason
                break
        if refused == len(passwords):
            raise SettingsError(
                f"PostgreSQL takes none of the passwords of {url.username}: its volume is another's or was restored; "
                "see docs/operations.md, Passwords that do not fit."
            )
        sleep(RETRY_SECONDS)

"""The roles in a database that is not the bundle's, as in swarm/postgres/roles.sql, by an owner who is no superuser."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

from app.migrations.external import DIRECT_CONNECTIONS, LOGIN_ROLES, TAKEN_ON

log = logging.getLogger(__name__)

# What not every owner may pass on, and what is missing without it.
_OPTIONAL = {
    "pg_monitor": "metrics of PostgreSQL say nothing of other users' sessions",
    "pg_use_reserved_connections": "metrics have no connection of their own when all are taken",
}


def prepare(
    connection: psycopg.Connection[tuple[object, ...]], passwords: Mapping[str, str], app_connections: int
) -> None:
    """Makes roles, limits, grants and passwords what they should be. `passwords` are those of the login roles."""
    with connection.transaction():
        # A statement that fails must not put a verifier into the log; only a superuser may say so.
        present = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in (*LOGIN_ROLES, *TAKEN_ON):
            if role not in present:
                _do(connection, "CREATE ROLE {}", role)
        limits = {"flotilla_app": app_connections, **DIRECT_CONNECTIONS}
        for role in LOGIN_ROLES:
            limit = sql.Literal(limits[role])
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN CONNECTION LIMIT {}").format(sql.Identifier(role), limit))
            if role in passwords:
                secret = passwords[role].encode()
                verifier = connection.pgconn.encrypt_password(secret, role.encode(), b"scram-sha-256").decode()
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
                )
        for role in TAKEN_ON:
            _do(connection, "ALTER ROLE {} NOLOGIN NOINHERIT", role)
            _do(connection, "GRANT {} TO flotilla_app WITH INHERIT FALSE, SET TRUE", role)
        connection.execute("ALTER ROLE flotilla_app SET idle_in_transaction_session_timeout = '60s'")
        database = connection.info.dbname
        _do(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
        _do(connection, "GRANT CONNECT ON DATABASE {} TO flotilla_app, flotilla_metrics, flotilla_captain", database)
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for role in ("flotilla_app", "flotilla_captain", *TAKEN_ON):
            _do(connection, "GRANT USAGE ON SCHEMA public TO {}", role)
    for role, without in _OPTIONAL.items():
        try:
            with connection.transaction():
                _do(connection, "GRANT {} TO flotilla_metrics", role)
        except psycopg.errors.InsufficientPrivilege:
            log.warning("this database's owner may not pass on %s: %s", role, without)


def _do(connection: psycopg.Connection[tuple[object, ...]], statement: LiteralString, name: str) -> None:
    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

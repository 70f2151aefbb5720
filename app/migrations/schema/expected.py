"""What the database should be: the models, made in a schema of their own, and read as the live one is.

So PostgreSQL writes both definitions, and nothing has to be translated from how it was said in Python. The schema is in
the caller's transaction, which rolls it back; nothing of the live one is locked.
"""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, String, Table, text

from app.migrations.schema.catalogue import read
from app.migrations.schema.drift import Catalogue
from app.models.everything import Base
from app.models.rights import (
    APP,
    CAPTAIN,
    CONTENT,
    DOORKEEPER,
    OPERATOR,
    READER,
    WORKER,
    function_statements,
    table_statements,
)

SCHEMA = "flotilla_expected"

# Roles belong to the cluster: swarm/postgres/roles.sql makes them.
_ROLES = {
    f"role {APP}": "may log in, is in "
    + ", ".join(f"{role} (for a transaction)" for role in (CONTENT, DOORKEEPER, OPERATOR, READER, WORKER)),
    f"role {CAPTAIN}": "may log in",
    f"role {CONTENT}": "may not log in",
    f"role {DOORKEEPER}": "may not log in",
    f"role {READER}": "may not log in",
    f"role {WORKER}": "may not log in",
    f"role {OPERATOR}": "may not log in",
}


def expected(connection: Connection) -> Catalogue:
    """The catalogue of a database that is what the models say. To be rolled back."""
    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    others = ", ".join((READER, WORKER, DOORKEEPER, CONTENT, OPERATOR, CAPTAIN))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {APP}, {others}"))
    connection.execute(text(f"SET LOCAL search_path = {SCHEMA}"))
    tables = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(tables)
    version = MigrationContext.configure(connection)._version
    Table(
        version.name, tables, Column("version_num", String(32), primary_key=True)
    ).primary_key.name = version.primary_key.name
    functions = list(function_statements())
    for statement in functions:
        connection.exec_driver_sql(_as_it_is(statement))
    tables.create_all(connection, checkfirst=False)
    for statement in table_statements(tables):
        connection.exec_driver_sql(_as_it_is(statement))
    return {**read(connection, SCHEMA), **_ROLES}


def _as_it_is(statement: str) -> str:
    """For psycopg, to which a % would begin a placeholder."""
    return statement.replace("%", "%%")

"""What PostgreSQL lets an operator in Studio do, whatever Studio itself would allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from app.acting import Acting
from app.models.everything import Base
from app.models.rights import PERSONAL, SHARED, UNSEEN, operator_commands
from app.surfaces.admin.acting import as_tenant, operating
from tests.integration.app.conftest import Platform
from tests.integration.app.tenants import ATTACKER, VICTIM, Connection, undone
from tests.integration.database_servers import scalar

OWNED = sorted(set(Base.metadata.tables) - SHARED - UNSEEN)


@pytest.fixture
def connection(seeded: Platform) -> Iterator[Connection]:
    """As the app's role, through PgBouncer."""
    with seeded.servers.connect(seeded.pgbouncer, "flotilla_app") as connection:
        yield connection


def asked(connection: Connection, acting: Acting | str, query: str) -> Any:
    """What a transaction that acts so gets."""
    with undone(connection):
        connection.execute(acting.statement if isinstance(acting, Acting) else acting)
        done = connection.execute(query)
        row = done.fetchone() if done.description else None
        return done.rowcount if row is None else row[0]


def test_an_operator_reads_rows_of_all_organisations(connection: Connection) -> None:
    """In every table, the operators' own audit among them."""
    operator = operating("Ada", writing=False)
    for table in OWNED:
        column, mine = ATTACKER.owner_of(table)
        both = f"'{mine}', '{VICTIM.owner_of(table)[1]}'"
        query = f"SELECT count(DISTINCT {column}) FROM {table} WHERE {column} IN ({both})"
        assert asked(connection, operator, query) == 2, table
    assert asked(connection, operator, "SELECT count(*) FROM platform_audit_event") >= 0


def test_the_role_without_a_name_sees_nothing(connection: Connection) -> None:
    """Whoever takes it on says who he is; then the audit has the name."""
    nameless = "SELECT set_config('role', 'flotilla_operator', true)"
    assert {asked(connection, nameless, f"SELECT count(*) FROM {table}") for table in OWNED} == {0}
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        asked(
            connection,
            nameless,
            f"INSERT INTO site (organisation_id, slug, title) VALUES ('{VICTIM.organisation}', 'x', 'x')",
        )


def test_the_name_without_the_role_shows_nothing(connection: Connection) -> None:
    """Nor does it open the operators' audit to the app."""
    named = "SELECT set_config('flotilla.operator', 'Ada', true)"
    assert {asked(connection, named, f"SELECT count(*) FROM {table}") for table in OWNED} == {0}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(connection, named, "SELECT count(*) FROM platform_audit_event")


@pytest.mark.parametrize(
    "acting", [operating("Ada", writing=False), as_tenant("Ada", VICTIM.organisation, writing=False)]
)
def test_while_writing_is_off_postgresql_writes_nothing(connection: Connection, acting: Acting) -> None:
    """Nor can the transaction be made one that writes."""
    for statement in ("UPDATE site SET title = 'x'", "DELETE FROM tag", "INSERT INTO job (kind) VALUES ('x')"):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            asked(connection, acting, statement)
    for lifted in ("SET TRANSACTION READ WRITE", "SELECT set_config('transaction_read_only', 'off', true)"):
        with pytest.raises(psycopg.errors.ActiveSqlTransaction):
            asked(connection, acting, lifted)


def test_an_operator_writes_what_is_written_at_all(connection: Connection) -> None:
    """Plans and limits too, which the app may only read; never the schema's own tables or what is written once."""
    operator = operating("Ada", writing=True)
    for table in sorted(Base.metadata.tables):
        allowed = operator_commands(table)
        column = next(iter(Base.metadata.tables[table].columns)).name
        for command, statement in (
            ("UPDATE", f"UPDATE {table} SET {column} = {column}"),
            ("DELETE", f"DELETE FROM {table} WHERE false"),
        ):
            if command in allowed:
                asked(connection, operator, statement)
            else:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    asked(connection, operator, statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(connection, operator, "INSERT INTO schema_compatibility VALUES ('9999')")


@pytest.mark.parametrize("writing", [False, True])
def test_as_a_tenant_there_is_what_the_tenant_sees(connection: Connection, seeded: Platform, writing: bool) -> None:
    """In every table exactly the rows that the organisation's own requests get."""
    acting = as_tenant("Ada", VICTIM.organisation, writing=writing)
    with seeded.acting_for(VICTIM.organisation) as own:
        for table in OWNED:
            seen = scalar(own, f"SELECT count(*) FROM {table}")
            assert asked(connection, acting, f"SELECT count(*) FROM {table}") == seen, table
            # What is a person's own is nobody else's, not even the organisation's.
            assert seen > 0 or table in PERSONAL, table
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(connection, acting, "SELECT count(*) FROM platform_audit_event")


def test_the_audit_names_the_operator_by_itself(connection: Connection) -> None:
    """Whoever the transaction names, also as a tenant; requests of the app's own have no operator."""
    event = (
        f"INSERT INTO audit_event (organisation_id, action) VALUES ('{VICTIM.organisation}', 'x') RETURNING operator"
    )
    assert asked(connection, operating("Ada", writing=True), event) == "Ada"
    assert asked(connection, as_tenant("Ada", VICTIM.organisation, writing=True), event) == "Ada"
    alone = f"SELECT set_config('flotilla.organisation_id', '{VICTIM.organisation}', true)"
    assert asked(connection, alone, event) is None


def test_what_is_slow_is_stopped(connection: Connection) -> None:
    """By PostgreSQL, before the request is given up."""
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        asked(connection, operating("Ada", writing=False), "SELECT pg_sleep(20)")

"""What all models have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint

from app.models.everything import Base
from app.models.rights import NEVER_CHANGED, READ_ONLY, REPLACED, SHARED, policies

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
every_table = pytest.mark.parametrize("name", sorted(set(TABLES) - {"schema_compatibility"}))


@every_table
def test_rows_know_when_they_were_made_and_changed(name: str) -> None:
    """What is never changed knows only when it was made."""
    columns = set(TABLES[name].columns.keys())
    assert "created_at" in columns
    assert ("updated_at" in columns) == (name not in NEVER_CHANGED | REPLACED)


@every_table
def test_ids_are_made_by_the_database(name: str) -> None:
    """A UUIDv7, whoever inserts the row; rows without an id are known by what they join."""
    table = TABLES[name]
    if "id" in table.columns:
        assert [column.name for column in table.primary_key] == ["id"]
        assert str(table.columns["id"].server_default.arg) == "uuid7()"  # type: ignore[union-attr]
    else:
        assert len(table.primary_key) > 1


@every_table
def test_times_and_lengths_have_zones_and_units(name: str) -> None:
    """A time says in which zone; a number of bytes or seconds says so in its name."""
    for column in TABLES[name].columns:
        kind = str(column.type)
        if kind == "DATETIME":
            assert column.type.timezone, column  # type: ignore[attr-defined]
            assert column.name.endswith(("_at", "_until")), column
        assert not column.name.endswith(("_size", "_time", "_duration", "_width", "_height")), column


@every_table
def test_deleting_a_row_need_not_search_for_those_that_belong_to_it(name: str) -> None:
    """For every key an index begins with its columns, or with the one that says most."""
    table = TABLES[name]
    for key in table.foreign_key_constraints:
        columns = set(key.column_keys)
        telling = (columns - {"organisation_id"}) or columns
        assert any(set(index[: len(columns)]) == columns or index[0] in telling for index in indexes(table)), (
            f"{table.name}: {key.column_keys}"
        )


def indexes(table: Table) -> Iterator[list[str]]:
    yield [column.name for column in table.primary_key]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [column.name for column in constraint.columns]
    for index in table.indexes:
        assert isinstance(index, Index)
        yield [str(getattr(part, "name", part)) for part in index.expressions]


@every_table
def test_a_row_of_a_site_stays_in_its_organisation(name: str) -> None:
    """Keys between tables of an organisation hold its id; every such table has a policy of its own."""
    table = TABLES[name]
    for key in table.foreign_key_constraints:
        assert isinstance(key, ForeignKeyConstraint)
        if "organisation_id" in key.referred_table.columns:
            assert "organisation_id" in key.column_keys
    if "site_id" in table.columns:
        assert "organisation_id" in table.columns
    assert bool(policies(table)) == (name not in SHARED)


def test_rights_name_tables_that_are_there() -> None:
    """One that was renamed would silently get all rights."""
    assert set(TABLES) | {"alembic_version"} >= NEVER_CHANGED | REPLACED | READ_ONLY | SHARED

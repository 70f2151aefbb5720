"""Reading rows of any table: a page of them, one with what hangs on it, some by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    RowMapping,
    Select,
    Table,
    Text,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy import text as sql_text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.surfaces.admin.studio.columns import Kind, Relation, facts, name_column, primary_key, relations
from app.surfaces.admin.studio.values import MOST_BYTES, Cut, key_of, parts_of, read

# Beyond this many, rows are not counted: PostgreSQL's own estimate is told instead, or only that there are more.
COUNTED = 5_000

# Of texts, lists carry so many characters; pages of one row carry all.
_IN_LISTS = 200
_LENGTH_OF = "length of "
_ENDLESS = "endless "


@dataclass
class Row:
    """A row: `values` by column, `related` the row that a column leads to, `hanging` what leads to it."""

    table: Table
    values: dict[str, Any]
    related: dict[str, Row] = field(default_factory=dict)
    hanging: list[Hanging] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Which row it is."""
        return key_of(primary_key(self.table), facts(self.table), self.values)

    @property
    def name(self) -> str:
        """What people call it."""
        column = name_column(self.table)
        called = self.values.get(column) if column else None
        return str(called) if called else self.key


@dataclass(frozen=True)
class Hanging:
    """Rows of another table that lead to one; `ondelete` says what becomes of them with it. `more`: not all counted."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Any, ...]
    count: int
    more: bool
    ondelete: str


@dataclass(frozen=True)
class Count:
    """How many rows there are: `rows`, or about or more than so many."""

    rows: int
    exact: bool
    estimated: bool = False

    def __str__(self) -> str:
        number = f"{self.rows:,}".replace(",", " ")
        if self.exact:
            return number
        return f"about {number}" if self.estimated else f"more than {number}"


def selected(table: Table, *, briefly: bool) -> list[ColumnElement[Any]]:
    """The columns as they are read: of secrets whether they are set, of long ones their beginning."""
    chosen: list[ColumnElement[Any]] = []
    for name, column_facts in facts(table).items():
        column: ColumnElement[Any] = table.c[name]
        if column_facts.secret:
            chosen.append(column.is_not(None).label(name))
        elif isinstance(table.c[name].type, LargeBinary):
            chosen.append(func.substring(column, 1, MOST_BYTES, type_=LargeBinary()).label(name))
            chosen.append(func.octet_length(column).label(_LENGTH_OF + name))
        elif column_facts.kind is Kind.TIME:
            # Python has no infinite time: that comes as the word.
            chosen.append(case((func.isfinite(column), column)).label(name))
            chosen.append(case((not_(func.isfinite(column)), column.cast(Text))).label(_ENDLESS + name))
        elif briefly and column_facts.kind is Kind.LONG_TEXT:
            chosen.append(func.left(column, _IN_LISTS).label(name))
        elif briefly and column_facts.kind is Kind.JSON:
            # As a whole, or not at all: half of it would be none.
            small = func.octet_length(column.cast(Text())) <= 10_000
            chosen.append(case((small, column), else_=literal_column("'\"… too long for a list\"'::jsonb")).label(name))
        else:
            chosen.append(column)
    return chosen


def row_of(table: Table, found: RowMapping) -> Row:
    values = {name: found[name] for name in table.columns.keys()}  # noqa: SIM118 - its elements are columns
    for name in values:
        values[name] = found.get(_ENDLESS + name) or values[name]
        length = found.get(_LENGTH_OF + name)
        if length is not None and length > MOST_BYTES:
            values[name] = Cut(bytes(values[name]), length)
        elif length is not None:
            values[name] = bytes(values[name])
    return Row(table, values)


def is_row(table: Table, key: str) -> ColumnElement[bool] | None:
    """The condition for one row; None if the key can be of none."""
    names = primary_key(table)
    parts = parts_of(names, key)
    if parts is None:
        return None
    known = facts(table)
    try:
        return and_(*(table.c[name] == read(known[name], part) for name, part in zip(names, parts, strict=True)))
    except ValueError:
        return None


async def one(connection: AsyncConnection, table: Table, key: str, *, lock: bool = False) -> Row | None:
    """The row of that key, with everything but secrets and very long bytes."""
    condition = is_row(table, key)
    if condition is None:
        return None
    statement = select(*selected(table, briefly=False)).where(condition)
    found = (await connection.execute(statement.with_for_update() if lock else statement)).mappings().first()
    return None if found is None else row_of(table, found)


async def some(connection: AsyncConnection, table: Table, keys: Iterable[str]) -> list[Row]:
    """The rows of those keys, as far as they are there."""
    conditions = [condition for key in keys if (condition := is_row(table, key)) is not None]
    if not conditions:
        return []
    statement: Select[Any] = select(*selected(table, briefly=True)).where(or_(*conditions))
    return [row_of(table, found) for found in (await connection.execute(statement)).mappings()]


async def page(
    connection: AsyncConnection,
    table: Table,
    *,
    condition: ColumnElement[bool] | None,
    order: Sequence[ColumnElement[Any]],
    limit: int,
    offset: int = 0,
) -> list[Row]:
    """Rows in that order, cut short for a list."""
    statement = select(*selected(table, briefly=True)).order_by(*order).limit(limit).offset(offset)
    if condition is not None:
        statement = statement.where(condition)
    return [row_of(table, found) for found in (await connection.execute(statement)).mappings()]


async def count(connection: AsyncConnection, table: Table, condition: ColumnElement[bool] | None) -> Count:
    """How many rows there are: exactly up to `COUNTED`, and then as PostgreSQL estimates where nothing is filtered."""
    some_rows = select(sql_text("1")).select_from(table).limit(COUNTED + 1)
    if condition is not None:
        some_rows = some_rows.where(condition)
    number = (await connection.execute(select(func.count()).select_from(some_rows.subquery()))).scalar_one()
    if number <= COUNTED:
        return Count(number, exact=True)
    estimate = await estimated(connection, table) if condition is None else 0
    return Count(estimate, exact=False, estimated=True) if estimate > COUNTED else Count(COUNTED, exact=False)


async def estimated(connection: AsyncConnection, table: Table) -> int:
    """How many rows of everybody PostgreSQL thinks that there are; 0 while it does not know."""
    statement = sql_text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")
    return max(0, (await connection.execute(statement, {"name": table.name})).scalar() or 0)


async def relate(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Fills in what the rows lead to, by name: one statement per key."""
    if not rows:
        return
    metadata = rows[0].table.metadata
    for column, relation in relations(rows[0].table).items():
        wanted = {values for row in rows if None not in (values := _own(row, relation))}
        if not wanted:
            continue
        target = metadata.tables[relation.target]
        referred = [target.c[name] for name in relation.referred]
        statement = select(*selected(target, briefly=True)).where(tuple_(*referred).in_(sorted(wanted)))
        found = {}
        for each in (await connection.execute(statement)).mappings():
            found[tuple(each[name] for name in relation.referred)] = row_of(target, each)
        for row in rows:
            if other := found.get(_own(row, relation)):
                row.related[column] = other


def _own(row: Row, relation: Relation) -> tuple[Any, ...]:
    return tuple(row.values[name] for name in relation.columns)

"""Rows as the API serves them: pages in the order of their ids, one, a new one, a change of one version, and none.

A subject says its table and columns here; it does not import the model, for which every start would pay. The unit tests
hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError, changed_meanwhile, site_not_found
from app.refusals import refusing
from app.versions import etag

Versions = Sequence[datetime] | None
Row = Mapping[str, object]
"""A row as the API shows it: what its `Rows` show, and `etag`."""

_NOTHING: Mapping[str, str] = {}
# Parameters of the statements that are no column's are `the_parent` and `the_row`: a column may be called parent_id.


@dataclass(frozen=True)
class Parent:
    """What rows hang on: `column` has its id, `missing` is the error where it is not there."""

    table: str
    column: str
    missing: Callable[[], PlatformError]


SITE = Parent("site", "site_id", site_not_found)


@dataclass(frozen=True)
class Rows:
    """The rows of a table, those of one `parent` at a time if there is one.

    `shown` are columns, `taken` columns that are written with their types, `filters` conditions by the name of their
    parameter, all as SQL. `refusals` are the errors for constraints, `outside` that for a new row of what is not acted
    for, without a parent. Errors besides: 404 `missing`, 412, 422.
    """

    table: str
    shown: tuple[str, ...]
    taken: Mapping[str, str]
    missing: Callable[[], PlatformError]
    parent: Parent | None = SITE
    filters: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, Callable[[], PlatformError]] = field(default_factory=dict)
    outside: Callable[[], PlatformError] | None = None

    async def page(
        self,
        connection: AsyncConnection,
        parent_id: str | None,
        *,
        after: str | None,
        limit: int,
        falling: bool = False,
        sought: Mapping[str, str | None] | None = None,
    ) -> list[Row]:
        """At most `limit` rows behind the id `after`, of those that `sought` says (None: whatever they are)."""
        given = {name: value for name, value in (sought or {}).items() if value is not None}
        conditions = [self._of_parent(), *(self.filters[name] for name in given)]
        if after is not None:
            conditions.append(f"id {'<' if falling else '>'} CAST(:after AS uuid)")
        statement = (
            f"SELECT {', '.join(self.shown)} FROM {self.table} WHERE {' AND '.join(conditions)}"  # noqa: S608 - names alone
            f" ORDER BY id{' DESC' if falling else ''} LIMIT :limit"
        )
        values: dict[str, object] = {"the_parent": parent_id, "after": after, "limit": limit, **given}
        rows = (await connection.execute(text(statement), values)).all()
        if not rows and self.parent is not None:
            there = f"SELECT FROM {self.parent.table} WHERE id = CAST(:the_parent AS uuid)"
            if (await connection.execute(text(there), {"the_parent": parent_id})).first() is None:
                raise self.parent.missing()
        return [self._named(row) for row in rows]

    async def by_id(self, connection: AsyncConnection, parent_id: str | None, row_id: str) -> Row:
        """The row with that id, if it is of that parent."""
        found = await self._find(connection, parent_id, row_id)
        if found is None:
            raise self.missing()
        return found

    async def create(
        self,
        connection: AsyncConnection,
        parent_id: str | None,
        values: Mapping[str, object],
        *,
        computed: Mapping[str, str] = _NOTHING,
    ) -> Row:
        """A new row of `values`, and of what `computed` says as SQL; the rest is the table's defaults."""
        made = {**{name: self._cast(name) for name in values}, **computed}
        refusals = dict(self.refusals)
        if self.parent is not None:
            made = {self.parent.column: "CAST(:the_parent AS uuid)", **made}
            refusals[f"fk_{self.table}_organisation_id_{self.parent.column}"] = self.parent.missing
        statement = (
            f"INSERT INTO {self.table} ({', '.join(made)}) VALUES ({', '.join(made.values())})"  # noqa: S608 - as above
            f" RETURNING {', '.join(self.shown)}"
        )
        with refusing(refusals, elsewhere=self.parent.missing if self.parent else self.outside):
            done = await connection.execute(text(statement), {"the_parent": parent_id, **values})
            return self._named(done.one())

    async def change(
        self,
        connection: AsyncConnection,
        parent_id: str | None,
        row_id: str,
        values: Mapping[str, object],
        *,
        computed: Mapping[str, str] = _NOTHING,
        versions: Versions,
    ) -> Row:
        """Changes what `values` and `computed` name, if the row is in one of `versions`."""
        made = {**{name: self._cast(name) for name in values}, **computed, "updated_at": "now()"}
        statement = f"UPDATE {self.table} SET {', '.join(f'{name} = {value}' for name, value in made.items())}"  # noqa: S608
        with refusing(self.refusals):
            changed = await self._one(connection, statement, parent_id, row_id, values, versions)
        return self._named(changed)

    async def remove(
        self, connection: AsyncConnection, parent_id: str | None, row_id: str, *, versions: Versions
    ) -> None:
        """Deletes the row, if it is in one of `versions`."""
        await self._one(connection, f"DELETE FROM {self.table}", parent_id, row_id, {}, versions)  # noqa: S608 - as above

    async def _one(
        self,
        connection: AsyncConnection,
        statement: str,
        parent_id: str | None,
        row_id: str,
        values: Mapping[str, object],
        versions: Versions,
    ) -> Sequence[Any]:
        statement += f" WHERE {self._identity()}"
        given: dict[str, object] = {**values, "the_parent": parent_id, "the_row": row_id}
        if versions is not None:
            statement += " AND updated_at = ANY(CAST(:versions AS timestamptz[]))"
            given["versions"] = list(versions)
        row = (await connection.execute(text(f"{statement} RETURNING {', '.join(self.shown)}"), given)).first()
        if row is None:
            raise changed_meanwhile(await self.by_id(connection, parent_id, row_id))
        return row

    async def _find(self, connection: AsyncConnection, parent_id: str | None, row_id: str) -> Row | None:
        statement = f"SELECT {', '.join(self.shown)} FROM {self.table} WHERE {self._identity()}"  # noqa: S608 - as above
        row = (await connection.execute(text(statement), {"the_parent": parent_id, "the_row": row_id})).first()
        return None if row is None else self._named(row)

    def _of_parent(self) -> str:
        return "true" if self.parent is None else f"{self.parent.column} = CAST(:the_parent AS uuid)"

    def _identity(self) -> str:
        return f"id = CAST(:the_row AS uuid) AND {self._of_parent()}"

    def _cast(self, name: str) -> str:
        return f"CAST(:{name} AS {self.taken[name]})"

    def _named(self, row: Iterable[Any]) -> Row:
        named = dict(zip(self.shown, row, strict=True))
        if "updated_at" in named:
            named["etag"] = etag(cast(datetime, named["updated_at"]))
        return named

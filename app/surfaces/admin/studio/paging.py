"""Pages by key: a page begins after (or ends before) a row, so that the thousandth costs what the first does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, or_, true

from app.surfaces.admin.studio.columns import facts, primary_key
from app.surfaces.admin.studio.rows import Row
from app.surfaces.admin.studio.values import read, written

# (column, whether from the largest on)
Order = Sequence[tuple[str, bool]]


def complete(table: Table, sorts: Order) -> Order:
    """The order made one of all rows: those alike in what was asked for follow their keys."""
    asked = dict(sorts)
    last = next(reversed(asked.values()), False)
    return [*asked.items(), *((name, last) for name in primary_key(table) if name not in asked)]


def order_by(table: Table, order: Order, *, backwards: bool = False) -> list[ColumnElement[Any]]:
    """The order as SQL. PostgreSQL puts nulls last, and first from the largest on."""
    return [table.c[name].desc() if descending != backwards else table.c[name].asc() for name, descending in order]


def place(row: Row, order: Order) -> str:
    """Where a row is in the order, for an address."""
    known = facts(row.table)
    values = [None if row.values[name] is None else written(known[name], row.values[name]) for name, _ in order]
    return json.dumps(values, separators=(",", ":"))


def beyond(table: Table, order: Order, at: str, *, backwards: bool = False) -> ColumnElement[bool]:
    """The condition for what comes after a place, or before it. ValueError for what is no place in this order."""
    known = facts(table)
    texts = json.loads(at)
    if not isinstance(texts, list) or len(texts) != len(order):
        raise ValueError("this is no place in the order")
    values = [
        None if text is None else read(known[name], str(text)) for (name, _), text in zip(order, texts, strict=True)
    ]
    options: list[ColumnElement[bool]] = []
    alike: list[ColumnElement[bool]] = []
    for (name, descending), value in zip(order, values, strict=True):
        column = table.c[name]
        options.append(and_(true(), *alike, _after(column, value, descending != backwards)))
        alike.append(column.is_not_distinct_from(value))
    return or_(false(), *options)


def _after(column: ColumnElement[Any], value: Any, descending: bool) -> ColumnElement[bool]:
    if descending:
        return column.is_not(None) if value is None else column < value
    return false() if value is None else or_(column > value, column.is_(None))

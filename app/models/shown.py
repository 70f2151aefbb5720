"""Which columns the API shows, and which of them it takes: said on the column, followed by queries and schemas."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.orm import DeclarativeBase

API = "api"
"""The key in a column's `info`."""

READ = {API: "read"}
"""`mapped_column(info=READ)`: the API shows it."""

WRITE = {API: "write"}
"""`mapped_column(info=WRITE)`: the API shows it, and takes it for new rows and changes."""


def columns_shown(model: type[DeclarativeBase]) -> tuple[Column[Any], ...]:
    """What the API shows, in the order in which the model declares it."""
    return tuple(column for column in cast(Table, model.__table__).columns if API in column.info)


def columns_taken(model: type[DeclarativeBase]) -> tuple[Column[Any], ...]:
    """What the API takes."""
    return tuple(column for column in columns_shown(model) if column.info[API] == "write")


def casts(model: type[DeclarativeBase]) -> dict[str, str]:
    """What the API takes, by name: the type as SQL, for statements that are written as such."""
    postgresql = dialect()  # type: ignore[no-untyped-call]
    return {column.name: column.type.compile(dialect=postgresql) for column in columns_taken(model)}

"""Fields of the API's schemas from the models' columns, with the types and bounds that the database holds them to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, JsonValue, create_model
from pydantic_core import PydanticCustomError
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    DefaultClause,
    Double,
    Integer,
    SmallInteger,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from app.models.shown import columns_shown, columns_taken

Schema = TypeVar("Schema", bound=BaseModel)

# Text that looks like one is enough: no UUID object is made of it on the way to the database.
_UUID: dict[str, JsonValue] = {"format": "uuid"}
_BITS: dict[type[Integer], int] = {SmallInteger: 16, BigInteger: 64, Integer: 32}


def without_nul(value: str) -> str:
    """The text, if PostgreSQL's `text` can hold it."""
    if "\0" in value:
        raise PydanticCustomError("nul", "The text may not contain the character U+0000")
    return value


def of_rows(model: type[DeclarativeBase]) -> Callable[[type[Schema]], type[Schema]]:
    """Adds to a schema of answers what the API shows of the model, but for the fields that the schema has itself."""

    def added(schema: type[Schema]) -> type[Schema]:
        return _with(schema, {column.key: (_shown_type(column), ...) for column in columns_shown(model)})

    return added


def of_new_rows(model: type[DeclarativeBase]) -> Callable[[type[Schema]], type[Schema]]:
    """Adds to a schema of new rows what the API takes; what has a default or may be null may be left out."""

    def added(schema: type[Schema]) -> type[Schema]:
        return _with(schema, {column.key: _taken(column) for column in columns_taken(model)})

    return added


def others(sent: BaseModel, *named: str) -> dict[str, object]:
    """What was sent beside the fields that are `named`, by column; what was left out is left to the database."""
    return {name: getattr(sent, name) for name in sent.model_fields_set if name not in named}


def _with(schema: type[Schema], fields: dict[str, Any]) -> type[Schema]:
    more = {name: field for name, field in fields.items() if name not in schema.model_fields}
    return create_model(schema.__name__, __base__=schema, __doc__=schema.__doc__, __module__=schema.__module__, **more)


def _shown_type(column: Column[Any]) -> Any:
    type_ = _type(column)
    return type_ | None if column.nullable else type_


def _taken(column: Column[Any]) -> tuple[Any, Any]:
    """The type with its bounds, and what stands for it when it is left out."""
    bounds = _bounds(column)
    type_ = _type(column)
    if isinstance(column.type, Text):
        type_ = Annotated[str, AfterValidator(without_nul)]
    bounded = Annotated[type_, Field(**bounds)] if bounds else type_
    if column.nullable:
        return bounded | None, None
    default = column.server_default
    if default is None:
        return bounded, ...
    if not isinstance(default, DefaultClause) or not isinstance(default.arg, str):
        raise TypeError(f"{column} is taken by the API: its server_default has to be a plain value")
    plain = {"true": True, "false": False}.get(default.arg) if isinstance(column.type, Boolean) else default.arg
    return bounded, int(default.arg) if isinstance(column.type, Integer) else plain


def _type(column: Column[Any]) -> Any:
    type_ = column.type
    if isinstance(type_, Uuid):
        return Annotated[str, Field(json_schema_extra=_UUID)]
    if isinstance(type_, ARRAY) and isinstance(type_.item_type, Text):
        return list[str]
    if isinstance(type_, JSONB):
        return dict[str, JsonValue]
    kinds = {Text: str, Boolean: bool, Integer: int, Double: float, DateTime: datetime, Date: date}
    for kind, made in kinds.items():
        if isinstance(type_, kind):
            return made
    raise TypeError(f"{column} is shown by the API, which knows no {type(type_).__name__}: teach it in {__name__}")


def _bounds(column: Column[Any]) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    if isinstance(column.type, Integer):
        bits = next(bits for kind, bits in _BITS.items() if isinstance(column.type, kind))
        bounds = {"ge": -(2 ** (bits - 1)), "le": 2 ** (bits - 1) - 1}
    for constraint in column.table.constraints:
        if isinstance(constraint, CheckConstraint) and constraint.info.get("column") == column.name:
            bounds |= constraint.info["bounds"]
    return bounds

"""Fields of the API's schemas from the models' columns, with the types and bounds that the database holds them to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, JsonValue, create_model
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
from app.surfaces.api.schemas import Id, IdOf, JsonObject, Time, left_out, lines

Schema = TypeVar("Schema", bound=BaseModel)

_BITS: dict[type[Integer], int] = {SmallInteger: 16, BigInteger: 64, Integer: 32}


def of_rows(model: type[DeclarativeBase]) -> Callable[[type[Schema]], type[Schema]]:
    """Adds to a schema of answers what the API shows of the model, but for the fields that the schema has itself."""

    def added(schema: type[Schema]) -> type[Schema]:
        return _with(schema, columns_shown(model), lambda column: (_shown_type(column), ...))

    return added


def of_new_rows(model: type[DeclarativeBase]) -> Callable[[type[Schema]], type[Schema]]:
    """Adds to a schema of new rows what the API takes; what has a default or may be null may be left out."""

    def added(schema: type[Schema]) -> type[Schema]:
        return _with(schema, columns_taken(model), lambda column: (_taken_type(column), _default(column)))

    return added


def of_changes(model: type[DeclarativeBase]) -> Callable[[type[Schema]], type[Schema]]:
    """Adds to a schema of changes what the API takes; what is left out stays."""

    def added(schema: type[Schema]) -> type[Schema]:
        return _with(schema, columns_taken(model), lambda column: (_taken_type(column), left_out()))

    return added


def _with(
    schema: type[Schema], columns: Iterable[Column[Any]], field: Callable[[Column[Any]], tuple[Any, Any]]
) -> type[Schema]:
    more: dict[str, Any] = {column.key: field(column) for column in columns if column.key not in schema.model_fields}
    if not more:
        return schema
    return create_model(schema.__name__, __base__=schema, __doc__=schema.__doc__, __module__=schema.__module__, **more)


def _shown_type(column: Column[Any]) -> Any:
    type_ = _type(column)
    return type_ | None if column.nullable else type_


def _taken_type(column: Column[Any]) -> Any:
    """With the bounds that the table's checks say."""
    type_ = _type(column)
    if isinstance(column.type, Text):
        type_ = Annotated[str, AfterValidator(lines)]
    elif isinstance(column.type, Uuid):
        type_ = IdOf
    elif isinstance(column.type, DateTime):
        type_ = Time
    elif isinstance(column.type, JSONB):
        type_ = JsonObject
    bounds = _bounds(column)
    bounded = Annotated[type_, Field(**bounds)] if bounds else type_
    return bounded | None if column.nullable else bounded


def _default(column: Column[Any]) -> Any:
    """What stands for it in a new row when it is left out; `...` where it may not be."""
    default = column.server_default
    if column.nullable or default is None:
        return None if column.nullable else ...
    if isinstance(column.type, JSONB) and isinstance(default, DefaultClause) and str(default.arg) == "'{}'":
        return Field(default_factory=dict)
    if not isinstance(default, DefaultClause) or not isinstance(default.arg, str):
        raise TypeError(f"{column} is taken by the API: its server_default has to be a plain value")
    if isinstance(column.type, Boolean):
        return default.arg == "true"
    return int(default.arg) if isinstance(column.type, Integer) else default.arg


def _type(column: Column[Any]) -> Any:
    type_ = column.type
    if isinstance(type_, Uuid):
        return Id
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

"""The filters of a column's kind. Each tells a wrong value before the database is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from sqlalchemy import Column, ColumnElement, Text, and_, cast, func, not_, or_, true
from starlette.requests import Request
from starlette_admin.filters import BaseFilter, FilterApplyContext, FilterDataType, FilterGroup, FilterValidationError

from app.surfaces.admin.studio.columns import Facts, Kind
from app.surfaces.admin.studio.values import read

# How a filter asks for its value.
_ASKED = {
    Kind.WHOLE: FilterDataType.NUMBER,
    Kind.NUMBER: FilterDataType.NUMBER,
    Kind.DATE: FilterDataType.DATE,
    Kind.TIME: FilterDataType.DATETIME,
}

Clause = Callable[[Column[Any], Any, Any], ColumnElement[bool]]


class _Filter(BaseFilter):
    """One comparison of one column, made by `filters_of`."""

    column: ClassVar[Column[Any]]
    facts: ClassVar[Facts]
    clause: ClassVar[Clause]
    offered: ClassVar[tuple[str, ...]] = ()

    def parse_value(self, raw: Any) -> Any:
        """The value as the column holds it."""
        if self.facts.kind in {Kind.WORDS, Kind.JSON}:
            return str(raw)
        if self.facts.kind is Kind.TIME:
            # A browser's field for times has no zone: what it sends is UTC, as the label says.
            raw = raw if re.search(r"(Z|[+-]\d\d:?\d\d)$", str(raw)) else f"{raw}Z"
        try:
            if self.name in {"in", "not_in"}:
                return [read(self.facts, str(each)) for each in (raw if isinstance(raw, list) else str(raw).split(","))]
            value = read(self.facts, str(raw)) if self.name not in _PARTS else str(raw)
        except ValueError as error:
            raise FilterValidationError(f"{self.facts.name}: {error}") from error
        if isinstance(value, str) and "\0" in value:
            raise FilterValidationError(f"{self.facts.name}: the character U+0000 cannot be stored.")
        return value

    def get_choices(self, request: Request) -> Sequence[tuple[Any, str]] | None:
        """The words that the column may hold."""
        return [(word, word) for word in self.offered] or None

    def apply(self, ctx: FilterApplyContext) -> ColumnElement[bool]:
        """The condition."""
        return type(self).clause(self.column, ctx.value, ctx.value2)


_PARTS = {"contains", "not_contains", "starts"}


def _like(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_EQUAL: dict[str, tuple[str, Clause]] = {
    "eq": ("Is", lambda column, value, _: column == value),
    "neq": ("Is not", lambda column, value, _: column.is_distinct_from(value)),
}
_COMPARED: dict[str, tuple[str, Clause]] = {
    "gte": ("From … on", lambda column, value, _: column >= value),
    "lte": ("Up to", lambda column, value, _: column <= value),
    "between": ("Between", lambda column, value, other: column.between(value, other)),
}
_IN: dict[str, tuple[str, Clause]] = {
    "in": ("Is one of", lambda column, value, _: column.in_(value)),
    "not_in": ("Is none of", lambda column, value, _: column.not_in(value)),
}
_TEXT: dict[str, tuple[str, Clause]] = {
    "contains": ("Contains", lambda column, value, _: column.ilike(f"%{_like(value)}%")),
    "starts": ("Begins with", lambda column, value, _: column.ilike(f"{_like(value)}%")),
    "not_contains": (
        "Does not contain",
        lambda column, value, _: not_(func.coalesce(column, "").ilike(f"%{_like(value)}%")),
    ),
}
_NULL: dict[str, tuple[str, Clause]] = {
    "is_null": ("Is empty", lambda column, *_: column.is_(None)),
    "is_not_null": ("Is not empty", lambda column, *_: column.is_not(None)),
}
_BOOLEAN: dict[str, tuple[str, Clause]] = {
    "is_true": ("Is true", lambda column, *_: column.is_(True)),
    "is_false": ("Is false", lambda column, *_: column.is_(False)),
}
_TIMES: dict[str, tuple[str, Clause]] = {
    "in_past": ("Is in the past", lambda column, *_: column <= func.now()),
    "in_future": ("Is in the future", lambda column, *_: column > func.now()),
}
_WORDS: dict[str, tuple[str, Clause]] = {
    "has": ("Has the word", lambda column, value, _: column.any(value)),
    "has_not": ("Has not the word", lambda column, value, _: not_(column.any(value))),
}
_JSON: dict[str, tuple[str, Clause]] = {
    "contains": ("Contains the text", lambda column, value, _: cast(column, Text).ilike(f"%{_like(value)}%")),
}
_VALUELESS = {*_NULL, *_BOOLEAN, *_TIMES}


def _of_kind(facts: Facts) -> dict[str, tuple[str, Clause]]:
    if facts.secret or facts.kind is Kind.BYTES:
        return {}
    if facts.kind is Kind.WORDS:
        return _WORDS
    if facts.choices:
        return _EQUAL | _IN
    return {
        Kind.TEXT: _TEXT | _EQUAL,
        Kind.LONG_TEXT: _TEXT,
        Kind.UUID: _EQUAL | _IN,
        Kind.BOOLEAN: _BOOLEAN,
        Kind.TIME: _COMPARED | _TIMES,
        Kind.DATE: _EQUAL | _COMPARED,
        Kind.WHOLE: _EQUAL | _COMPARED,
        Kind.NUMBER: _EQUAL | _COMPARED,
        Kind.JSON: _JSON,
    }[facts.kind]


def filters_of(column: Column[Any], facts: Facts) -> list[type[BaseFilter]]:
    """The filters that a column has."""
    return [
        type(
            f"{name}_{facts.name}",
            (_Filter,),
            {
                "name": name,
                "label": f"{label} (UTC)" if facts.kind is Kind.TIME and name in _COMPARED else label,
                "data_type": _data_type(name, facts),
                "has_value2": name == "between",
                "column": column,
                "facts": facts,
                "clause": staticmethod(clause),
                "offered": facts.choices if name in {*_EQUAL, *_WORDS} else (),
            },
        )
        for name, (label, clause) in (_of_kind(facts) | (_NULL if facts.nullable else {})).items()
    ]


def _data_type(name: str, facts: Facts) -> FilterDataType:
    if name in _VALUELESS:
        return FilterDataType.NONE
    return FilterDataType.ARRAY if name in _IN else _ASKED.get(facts.kind, FilterDataType.STRING)


def condition_of(group: FilterGroup | None, filters: dict[str, list[type[BaseFilter]]]) -> ColumnElement[bool] | None:
    """The whole tree of filters as one condition; None where there is nothing to filter. They are checked already."""
    if group is None or not group.rules:
        return None
    parts: list[ColumnElement[bool]] = []
    for rule in group.rules:
        if isinstance(rule, FilterGroup):
            part = condition_of(rule, filters)
            parts += [] if part is None else [part]
        else:
            chosen = next(each for each in filters[rule.field] if each.name == rule.filter)
            parts.append(chosen().apply(FilterApplyContext(None, rule.field, rule.value, rule.value2)))
    return or_(*parts) if group.logic == "or" and parts else and_(true(), *parts)


def equals(columns: Sequence[str], values: Sequence[Any]) -> str:
    """The filter, as it stands in an address, for rows whose columns hold these values."""
    return " AND ".join(
        f"{name}__eq={json.dumps(str(value))}" for name, value in zip(columns, values, strict=True) if value is not None
    )

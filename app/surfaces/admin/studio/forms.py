"""What was typed into a form, as values of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette_admin.exceptions import FormValidationError

from app.surfaces.admin.studio.columns import Facts, Relation
from app.surfaces.admin.studio.rows import Row
from app.surfaces.admin.studio.values import Typed, read, written


def read_form(
    known: Mapping[str, Facts], relations: Mapping[str, Relation], data: Mapping[str, Any], row: Row | None
) -> dict[str, Any]:
    """The values of the columns that the form has; of a `row` that is changed, only those that were typed anew.

    A column that leads to a row has that row's key. Raises FormValidationError with everything that is wrong.
    """
    values: dict[str, Any] = {}
    wrong: dict[str | int, Any] = {}
    following = {name for each in relations.values() for name in each.columns[:-1]}
    for name, typed in data.items():
        if row is not None and _same(typed, _stood(known[name], name, row)):
            continue
        if row is None and not typed and (known[name].default is not None or name in following):
            continue
        try:
            values[name] = _chosen(known[name], typed) if name in relations else read(known[name], typed)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise FormValidationError(wrong)
    return values


def _chosen(facts: Facts, typed: Typed) -> str | None:
    if not typed and facts.nullable:
        return None
    if not typed:
        raise ValueError("This has to be given.")
    return str(typed)


def _stood(facts: Facts, name: str, row: Row) -> Typed:
    """What stood in the form of that row."""
    other = row.related.get(name)
    return other.key if other is not None else written(facts, row.values[name])


def _same(typed: Typed, stood: Typed) -> bool:
    """Whether nothing was typed anew: browsers change line ends on the way."""
    if isinstance(typed, str) and isinstance(stood, str):
        return typed.replace("\r\n", "\n") == stood.replace("\r\n", "\n")
    return (typed or []) == (stood or [])

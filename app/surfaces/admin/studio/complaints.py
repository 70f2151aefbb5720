"""What the database says against a row, in words and at the field that it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import CheckConstraint, MetaData, Table, UniqueConstraint

_LENGTH = re.compile(r"char_length\(\w+\) BETWEEN (\d+) AND (\d+)")
_ONE_OF = re.compile(r"\w+ IN \((.*)\)")
_WORDS = re.compile(r"\w+")

# What was said of no field in particular, for the form to show above all of them.
WHOLE_ROW = ""


def complaint(
    metadata: MetaData,
    table: Table,
    *,
    sqlstate: str,
    constraint: str | None = None,
    column: str | None = None,
    message: str = "",
    of_table: str | None = None,
) -> Mapping[str, str]:
    """Field → sentence, from the parts of PostgreSQL's error. The sentence is about the whole row under `WHOLE_ROW`."""
    about = metadata.tables.get(of_table or "", table)
    if sqlstate == "23502" and column:
        return {column: "This has to be given."}
    if sqlstate == "23514" and constraint:
        return _check(about, constraint, message)
    if sqlstate == "23505" and constraint:
        return _taken(about, constraint)
    if sqlstate == "23503" and constraint:
        return _key(table, about, constraint)
    if sqlstate == "25006":
        return {WHOLE_ROW: "Studio is read-only: switch writing on first, with a reason."}
    if sqlstate == "42501":
        return {WHOLE_ROW: f"You may not write this here ({message})."}
    field = next(
        (name for name in [column.name for column in table.columns] if re.search(rf"\b{name}\b", message)), WHOLE_ROW
    )
    return {field: f"{message[:1].upper()}{message[1:]}."}


def _check(table: Table, constraint: str, message: str) -> Mapping[str, str]:
    for check in table.constraints:
        if not isinstance(check, CheckConstraint) or check.name != constraint:
            continue
        rule = str(check.sqltext)
        fields = [name for name in dict.fromkeys(_WORDS.findall(rule)) if name in table.columns]
        if length := _LENGTH.fullmatch(rule):
            return {fields[0]: f"This has to be {length[1]} to {length[2]} characters long."}
        if words := _ONE_OF.fullmatch(rule):
            return {fields[0]: f"This has to be one of {words[1].replace(chr(39), '')}."}
        if " ~ " in rule:
            return {fields[0]: f"This does not have the right form: {rule.partition(' ~ ')[2].strip(chr(39))}"}
        sentence = f"This breaks a rule of the table: {rule}"
        return dict.fromkeys(fields[:1] or [WHOLE_ROW], sentence)
    # A rule of a trigger, which has its own words.
    return {WHOLE_ROW: f"{message[:1].upper()}{message[1:]} ({constraint})."}


def _taken(table: Table, constraint: str) -> Mapping[str, str]:
    columns: list[str] = []
    for key in table.constraints:
        if isinstance(key, UniqueConstraint) and key.name == constraint:
            columns = [column.name for column in key.columns]
    for index in table.indexes:
        if index.name == constraint:
            found = [word for part in index.expressions for word in _WORDS.findall(str(part).rpartition(".")[2])]
            columns = [word for word in found if word in table.columns]
    if constraint == table.primary_key.name:
        columns = [column.name for column in table.primary_key]
    shared = {"organisation_id", "site_id"}
    telling = [name for name in columns if name not in shared] or columns
    return {telling[-1] if telling else WHOLE_ROW: "This is taken: another row has it already."}


def _key(table: Table, about: Table, constraint: str) -> Mapping[str, str]:
    """The key's own table tells the two sides apart: what is written leads nowhere, or is still needed elsewhere."""
    if about is not table:
        return {WHOLE_ROW: f"Rows of {about.name} still need this one; take them away or change them first."}
    for key in table.foreign_key_constraints:
        if key.name == constraint:
            return {list(key.column_keys)[-1]: f"There is no such {key.referred_table.name} in this organisation."}
    return {WHOLE_ROW: f"What this leads to is not there ({constraint})."}

"""TypeScript's types of rows, as node-postgres (`pg`) reads and takes them with its own settings. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from app.migrations.schema.pull.relation import Column, Relation

# What a driver makes of a value, and what it takes. 64 bits and decimals would lose digits as numbers.
_NUMBER = ("number", "number")
_EXACT = ("string", "string | number | bigint")
_DECIMAL = ("string", "string | number")
_TIME = ("Date", "Date | string")
_TYPES = {
    "bool": ("boolean", "boolean"),
    **dict.fromkeys(("int2", "int4", "oid", "float4", "float8"), _NUMBER),
    "int8": _EXACT,
    "numeric": _DECIMAL,
    **dict.fromkeys(("timestamptz", "timestamp", "date"), _TIME),
    "bytea": ("Uint8Array", "Uint8Array"),
    **dict.fromkeys(("json", "jsonb"), ("Json", "Json")),
    "interval": ("object", "string"),
    **dict.fromkeys(("point", "circle"), ("object", "string")),
}
_TEXT = ("string", "string")
# Arrays of these come as arrays; of all others, enums for one, as PostgreSQL's text of them.
_IN_ARRAYS = frozenset(
    {"bool", "bytea", "int2", "int4", "int8", "text", "varchar", "bpchar", "float4", "float8", "oid", "timestamp"}
    | {
        "timestamptz",
        "date",
        "time",
        "interval",
        "json",
        "jsonb",
        "uuid",
        "money",
        "macaddr",
        "inet",
        "cidr",
        "numeric",
    }
)
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")

_JSON = """\
/** What a json or jsonb column holds. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
"""


def render(heading: Sequence[str], relations: Sequence[Relation]) -> str:
    """A module: `…Row` and, for tables, `…Insert` of each relation, and `Tables`, which has all by their names."""
    names = _names(relations)
    parts = ["\n".join([f"/* {heading[0]}", *(f" * {line}".rstrip() for line in heading[1:]), " */"]) + "\n", _JSON]
    for relation, name in zip(relations, names, strict=True):
        what = "view" if relation.is_view else "table"
        rows = [f"  {_key(column.name)}: {_read(column)};" for column in relation.columns]
        parts.append(_interface(f"A row of the {what} {_where(relation)}.", f"{name}Row", rows))
        if not relation.is_view:
            parts.append(_interface(f"A new row of {_where(relation)}.", f"{name}Insert", _inserted(relation)))
    entries = [
        f"  {_key(_where(relation))}: {{ row: {name}Row; insert: {'never' if relation.is_view else f'{name}Insert'} }};"
        for relation, name in zip(relations, names, strict=True)
    ]
    parts.append(_interface("The types of each relation by its name.", "Tables", entries))
    return "\n".join(parts)


def _interface(comment: str, name: str, lines: Sequence[str]) -> str:
    comment = comment.replace("*/", "* /").replace("\n", " ")
    return "\n".join([f"/** {comment} */", f"export interface {name} {{", *lines, "}"]) + "\n"


def _inserted(relation: Relation) -> list[str]:
    lines = []
    for column in relation.columns:
        if column.is_generated:
            continue
        optional = "?" if column.has_default or column.may_be_null else ""
        lines.append(f"  {_key(column.name)}{optional}: {_written(column)};")
    return lines


def _read(column: Column) -> str:
    return _nullable(column, _type(column, 0))


def _written(column: Column) -> str:
    return _nullable(column, _type(column, 1))


def _type(column: Column, way: int) -> str:
    if column.words:
        one = " | ".join(json.dumps(word, ensure_ascii=False) for word in column.words)
        if not column.is_array:
            return one
        return "string" if way == 0 else _array(one)
    one = _TYPES.get(column.type, _TEXT)[way]
    if not column.is_array:
        return one
    if way == 0 and column.type == "numeric":
        return "number[]"
    if column.type not in _IN_ARRAYS:
        return "string" if way == 0 else _array(one)
    return _array(one)


def _array(one: str) -> str:
    return f"({one})[]" if "|" in one else f"{one}[]"


def _nullable(column: Column, type_: str) -> str:
    return f"{type_} | null" if column.may_be_null and type_ != "Json" else type_


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _where(relation: Relation) -> str:
    return relation.name if relation.schema == "public" else f"{relation.schema}.{relation.name}"


def _names(relations: Sequence[Relation]) -> list[str]:
    """`blog_post` → `BlogPost`; with the schema before it but for public; a number after what would come twice."""
    made: list[str] = []
    for relation in relations:
        words = re.split(r"[^A-Za-z0-9]+", _where(relation))
        name = "".join(word[0].upper() + word[1:] for word in words if word) or "Relation"
        name = f"_{name}" if name[0].isdigit() else name
        taken = {"Json", "Tables", *made}
        made.append(next(free for n in range(len(made) + 2) if (free := f"{name}{n or ''}") not in taken))
    return made

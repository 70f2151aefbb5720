"""What the models say of a column, as far as Studio has to know it: kind, choices, lengths, where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, MetaData, Table, UniqueConstraint, types
from sqlalchemy.dialects import postgresql

# Text that may be longer than this is written in a box of several lines, and cut short in lists.
LONG_TEXT = 300

# A row is called by the first of these that its table has.
_NAMES = ("name", "title", "slug", "email", "label", "host", "file_name", "path", "from_path", "url", "kind", "action")

_ONE_OF = re.compile(r"(\w+) IN \((.*)\)")
_SOME_OF = re.compile(r"(\w+) <@ ARRAY\[(.*?)\]")
_LENGTH = re.compile(r"char_length\((\w+)\) BETWEEN (\d+) AND (\d+)")
_WORD = re.compile(r"'([^']*)'")


class Kind(StrEnum):
    """How a column is shown and written."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"
    JSON = "json"
    BYTES = "bytes"
    WORDS = "words"
    UUID = "uuid"


@dataclass(frozen=True)
class Facts:
    """A column. `choices` are the words that it may hold, in order; none: any.

    `default` is what the database puts where nothing is given, in SQL; `prefill` the same as it is typed, if it is a
    value and no function.
    """

    name: str
    kind: Kind
    nullable: bool = False
    secret: bool = False
    primary: bool = False
    generated: bool = False
    default: str | None = None
    prefill: str = ""
    choices: tuple[str, ...] = ()
    most: int | None = None

    @property
    def sortable(self) -> bool:
        """Whether rows can be put in its order and compared with a place in it."""
        return not self.secret and self.kind not in {Kind.JSON, Kind.BYTES, Kind.WORDS, Kind.LONG_TEXT}


@dataclass(frozen=True)
class Relation:
    """A key: `columns` of a row hold `referred` of a row of `target`. `column` is the one that says which."""

    column: str
    columns: tuple[str, ...]
    target: str
    referred: tuple[str, ...]
    ondelete: str


def facts(table: Table) -> dict[str, Facts]:
    """Of every column, in the order of the model."""
    return {column.name: _facts(column) for column in table.columns}


def _facts(column: Column[object]) -> Facts:
    table = column.table
    assert isinstance(table, Table)
    checks = [str(each.sqltext) for each in table.constraints if isinstance(each, CheckConstraint)]
    most = next((int(m[3]) for check in checks if (m := _LENGTH.fullmatch(check)) and m[1] == column.name), None)
    argument = getattr(column.server_default, "arg", None)
    default = None if argument is None else str(getattr(argument, "text", argument))
    literal = isinstance(argument, str) or (default or "").startswith("'")
    return Facts(
        name=column.name,
        kind=_kind(column.type, most),
        nullable=bool(column.nullable),
        secret=bool(column.info.get("secret")),
        primary=column.primary_key,
        generated=column.identity is not None or column.computed is not None,
        default=default,
        prefill=(default or "").strip("'") if literal else "",
        choices=_choices(column, checks),
        most=most,
    )


def _kind(of: types.TypeEngine[object], most: int | None) -> Kind:
    kinds: tuple[tuple[type | tuple[type, ...], Kind], ...] = (
        (types.Uuid, Kind.UUID),
        (types.Boolean, Kind.BOOLEAN),
        (types.Integer, Kind.WHOLE),
        (types.Numeric, Kind.NUMBER),
        (types.DateTime, Kind.TIME),
        (types.Date, Kind.DATE),
        (types.JSON, Kind.JSON),
        (types.LargeBinary, Kind.BYTES),
        ((types.ARRAY, postgresql.ARRAY), Kind.WORDS),
    )
    for classes, kind in kinds:
        if isinstance(of, classes):
            return kind
    return Kind.LONG_TEXT if most is not None and most > LONG_TEXT else Kind.TEXT


def _choices(column: Column[object], checks: list[str]) -> tuple[str, ...]:
    if isinstance(column.type, types.Enum):
        return tuple(column.type.enums)
    for check in checks:
        found = _ONE_OF.fullmatch(check) or _SOME_OF.match(check)
        if found and found[1] == column.name:
            return tuple(_WORD.findall(found[2]))
    return ()


def relations(table: Table) -> dict[str, Relation]:
    """Of every column that leads somewhere, the shortest key; where it has none of its own, one that it is part of.

    A post's site is in an organisation, so the post's own `organisation_id` leads there as well.
    """
    found: dict[str, Relation] = {}
    keys = sorted(table.foreign_key_constraints, key=lambda each: len(each.column_keys))
    for key in keys:
        relation = _relation(key)
        found.setdefault(relation.column, relation)
    for relation in (_relation(key) for key in keys if key.referred_table is not table):
        own = dict(zip(relation.referred, relation.columns, strict=True))
        for further in relations(table.metadata.tables[relation.target]).values():
            if own.keys() >= set(further.columns) and own[further.column] not in found:
                columns = tuple(own[name] for name in further.columns)
                found[columns[-1]] = Relation(columns[-1], columns, further.target, further.referred, "")
    return found


def _relation(key: ForeignKeyConstraint) -> Relation:
    columns = tuple(key.column_keys)
    referred = tuple(element.column.name for element in key.elements)
    return Relation(columns[-1], columns, key.referred_table.name, referred, (key.ondelete or "NO ACTION").upper())


def children(metadata: MetaData, table: Table) -> list[tuple[str, Relation]]:
    """Every key that leads to a table: the table that it is of, and the key."""
    return [
        (other.name, _relation(key))
        for other in metadata.sorted_tables
        for key in sorted(other.foreign_key_constraints, key=lambda each: list(each.column_keys))
        if key.referred_table is table
    ]


def name_column(table: Table) -> str | None:
    """The column by which people call a row, if there is one."""
    return next((name for name in _NAMES if name in table.columns), None)


def primary_key(table: Table) -> tuple[str, ...]:
    """The columns that say which row it is."""
    return tuple(column.name for column in table.primary_key)


def found_by(table: Table) -> set[str]:
    """Columns with which an index begins: in them, PostgreSQL finds a value without reading the table."""
    first = {str(getattr(index.expressions[0], "name", "")) for index in table.indexes}
    keys = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return first | {next(iter(key.columns)).name for key in keys} | set(primary_key(table)[:1])

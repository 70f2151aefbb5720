"""What is pulled, as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """`type` is PostgreSQL's short name (`int4`) of what is stored: of an array its items', of a domain its base's.

    `words` are an enum's. What is always generated cannot be written.
    """

    name: str
    type: str
    is_array: bool
    words: tuple[str, ...]
    may_be_null: bool
    has_default: bool
    is_generated: bool


@dataclass(frozen=True)
class Relation:
    """A table, or a view, which has no rows to insert."""

    schema: str
    name: str
    is_view: bool
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Sequence_:
    """A sequence that no identity column has made."""

    schema: str
    name: str
    start: int
    increment: int
    cycles: bool


@dataclass(frozen=True)
class Element:
    """One of the things that an index is over; `column` is its name, empty where `sql` says more than that."""

    column: str
    sql: str


@dataclass(frozen=True)
class Pulled:
    """Everything but what SQLAlchemy reflects itself. A thing is named by schema, table and name.

    `deferrable` are unique and primary keys that may be checked later: whether that is so at first. `partitioned` are
    the keys of partitioned tables, `domain_sizes` what stands in the brackets of a domain's type. `left_out` is what
    models cannot say: its kind (`policy|policies`) and how many there are.
    """

    database: str
    server: str
    relations: Sequence[Relation]
    sequences: Sequence[Sequence_] = ()
    indexed: Mapping[tuple[str, str, str], Sequence[Element]] = field(default_factory=dict)
    deferrable: Mapping[tuple[str, str, str], bool] = field(default_factory=dict)
    excluding: frozenset[tuple[str, str, str]] = frozenset()
    partitioned: Mapping[tuple[str, str], str] = field(default_factory=dict)
    partitions: frozenset[tuple[str, str]] = frozenset()
    domain_sizes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

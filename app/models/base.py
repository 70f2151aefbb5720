"""The base of all models: names of constraints that migrations can rely on, and what many tables have in common.

Every row has a UUIDv7, so ids are in the order in which rows were made. A row of an organisation carries its id, and
one of a site carries both: keys that lead to another row hold them too, so that no row can point into another
organisation or site, and row-level security compares one column without a join (`app/models/rights.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.models.shown import READ

# Names of functions in the database; `app/models/functions.py` has their bodies.
NEW_ID = text("uuid7()")
ACTING_ORGANISATION = text("acting_organisation()")
ACTING_OPERATOR = text("acting_operator()")

# `mapped_column(info=SECRET)`: Studio shows of such a column whether it is set, and never what it holds.
SECRET = {"secret": True}

# Before every id: the first page of what is listed in their order begins after it.
NO_ID = "00000000-0000-0000-0000-000000000000"

# Made by the first migration: the first administrator owns it, and keys from the shell are for it unless they say else.
DEFAULT_ORGANISATION = "00000000-0000-7000-8000-000000000001"

# Ids are strings here: they only pass through, and making an object of each costs more than the rest of a row.
Id = Annotated[str, mapped_column(Uuid(as_uuid=False), primary_key=True, server_default=NEW_ID, info=READ)]
Reference = Annotated[str, mapped_column(Uuid(as_uuid=False))]
# Left out of an INSERT it is the organisation that the transaction acts for, and an error where there is none.
OrganisationId = Annotated[str, mapped_column(Uuid(as_uuid=False), server_default=ACTING_ORGANISATION)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now(), info=READ)]
# A trigger keeps it: see `rights.py`.
UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), info=READ)]
Settings = Annotated[dict[str, object], mapped_column(JSONB, server_default=text("'{}'"))]
Words = Annotated[list[str], mapped_column(ARRAY(Text), server_default=text("'{}'"))]


class Base(DeclarativeBase):
    """All tables of the platform."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {str: Text, datetime: DateTime(timezone=True)}


def in_organisation(*columns: str, parent: str = "organisation", ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """The key of a row of an organisation; with `columns`, to a `parent` of the same organisation."""
    if not columns:
        return ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ondelete=ondelete)
    return _within(("organisation_id",), columns, parent, ondelete)


def in_site(*columns: str, parent: str = "site", ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """The key of a row of a site; with `columns`, to a `parent` of the same site."""
    if not columns:
        return _within(("organisation_id",), ("site_id",), parent, ondelete)
    return _within(("organisation_id", "site_id"), columns, parent, ondelete)


def parent_in_organisation() -> UniqueConstraint:
    """What `in_organisation` and `in_site` refer to in a table of an organisation; also its rows in their order."""
    return UniqueConstraint("organisation_id", "id")


def parent_in_site() -> UniqueConstraint:
    """What `in_site(…, parent=…)` refers to in a table of a site; also the site's rows in their order."""
    return UniqueConstraint("organisation_id", "site_id", "id")


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """The column holds one of the words. No enum type of PostgreSQL: of that, no word can be taken away again."""
    pattern = f"^({'|'.join(re.escape(word.value) for word in words)})$"
    return CheckConstraint(
        f"{column} IN ({', '.join(repr(word.value) for word in words)})",
        name=column,
        info=_bound(column, pattern=pattern),
    )


def length(column: str, most: int, *, least: int = 0, of: str = "") -> CheckConstraint:
    """The text is so many characters long. `of` names the constraint if the column's name is taken."""
    bounds = _bound(column, max_length=most) if least == 0 else _bound(column, min_length=least, max_length=most)
    return CheckConstraint(f"char_length({column}) BETWEEN {least} AND {most}", name=of or column, info=bounds)


def matches(column: str, pattern: str, *, of: str = "") -> CheckConstraint:
    """The text matches the regular expression."""
    return CheckConstraint(f"{column} ~ '{pattern}'", name=of or column, info=_bound(column, pattern=pattern))


def not_negative(*columns: str) -> tuple[CheckConstraint, ...]:
    """The numbers are 0 or more."""
    return tuple(CheckConstraint(f"{column} >= 0", name=column, info=_bound(column, ge=0)) for column in columns)


def _bound(column: str, **bounds: object) -> dict[str, object]:
    """A check as the API's schemas say it: they refuse what the database would."""
    return {"column": column, "bounds": bounds}


def _within(shared: Sequence[str], columns: Sequence[str], parent: str, ondelete: str) -> ForeignKeyConstraint:
    own = [*shared, *columns]
    theirs = [f"{parent}.{column}" for column in (*shared, "id")]
    return ForeignKeyConstraint(own, theirs, ondelete=ondelete)

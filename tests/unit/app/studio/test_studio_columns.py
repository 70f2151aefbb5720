"""What Studio knows of a table comes from its model alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import pytest
from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.models import base
from app.models.everything import Base
from app.models.rights import READ_ONLY, operator_commands
from app.surfaces.admin.studio.application import grouped
from app.surfaces.admin.studio.columns import Kind, children, facts, found_by, name_column, relations
from app.surfaces.admin.studio.fields import briefly
from app.surfaces.admin.studio.view import TableView

TABLES = Base.metadata.tables


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Made(DeclarativeBase):
    """Models of this test's own."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class Shelf(Made):
    __tablename__ = "shelf"
    id: Mapped[base.Id]
    name: Mapped[str]


class Book(Made):
    __tablename__ = "book"
    __table_args__ = (
        base.one_of("colour", Colour),
        base.length("title", 80, least=1),
        base.length("summary", 5_000),
        base._within((), ("shelf_id",), "shelf", "CASCADE"),
    )
    id: Mapped[base.Id]
    shelf_id: Mapped[base.Reference]
    title: Mapped[str]
    summary: Mapped[str | None]
    colour: Mapped[str] = mapped_column(server_default="red")
    pages: Mapped[int] = mapped_column(BigInteger)
    lent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    extras: Mapped[dict[str, object]] = mapped_column(JSONB)
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text))
    scan: Mapped[bytes | None]
    lock_code: Mapped[bytes] = mapped_column(LargeBinary, info=base.SECRET)


def test_a_model_that_nobody_told_studio_of_has_a_view_with_every_column() -> None:
    """Kinds, choices, lengths, relations, filters and forms: no line of Studio knows this table."""
    assert grouped(Made.metadata) == [("Platform", ["book", "shelf"]), ("Organisations", []), ("Sites", [])]
    view = TableView(Made.metadata.tables["book"], None)  # type: ignore[arg-type]  # nothing is asked of the database
    kinds = {name: each.kind for name, each in view.facts.items()}
    assert kinds == {
        "id": Kind.UUID,
        "shelf_id": Kind.UUID,
        "title": Kind.TEXT,
        "summary": Kind.LONG_TEXT,
        "colour": Kind.TEXT,
        "pages": Kind.WHOLE,
        "lent_at": Kind.TIME,
        "extras": Kind.JSON,
        "keywords": Kind.WORDS,
        "scan": Kind.BYTES,
        "lock_code": Kind.BYTES,
    }
    assert view.facts["colour"].choices == ("red", "green")
    assert (view.facts["colour"].prefill, view.facts["title"].most) == ("red", 80)
    assert view.relations["shelf_id"].target == "shelf"
    assert [field.name for field in view.fields] == list(kinds)
    in_form = {field.name for field in view.fields if not field.exclude_from_create}
    assert in_form == set(kinds) - {"id", "lock_code"}
    assert view.filters["lock_code"] == []
    assert {each.name for each in view.filters["title"]} >= {"contains", "starts", "eq"}
    assert view.needs_secret()


def test_every_table_of_the_platform_has_a_view() -> None:
    """In one of the groups."""
    names = [name for _, group in grouped(Base.metadata) for name in group]
    assert sorted(names) == sorted(TABLES)
    for name in names:
        view = TableView(TABLES[name], None)  # type: ignore[arg-type]
        assert [field.name for field in view.fields] == [column.name for column in TABLES[name].columns]
        assert briefly(TABLES[name], tenant=False)


def test_enums_come_from_the_checks_of_the_models() -> None:
    """Those of one word and those of several."""
    assert facts(TABLES["post"])["status"].choices == ("draft", "scheduled", "published", "unlisted", "archived")
    assert facts(TABLES["api_key"])["scopes"].choices == ("read_content", "write_content", "manage")
    assert facts(TABLES["post"])["title"].choices == ()


def test_a_column_leads_where_its_key_does() -> None:
    """Over a key of several columns, and over the key that it is only part of."""
    leading = relations(TABLES["post_author"])
    assert (leading["post_id"].target, leading["account_id"].target) == ("post", "member")
    assert (leading["site_id"].target, leading["site_id"].referred) == ("site", ("organisation_id", "id"))
    assert leading["organisation_id"].target == "organisation"
    assert {name for name, _ in children(Base.metadata, TABLES["plan"])} == {"plan_limit", "organisation"}


def test_indexes_tell_what_can_be_searched_in_a_large_table() -> None:
    """A slug that is unique, but no body."""
    assert "slug" in found_by(TABLES["site"])
    assert "body" not in found_by(TABLES["post"])
    assert name_column(TABLES["post_tag"]) is None


@pytest.mark.parametrize("name", sorted(TABLES))
def test_secrets_are_marked(name: str) -> None:
    """Whatever is called like one; hashes of what is no secret are not."""
    public = {"content_sha256", "key_sha256", "request_sha256"}
    about = ("_at", "_step")
    words = ("secret", "password", "token", "signing_key", "sha256", "recovery", "totp", "otp")
    for column in TABLES[name].columns:
        if any(word in column.name for word in words) and not (column.name in public or column.name.endswith(about)):
            assert column.info.get("secret"), f"{name}.{column.name}: mark it with info=SECRET"


def test_operators_write_what_only_they_write() -> None:
    """But for the tables of the schema itself."""
    for table in READ_ONLY:
        schema = table in {"schema_compatibility", "alembic_version"}
        assert ("UPDATE" in operator_commands(table)) is not schema

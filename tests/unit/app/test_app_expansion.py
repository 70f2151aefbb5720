"""Which changes the code of before survives, and what a column becomes in the API."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.operations import ops
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.migrations.schema.expansion import new_columns, objection
from app.models.base import length, matches, not_negative
from app.models.shown import READ, WRITE
from app.surfaces.api.columns import of_changes, of_new_rows, of_rows


def column(**options: object) -> ops.AddColumnOp:
    return ops.AddColumnOp("post", sa.Column("new", sa.Text, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "survives"),
    [
        (column(), True),
        (column(nullable=False, server_default="x"), True),
        (column(nullable=False), False),
        (ops.DropColumnOp("post", "title"), False),
        (ops.DropTableOp("post"), False),
        (ops.AlterColumnOp("post", "title", modify_nullable=True), True),
        (ops.AlterColumnOp("post", "title", modify_nullable=False), False),
        (ops.AlterColumnOp("post", "title", modify_type=sa.Integer()), False),
        (ops.AlterColumnOp("post", "title", modify_server_default="x"), True),
        (ops.AlterColumnOp("post", "title", modify_server_default=None), False),
        (ops.CreateIndexOp("ix", "post", ["title"]), True),
        (ops.CreateIndexOp("ix", "post", ["title"], unique=True), False),
        (ops.CreateIndexOp("ix", "post", ["title", "new"], unique=True), True),
        (ops.CreateUniqueConstraintOp("uq", "post", ["title"]), False),
        (ops.CreateForeignKeyOp("fk", "post", "media", ["new"], ["id"]), True),
        (ops.CreateForeignKeyOp("fk", "post", "media", ["title"], ["id"]), False),
        (ops.DropIndexOp("ix", "post"), False),
        (ops.ExecuteSQLOp("SELECT 1"), False),
    ],
)
def test_what_the_code_of_before_survives(operation: ops.MigrateOperation, survives: bool) -> None:
    """It neither knows of new columns nor stops using old ones."""
    added = new_columns([column()])
    assert (objection(operation, added) is None) is survives


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.Text}  # noqa: RUF012


class Thing(Base):
    __tablename__ = "thing"
    __table_args__ = (length("name", 3, least=1), matches("code", "^[a-z]+$"), *not_negative("count"))

    id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False), primary_key=True, info=READ)
    name: Mapped[str] = mapped_column(info=WRITE)
    code: Mapped[str | None] = mapped_column(info=WRITE)
    count: Mapped[int] = mapped_column(sa.SmallInteger, server_default="3", info=WRITE)
    secret: Mapped[str]


@of_new_rows(Thing)
class NewThing(BaseModel):
    """A thing to make."""


@of_changes(Thing)
class ThingChange(BaseModel):
    """What is to be changed of a thing."""


@of_rows(Thing)
class ShownThing(BaseModel):
    """A thing."""


def test_a_column_is_in_the_api_as_its_model_says() -> None:
    """Shown, taken, or neither; with a default, or not; and who asks for the fields finds them in the model's order."""
    assert list(ShownThing.model_fields) == ["id", "name", "code", "count"]
    schema = NewThing.model_json_schema()
    assert schema["required"] == ["name"] and list(schema["properties"]) == ["name", "code", "count"]
    assert schema["properties"]["count"] == {
        "default": 3, "maximum": 32767, "minimum": 0, "title": "Count", "type": "integer",
    }  # fmt: skip
    assert ThingChange.model_validate({"count": 1}).model_fields_set == {"count"}
    assert "default" not in ThingChange.model_json_schema()["properties"]["count"]
    assert (NewThing.__name__, NewThing.__doc__) == ("NewThing", "A thing to make.")


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "abcd"}, {"name": "\0"}, {"code": "1"}, {"count": -1}])
def test_the_api_refuses_what_the_database_would(wrong: dict[str, object]) -> None:
    """The same bounds as the checks of the table."""
    with pytest.raises(ValidationError):
        NewThing.model_validate({"name": "a", **wrong})

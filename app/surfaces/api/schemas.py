"""What all parts of the API take and give alike: ids, texts without what no text holds, pages, headers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, to_json
from starlette.convertors import Convertor, register_url_convertor

from app.surfaces.api.patterns import UUID_PATTERN, VISIBLE_PATTERN

JSON_BYTES = 20_000

# What is in no text: PostgreSQL cannot hold U+0000, and nobody means the others. Lines end with U+000A in long texts.
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}")


def _without(control: re.Pattern[str], value: str) -> str:
    found = control.search(value)
    if found:
        raise PydanticCustomError(
            "control", "The text may not contain the character U+{code}", {"code": f"{ord(found[0]):04X}"}
        )
    return value


def one_line(value: str) -> str:
    """Refuses control characters."""
    return _without(_CONTROL, value)


def lines(value: str) -> str:
    """Refuses control characters but tabs and ends of lines."""
    return _without(_CONTROL_IN_TEXT, value)


_UUID: dict[str, JsonValue] = {"format": "uuid"}
# Text that looks like one is enough: no UUID object is made of it on the way to the database.
Key = Annotated[str, Path(pattern=UUID_PATTERN, json_schema_extra=_UUID)]


class IdConvertor(Convertor[str]):
    """`{name:id}` in a path is an id and no other word: for where words have routes of their own beside it."""

    regex = UUID_PATTERN.strip("^$")

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("id", IdConvertor())

After = Annotated[
    str,
    Query(
        pattern=UUID_PATTERN,
        json_schema_extra=_UUID,
        description="Only what comes after this id; `next` of the page before.",
    ),
]
Id = Annotated[str, Field(json_schema_extra=_UUID)]
IdOf = Annotated[str, StringConstraints(pattern=UUID_PATTERN), Field(json_schema_extra=_UUID)]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
IfMatch = Annotated[
    str | None,
    Header(max_length=1000, description="Only if it is still in the version with this `etag`; otherwise 412."),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=VISIBLE_PATTERN,
        description="Sent again with the same key, the same request is done once and gets the same answer.",
    ),
]
Etag = Annotated[str, Field(description="The version, as `If-Match` takes it.")]


def left_out() -> Any:
    """The default of a member that may be left out, and may not be null unless its type says so."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def in_range(value: datetime) -> datetime:
    """Refuses years that PostgreSQL or a client's library may not hold in every zone."""
    if not 1 < value.year < 9999:
        raise PydanticCustomError("year", "The year has to be between 2 and 9998")
    return value


def as_in_rfc_3339(value: object) -> object:
    """Refuses numbers, also those in a text, of which a time could be made as well."""
    if not isinstance(value, str) or _TIME.match(value) is None:
        raise PydanticCustomError("time", "The time has to be a text, such as 2026-01-31T12:00:00Z")
    return value


def storable(value: Any) -> Any:
    """Refuses JSON that PostgreSQL cannot keep, with U+0000 anywhere, and JSON without end."""
    try:
        written = to_json(value)
    except ValueError as error:
        raise PydanticCustomError("json", "The JSON has a text that is none") from error
    if len(written) > JSON_BYTES:
        raise PydanticCustomError("json", "The JSON is longer than {most} bytes", {"most": JSON_BYTES})
    if b"\\u0000" in written:
        raise PydanticCustomError("json", "The JSON may not contain the character U+0000")
    return value


JsonObject = Annotated[dict[str, JsonValue], AfterValidator(storable)]
Time = Annotated[AwareDatetime, BeforeValidator(as_in_rfc_3339), AfterValidator(in_range)]


class Given(BaseModel):
    """What a client sends: a member that is not known is refused, since somebody meant something with it."""

    model_config = ConfigDict(extra="forbid")

    def said(self, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The members that were sent, under their names."""
        return {name: getattr(self, name) for name in self.model_fields_set if name not in without}

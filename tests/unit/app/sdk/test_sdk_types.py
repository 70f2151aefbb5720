"""Each construct of a document in both languages."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.sdk.generate import generate
from tests.unit.app.sdk.documents import EVERYTHING, REFERENCE, document, model, of_field, operation, parameter, ref

PYTHON_MODELS = "sdk/python/flotilla_sdk/models.py"
PYTHON_CLIENT = "sdk/python/flotilla_sdk/client.py"
ASYNC_CLIENT = "sdk/python/flotilla_sdk/async_client.py"
TYPESCRIPT_MODELS = "sdk/typescript/src/models.ts"
TYPESCRIPT_CLIENT = "sdk/typescript/src/client.ts"

NULL = {"type": "null"}
INTEGER = {"type": "integer"}
COLOUR = {"type": "string", "enum": ["red", "green"]}
UNION = {
    "oneOf": [ref("A"), ref("B")],
    "discriminator": {"propertyName": "kind", "mapping": {"a": f"{REFERENCE}A", "b": f"{REFERENCE}B"}},
}
OTHERS = {"Colour": COLOUR, "A": model(kind={"const": "a"}), "B": model(kind={"const": "b"})}


@pytest.mark.parametrize(
    ("schema", "python", "typescript"),
    [
        ({"type": "string", "maxLength": 3, "title": "Field"}, "str", "string"),
        ({"type": "string", "format": "email"}, "str", "string"),
        ({"type": "string", "format": "uuid"}, "UUID", "Uuid"),
        ({"type": "string", "format": "date-time"}, "DateTime", "Timestamp"),
        ({"type": "string", "format": "date"}, "Date", "CalendarDate"),
        (INTEGER, "int", "number"),
        ({"type": "number", "exclusiveMinimum": 0}, "float", "number"),
        ({"type": "boolean"}, "bool", "boolean"),
        ({}, "Any", "unknown"),
        ({"enum": ["red", "green"], "type": "string"}, 'Literal["red", "green"]', '"red" | "green"'),
        ({"const": 1}, "Literal[1]", "1"),
        ({"anyOf": [INTEGER, NULL]}, "int | None", "number | null"),
        ({"type": ["integer", "null"]}, "int | None", "number | null"),
        ({"anyOf": [INTEGER, {"type": "string"}, NULL]}, "int | str | None", "number | string | null"),
        ({"type": "array", "items": {"anyOf": [INTEGER, NULL]}}, "Sequence[int | None]", "Array<number | null>"),
        ({"type": "object", "additionalProperties": INTEGER}, "Mapping[str, int]", "Record<string, number>"),
        ({"type": "object"}, "Mapping[str, Any]", "Record<string, unknown>"),
        (ref("Colour"), "Colour", "Colour"),
        ({"allOf": [ref("Colour")], "default": "red"}, "Colour", "Colour"),
        ({"anyOf": [ref("A"), NULL]}, "A | None", "A | null"),
        (UNION, "A | B", "A | B"),
    ],
)
def test_a_type_in_both_languages(schema: dict[str, Any], python: str, typescript: str) -> None:
    """Required, a member has it; not required, it may also be left out."""
    made = generate(of_field(schema, **OTHERS))
    assert f"\n    field: {python}\n" in made[PYTHON_MODELS]
    assert f"\n  field: {typescript};\n" in made[TYPESCRIPT_MODELS]
    made = generate(of_field(schema, required=False, **OTHERS))
    assert f"\n    field: {python} | Unset = UNSET\n" in made[PYTHON_MODELS]
    assert f"\n  field?: {typescript};\n" in made[TYPESCRIPT_MODELS]


def test_named_values_and_unions_have_names_in_both() -> None:
    """An enumeration is a type of its words, a union one of its models."""
    made = generate(of_field(ref("U"), U=UNION, **OTHERS))
    assert 'U: TypeAlias = "A | B"' in made[PYTHON_MODELS]
    assert "export type U = A | B;" in made[TYPESCRIPT_MODELS]
    made = generate(of_field(ref("Colour"), **OTHERS))
    assert 'Colour: TypeAlias = Literal["red", "green"]' in made[PYTHON_MODELS]
    assert 'export type Colour = "red" | "green";' in made[TYPESCRIPT_MODELS]


def test_a_field_added_to_a_schema_shows_in_both() -> None:
    """With its type, and nothing else changes but the document."""
    before = generate(EVERYTHING)
    grown = copy.deepcopy(EVERYTHING)
    grown["components"]["schemas"]["Thing"]["properties"]["archived_at"] = {
        "anyOf": [{"type": "string", "format": "date-time"}, NULL]
    }
    grown["components"]["schemas"]["Thing"]["required"].append("archived_at")
    after = generate(grown)
    assert "\n    archived_at: DateTime | None\n" in after[PYTHON_MODELS]
    assert "\n  archived_at: Timestamp | null;\n" in after[TYPESCRIPT_MODELS]
    assert {path for path in after if after[path] != before[path]} == {
        "sdk/openapi.json",
        PYTHON_MODELS,
        TYPESCRIPT_MODELS,
    }


def test_an_operation_added_shows_in_every_client() -> None:
    """Under the name of its function, without what FastAPI adds to it."""
    said = operation("close_site_api_v1_sites__site_id__delete")
    said["parameters"] = [parameter("site_id", "path", INTEGER, required=True)]
    made = generate(document({"/api/v1/sites/{site_id}": {"delete": said}}))
    assert "    def close_site(\n        self,\n        site_id: int,\n    ) -> None:" in made[PYTHON_CLIENT]
    assert "    async def close_site(\n        self,\n        site_id: int,\n    ) -> None:" in made[ASYNC_CLIENT]
    assert "  async closeSite(\n    siteId: number,\n" in made[TYPESCRIPT_CLIENT]


def test_only_what_requests_and_successes_need_is_generated() -> None:
    """The errors' models are ApiError's business."""
    made = generate(EVERYTHING)
    assert "ErrorAnswer" not in made[PYTHON_MODELS] + made[TYPESCRIPT_MODELS]


def test_every_file_says_how_it_was_made() -> None:
    """In its first line, also the document."""
    for path, text in generate(EVERYTHING).items():
        first = text.partition("\n")[0]
        assert "Generated" in first, path
        assert "`python -m app sdk generate`" in first, path


def test_a_documents_words_cannot_end_a_comment() -> None:
    """Nor begin code: quotes and comment ends are escaped."""
    made = generate(of_field({"type": "string", "description": 'a """ b */ c \\ d "'}))
    compile(made[PYTHON_MODELS], "models.py", "exec")
    assert "*/ c" not in made[TYPESCRIPT_MODELS]

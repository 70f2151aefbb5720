"""Small OpenAPI documents, as FastAPI would write them."""

from __future__ import annotations

from typing import Any

REFERENCE = "#/components/schemas/"
ERROR = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
    "required": ["code", "detail"],
}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"{REFERENCE}{name}"}


def content(schema: object) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def problem(schema: object) -> dict[str, Any]:
    return {"application/problem+json": {"schema": schema}}


def model(required: list[str] | None = None, **properties: object) -> dict[str, Any]:
    """An object's schema; everything is required unless it is said what is."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }


def operation(name: str = "get_thing", answer: object | None = None, **said: Any) -> dict[str, Any]:
    """A request that answers 200 with that schema, or 204."""
    success = (
        {"204": {"description": ""}} if answer is None else {"200": {"description": "", "content": content(answer)}}
    )
    errors = {"404": {"description": "", "content": problem(ref("ErrorAnswer"))}}
    return {"operationId": name, "security": [{"token": []}], "responses": {**success, **errors}, **said}


def parameter(name: str, place: str, schema: object, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, "required": required}


def document(paths: dict[str, Any], **schemas: object) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {"ErrorAnswer": ERROR, **schemas},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def of_field(schema: object, *, required: bool = True, **others: object) -> dict[str, Any]:
    """A document whose one model has one field, `field`."""
    thing = model(["field"] if required else [], field=schema)
    return document({"/thing": {"get": operation(answer=ref("Thing"))}}, Thing=thing, **others)


NULL = {"type": "null"}
BINARY = {"type": "string", "format": "binary"}
EVERYTHING = document(
    {
        "/things": {
            "get": operation(
                "list_things",
                ref("ThingPage"),
                description="Lists things; none of them is a Circle.",
                parameters=[
                    parameter("after", "query", {"type": "string", "format": "uuid"}),
                    parameter("kind", "query", ref("Kind")),
                    parameter("tag", "query", {"type": "array", "items": {"type": "string"}}),
                    parameter("hidden", "query", {"anyOf": [{"type": "boolean"}, NULL]}),
                    parameter("page", "query", {"type": "integer"}),
                ],
            ),
            "post": operation(
                "create_thing",
                ref("Thing"),
                parameters=[parameter("Idempotency-Key", "header", {"type": "string"})],
                requestBody={"required": True, "content": content(ref("Thing"))},
            ),
        },
        "/things/{thing_id}": {
            "patch": operation(
                "change_thing",
                {"anyOf": [ref("Thing"), NULL]},
                parameters=[
                    parameter("thing_id", "path", {"type": "string", "format": "uuid"}, required=True),
                    parameter("If-Match", "header", {"type": "string"}, required=True),
                    parameter("since", "query", {"type": "string", "format": "date-time"}),
                ],
                requestBody={"required": False, "content": content(ref("Change"))},
            ),
            "delete": operation(
                "delete_thing",
                parameters=[parameter("thing_id", "path", {"type": "string", "format": "uuid"}, required=True)],
            ),
        },
        "/things/{thing_id}/file": {
            "put": operation(
                "keep_file",
                parameters=[parameter("thing_id", "path", {"type": "string", "format": "uuid"}, required=True)],
                requestBody={"required": True, "content": {"application/octet-stream": {"schema": BINARY}}},
            ),
            "get": operation(
                "get_file",
                parameters=[parameter("thing_id", "path", {"type": "string", "format": "uuid"}, required=True)],
                responses={"200": {"description": "", "content": {"*/*": {"schema": BINARY}}}},
            ),
        },
        "/words/{class}/{body}": {
            "put": operation(
                "count",
                {"type": "object", "additionalProperties": {"type": "integer"}},
                parameters=[
                    parameter("class", "path", {"type": "string"}, required=True),
                    parameter("body", "path", {"type": "integer"}, required=True),
                ],
                requestBody={"required": True, "content": content({"type": "array", "items": {"type": "number"}})},
            ),
            "get": operation(
                "shape_of",
                ref("Shape"),
                parameters=[
                    parameter("class", "path", {"type": "string"}, required=True),
                    parameter("body", "path", {"type": "integer"}, required=True),
                ],
            ),
        },
    },
    Kind={"type": "string", "enum": ["big", "small"], "description": "How much there is of it."},
    Shape={
        "oneOf": [ref("Circle"), ref("Square")],
        "discriminator": {
            "propertyName": "form",
            "mapping": {"circle": f"{REFERENCE}Circle", "square": f"{REFERENCE}Square"},
        },
    },
    Circle=model(form={"const": "circle", "type": "string"}, radius={"type": "number"}),
    Square=model(form={"const": "square", "type": "string"}, side={"type": "integer"}),
    Thing={
        **model(
            ["id", "from", "at", "parent", "kind", "extra", "counts", "either", "parts"],
            id={"type": "string", "format": "uuid", "description": 'Its "id" */ or \\ """ whatever.'},
            **{"from": {"type": "string"}, "next-of-kin": ref("Kind")},
            at={"type": "string", "format": "date-time"},
            day={"type": "string", "format": "date"},
            parent={"anyOf": [ref("Thing"), NULL]},
            parts={"type": "array", "items": ref("Thing")},
            kind=ref("Kind"),
            good={"type": "boolean", "default": True},
            weight={"anyOf": [{"type": "number", "minimum": 0}, NULL]},
            extra={"type": "object", "additionalProperties": True},
            counts={"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}},
            either={"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": ref("Shape")}]},
            anything={},
            shapes={"type": "array", "items": ref("Shape")},
        ),
        "description": "A thing.",
    },
    Change=model(
        [], title={"anyOf": [{"type": "string"}, NULL]}, at={"type": ["string", "null"], "format": "date-time"}
    ),
    ThingPage=model(
        items={"type": "array", "items": ref("Thing")}, next={"anyOf": [{"type": "string", "format": "uuid"}, NULL]}
    ),
)
"""Everything that the generators know, in one document."""

"""What the generators have no code for is an error that says where it is and what."""

from __future__ import annotations

from typing import Any

import pytest

from app.sdk.generate import generate
from app.sdk.shapes import Unsupported
from tests.unit.app.sdk.documents import content, document, model, of_field, operation, parameter, problem, ref

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "string", "format": "geo"}, "the format geo of a string"),
        ({"type": "array", "prefixItems": [STRING]}, "prefixItems beside type"),
        ({"type": "array", "items": {"not": {}}}, "Thing/properties/field/items: not"),
        ({"allOf": [ref("A"), ref("B")]}, "allOf of several schemas"),
        ({"anyOf": [ref("A"), ref("B")]}, "anyOf of types that JSON does not tell apart"),
        ({"anyOf": [STRING, {"type": "string", "format": "uuid"}]}, "anyOf of types that JSON does not tell apart"),
        ({"anyOf": [INTEGER, {"type": "number"}]}, "anyOf of types that JSON does not tell apart"),
        ({"oneOf": [ref("A"), ref("B")], "discriminator": {"propertyName": "kind"}}, "discriminator"),
        ({"type": "null"}, "the type null"),
        ({"enum": [1.5]}, "the values [1.5]"),
        ({"type": "object", "properties": {"a": STRING}}, "an object without a name"),
        ({"type": "object", "patternProperties": {}}, "patternProperties beside type"),
        ({"type": ["string", "integer"]}, "the types ['string', 'integer']"),
        ({"$ref": "#/components/schemas/Nothing"}, "the reference #/components/schemas/Nothing"),
        ({"$ref": "other.json"}, "the reference other.json"),
        (ref("Open"), "components/schemas/Open: additionalProperties beside properties"),
        (ref("Client"), "components/schemas/Client: the name cannot be that of a type"),
        (ref("None"), "components/schemas/None: the name cannot be that of a type"),
        (ref("Twice-Said"), "TwiceSaid"),
        (ref("SameFields"), "if_match"),
    ],
)
def test_a_schema_without_code_is_named(schema: dict[str, Any], says: str) -> None:
    """Nothing is generated from a guess."""
    others = {
        "A": model(kind=STRING),
        "B": model(kind=STRING),
        "Client": model(kind=STRING),
        "None": model(kind=STRING),
        "Open": {**model(kind=STRING), "additionalProperties": True},
        "Twice-Said": model(kind=STRING),
        "TwiceSaid": model(kind=STRING),
        "SameFields": model(**{"if_match": STRING, "If-Match": STRING}),
    }
    with pytest.raises(Unsupported) as raised:
        generate(of_field(schema, **others))
    assert says in str(raised.value)


HTML = {"200": {"content": {"text/html": {"schema": STRING}}}}
LIST = {"type": "array", "items": STRING}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"parameters": [parameter("sid", "cookie", STRING)]}, "parameter sid: a parameter in cookie"),
        ({"parameters": [parameter("f", "query", ref("A"))]}, "parameter f: a parameter that is no single value"),
        ({"parameters": [parameter("f", "header", LIST)]}, "parameter f: a parameter that is no single value"),
        ({"parameters": [{**parameter("f", "query", LIST), "explode": False}]}, "explode False"),
        ({"parameters": [parameter("f", "path", STRING)]}, "parameters that are not those of the path"),
        ({"parameters": [parameter("a-b", "query", STRING), parameter("a_b", "query", STRING)]}, "a_b"),
        ({"requestBody": {"content": {"multipart/form-data": {}}}}, "the content type multipart/form-data"),
        (
            {"requestBody": {"content": {"application/octet-stream": {"schema": STRING}}}},
            "the content type application/octet-stream",
        ),
        ({"responses": {"200": {"content": {"*/*": {"schema": STRING}}}}}, "the content type */*"),
        ({"responses": HTML}, "answer 200: the content type text/html"),
        ({"responses": {"302": {}}}, "answer 302: an answer that is neither"),
        ({"responses": {"404": {}}}, "no success"),
        ({"responses": {"200": {"content": content(STRING)}, "204": {}}}, "successes of several types"),
        (
            {"responses": {"204": {}, "422": {"content": problem(ref("Detail"))}}},
            "answer 422: an error that is no problem",
        ),
        ({"security": [{"key": []}]}, "a way in without a bearer token: key"),
        ({"callbacks": {}}, "callbacks"),
        ({"operationId": "iterate_pages"}, "several things would be called iterate_pages"),
        ({"answer": ref("Page")}, "no optional parameter after or cursor"),
        ({"answer": ref("Page"), "parameters": [parameter("after", "query", INTEGER)]}, "is not what after takes"),
    ],
)
def test_an_operation_without_code_is_named(said: dict[str, Any], says: str) -> None:
    """With its method and its path, and the parameter or the answer."""
    page = model(items={"type": "array", "items": STRING}, next={"anyOf": [STRING, {"type": "null"}]})
    pages = operation("list_pages", ref("Page"), parameters=[parameter("after", "query", STRING)])
    paths = {"/thing": {"get": operation(**said)}, "/pages": {"get": pages}}
    made = document(paths, A=model(a=STRING), Page=page, Detail=model(detail={"type": "array", "items": STRING}))
    made["components"]["securitySchemes"]["key"] = {"type": "apiKey", "in": "header", "name": "sid"}
    with pytest.raises(Unsupported) as raised:
        generate(made)
    assert says in str(raised.value)


def test_a_problem_of_rfc_9457_is_an_error_that_the_clients_read() -> None:
    """With or without members of the platform's own."""
    told = model(type=STRING, title=STRING, status=INTEGER, detail={"anyOf": [STRING, {"type": "null"}]})
    answers = {"204": {}, "404": {"content": problem(ref("Problem"))}}
    generate(document({"/thing": {"get": operation(responses=answers)}}, Problem=told))


def test_another_version_of_openapi_is_refused() -> None:
    """3.0 says nullable in another way."""
    with pytest.raises(Unsupported, match=r"openapi: version 3\.0\.3"):
        generate({**of_field(STRING), "openapi": "3.0.3"})

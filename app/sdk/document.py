"""An OpenAPI 3.1 document read into an `Api`. Raises Unsupported, with its place, for what no code is made for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from app.sdk.names import distinct, operation_name, python_parameter, typescript_name, words
from app.sdk.schemas import REFERENCE, Schema, Schemas
from app.sdk.shapes import (
    Api,
    Body,
    ListOf,
    Model,
    Nullable,
    Operation,
    Pagination,
    Parameter,
    Scalar,
    Shape,
    Unsupported,
    Words,
)

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_SAID_OF_OPERATIONS = words(
    "tags summary description operationId deprecated security parameters requestBody responses externalDocs"
)
_SAID_OF_PARAMETERS = words("name in required schema description deprecated example examples style explode")
_STYLES = {"path": "simple", "query": "form", "header": "simple"}
_CURSORS = ("next", "next_cursor")
_CURSOR_PARAMETERS = ("after", "cursor")


def read(document: Schema) -> Api:
    """What the generators are to make. Raises Unsupported."""
    if not str(document.get("openapi", "")).startswith("3.1."):
        raise Unsupported("openapi", f"version {document.get('openapi')}; 3.1 is known")
    if document.get("webhooks"):
        raise Unsupported("webhooks", "requests that the server sends")
    schemas = Schemas(_components(document, "schemas"))
    schemes = _components(document, "securitySchemes")
    known = {name for name, scheme in schemes.items() if _is_bearer(scheme) or _is_cookie(scheme)}
    operations = tuple(
        _operation(schemas, known, document, path, method, methods)
        for path, methods in document.get("paths", {}).items()
        for method in _methods(path, methods)
    )
    names = [operation.name for operation in operations]
    names += [iterator_name(operation.name) for operation in operations if operation.pagination]
    distinct(names, "paths")
    info = document["info"]
    return Api(info["title"], info["version"], schemas.models(), schemas.aliases(), operations)


def iterator_name(name: str) -> str:
    """`list_posts` → `iterate_posts`."""
    return f"iterate_{name.removeprefix('list_')}"


def _components(document: Schema, kind: str) -> Mapping[str, Schema]:
    found: Mapping[str, Schema] = document.get("components", {}).get(kind, {})
    return found


def _is_bearer(scheme: Schema) -> bool:
    return scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "bearer"


def _is_cookie(scheme: Schema) -> bool:
    """A browser sends those by itself, with every request to where they came from."""
    return scheme.get("type") == "apiKey" and scheme.get("in") == "cookie"


def _methods(path: str, methods: Schema) -> list[str]:
    unknown = sorted(set(methods) - set(_METHODS))
    if unknown:
        raise Unsupported(f"paths/{path}", ", ".join(unknown))
    return list(methods)


def _operation(
    schemas: Schemas, known: set[str], document: Schema, path: str, method: str, methods: Schema
) -> Operation:
    said: Schema = methods[method]
    where = f"{method.upper()} {path}"
    unknown = sorted(key for key in said if key not in _SAID_OF_OPERATIONS and not key.startswith("x-"))
    if unknown:
        raise Unsupported(where, ", ".join(unknown))
    _check_security(said.get("security", document.get("security", [])), known, where)
    if "operationId" not in said:
        raise Unsupported(where, "an operation without an operationId")
    parameters = tuple(_parameter(schemas, item, where) for item in said.get("parameters", []))
    for name in (python_parameter, typescript_name):
        distinct([name(parameter.name) for parameter in parameters], where)
    in_path = {parameter.name for parameter in parameters if parameter.place == "path"}
    if in_path != {part.partition("}")[0] for part in path.split("{")[1:]}:
        raise Unsupported(where, "parameters that are not those of the path")
    answer = _answer(schemas, _components(document, "schemas"), said.get("responses", {}), where)
    return Operation(
        name=operation_name(said["operationId"], method, path),
        method=method.upper(),
        path=path,
        parameters=parameters,
        body=_body(schemas, said.get("requestBody"), where),
        answer=answer,
        pagination=_pagination(schemas, method, answer, parameters, where),
        about=said.get("description") or said.get("summary", ""),
    )


def _check_security(alternatives: list[Schema], known: set[str], where: str) -> None:
    """The clients can send a token, or nothing; cookies are the browser's."""
    if alternatives and not any(set(schemes) <= known and len(schemes) < 2 for schemes in alternatives):
        raise Unsupported(where, f"a way in without a bearer token: {', '.join(sorted({*alternatives[0]}))}")


def _parameter(schemas: Schemas, said: Schema, where: str) -> Parameter:
    name, place = str(said.get("name")), said.get("in")
    where = f"{where}, parameter {name}"
    unknown = sorted(key for key in said if key not in _SAID_OF_PARAMETERS and not key.startswith("x-"))
    if unknown:
        raise Unsupported(where, ", ".join(unknown))
    if place not in _STYLES:
        raise Unsupported(where, f"a parameter in {place}")
    if said.get("style", _STYLES[place]) != _STYLES[place] or said.get("explode", place == "query") != (
        place == "query"
    ):
        raise Unsupported(where, f"the style {said.get('style')}, explode {said.get('explode')}")
    shape = schemas.shape(said.get("schema", {}), where)
    if isinstance(shape, Nullable):
        shape = shape.inner
    single = schemas.definition(shape)
    if isinstance(single, ListOf) and place == "query":
        single = schemas.definition(single.item)
    if not isinstance(single, Scalar | Words) or single is Scalar.ANYTHING:
        raise Unsupported(where, "a parameter that is no single value, nor a list of them in the query")
    places: dict[str, Literal["path", "query", "header"]] = {"path": "path", "query": "query", "header": "header"}
    required = said.get("required", False)
    return Parameter(name, places[place], shape, required, said.get("description", ""))


def _body(schemas: Schemas, said: Schema | None, where: str) -> Body | None:
    if said is None:
        return None
    if _is_file(said, "application/octet-stream"):
        return Body(Scalar.BYTES, said.get("required", False))
    schema = _json_schema(said, f"{where}, request body")
    return Body(schemas.shape(schema, f"{where}, request body"), said.get("required", False))


def _is_file(said: Schema, kind: str) -> bool:
    """Whether a body is a file's bytes, of a content type that says no more than that."""
    content: Mapping[str, Any] = said.get("content", {})
    return set(content) == {kind} and content[kind].get("schema") == {"type": "string", "format": "binary"}


def _json_schema(said: Schema, where: str) -> Any:
    content: Mapping[str, Any] = said.get("content", {})
    if set(content) != {"application/json"}:
        raise Unsupported(where, f"the content type {', '.join(sorted(content)) or 'nothing'}")
    return content["application/json"].get("schema", {})


def _answer(schemas: Schemas, named: Mapping[str, Schema], responses: Schema, where: str) -> Shape | None:
    """The one type of all successes. What the errors look like is checked: the clients read them."""
    found: list[Shape | None] = []
    for status, said in responses.items():
        place = f"{where}, answer {status}"
        if "$ref" in said:
            raise Unsupported(place, "a reference to a response")
        if status.startswith("2"):
            content = said.get("content")
            if _is_file(said, "*/*"):
                found.append(Scalar.BYTES)
                continue
            found.append(schemas.shape(_json_schema(said, place), place) if content else None)
        elif status.startswith(("4", "5")) or status == "default":
            _check_error(named, said, place)
        else:
            raise Unsupported(place, "an answer that is neither a success nor an error")
    if len(set(found)) != 1:
        raise Unsupported(where, "no success" if not found else "successes of several types")
    return found[0]


def _check_error(named: Mapping[str, Schema], said: Schema, where: str) -> None:
    """An error has no body, or it is a problem of RFC 9457."""
    for kind, media in said.get("content", {}).items():
        if kind != "application/problem+json":
            raise Unsupported(where, f"the content type {kind} of an error")
        if "schema" in media and not _is_error(named, media["schema"]):
            raise Unsupported(where, "an error that is no problem of RFC 9457")


def _is_error(named: Mapping[str, Schema], schema: Schema) -> bool:
    members = _members(named, schema)
    said = members.get("detail", members.get("title", {}))
    return "string" in {option.get("type") for option in (said, *said.get("anyOf", []))}


def _members(named: Mapping[str, Schema], schema: Schema) -> Mapping[str, Any]:
    found: Mapping[str, Any] = named.get(schema.get("$ref", "").removeprefix(REFERENCE), schema).get("properties", {})
    return found


def _pagination(
    schemas: Schemas, method: str, answer: Shape | None, parameters: tuple[Parameter, ...], where: str
) -> Pagination | None:
    """A GET that answers `items` and a cursor is paginated, and has to take the cursor."""
    page = schemas.definition(answer) if answer is not None else None
    if method != "get" or not isinstance(page, Model):
        return None
    fields = {field.name: field for field in page.fields}
    cursor = next((fields[name] for name in _CURSORS if name in fields), None)
    items = fields.get("items")
    if cursor is None or items is None or not isinstance(items.shape, ListOf):
        return None
    taking = [item for item in parameters if item.place == "query" and item.name in _CURSOR_PARAMETERS]
    if len(taking) != 1 or taking[0].required:
        raise Unsupported(where, f"a page with {cursor.name}, but no optional parameter after or cursor to give it to")
    if not items.required or not isinstance(cursor.shape, Nullable) or cursor.shape.inner != taking[0].shape:
        raise Unsupported(where, f"a page whose {cursor.name} is not what {taking[0].name} takes, or null")
    return Pagination("items", items.shape.item, cursor.name, cursor.required, taking[0].name)

"""How a shape is written in Python: as an annotation, and as the function that reads it from JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from app.sdk.prose import WIDTH
from app.sdk.shapes import ListOf, MapOf, Named, Nullable, OneOf, Scalar, Shape, TaggedUnion, Words

_ANNOTATIONS = {
    Scalar.STRING: "str",
    Scalar.INTEGER: "int",
    Scalar.NUMBER: "float",
    Scalar.BOOLEAN: "bool",
    Scalar.UUID: "UUID",
    Scalar.DATE_TIME: "DateTime",
    Scalar.DATE: "Date",
    Scalar.ANYTHING: "Any",
    Scalar.BYTES: "bytes",
}
_READERS = {
    Scalar.STRING: "string",
    Scalar.INTEGER: "integer",
    Scalar.NUMBER: "number",
    Scalar.BOOLEAN: "boolean",
    Scalar.UUID: "uuid",
    Scalar.DATE_TIME: "date_time",
    Scalar.DATE: "date",
    Scalar.ANYTHING: "anything",
    Scalar.BYTES: "content",
}


def annotation(shape: Shape) -> str:
    """The type, for a module that has the generated ones' imports."""
    match shape:
        case Scalar():
            return _ANNOTATIONS[shape]
        case Words(values):
            return f"Literal[{', '.join(literal(value) for value in values)}]"
        case Named(name):
            return name
        case ListOf(item):
            return f"Sequence[{annotation(item)}]"
        case MapOf(value):
            return f"Mapping[str, {annotation(value)}]"
        case Nullable(inner):
            return f"{annotation(inner)} | None"
        case OneOf(members, _):
            return " | ".join(annotation(member) for member in members)
        case TaggedUnion(_, models):
            return " | ".join(dict.fromkeys(model.name for _, model in models))


def reader(shape: Shape, aliases: frozenset[str], within: str = "") -> str:
    """An expression: a function from JSON to the type.

    `aliases` are the names that are no models; `within` is what comes before the names of their readers.
    """
    match shape:
        case Scalar():
            return f"codec.{_READERS[shape]}"
        case Words():
            return "codec.word"
        case Named(name):
            return f"{within}read_{name}" if name in aliases else f"{name}.from_json"
        case ListOf(item):
            return f"codec.array({reader(item, aliases, within)})"
        case MapOf(value):
            return f"codec.mapping({reader(value, aliases, within)})"
        case Nullable(inner):
            return f"codec.nullable({reader(inner, aliases, within)})"
        case OneOf(members, kinds):
            options = (
                f"{literal(kind)}: {reader(one, aliases, within)}" for kind, one in zip(kinds, members, strict=True)
            )
            return f"codec.by_kind({{{', '.join(options)}}})"
        case TaggedUnion(tag, models):
            options = (f"{literal(value)}: {reader(model, aliases, within)}" for value, model in models)
            return f"codec.by_tag({literal(tag)}, {{{', '.join(options)}}})"


def imports(body: str) -> list[str]:
    """The standard library's imports that a module's text needs, and an empty line after them."""
    lines = imported("collections.abc", ("AsyncIterator", "Iterator", "Mapping", "Sequence"), body)
    lines += imported("dataclasses", ("dataclass",), body)
    lines += imported("datetime", ("date as Date", "datetime as DateTime"), body)
    lines += imported("typing", ("Any", "Literal", "TypeAlias"), body)
    lines += imported("uuid", ("UUID",), body)
    return [*lines, ""] if lines else []


def imported(module: str, names: Sequence[str], body: str) -> list[str]:
    """Lines that import those of the names that a module's text has."""
    used = [name for name in names if re.search(rf"\b{name.split()[-1]}\b", body)]
    single = f"from {module} import {', '.join(used)}"
    if not used:
        return []
    if len(single) <= WIDTH and " as " not in single:
        return [single]
    if " as " in single:  # the linter wants each of them alone
        return [f"from {module} import {name}" for name in used]
    return [f"from {module} import (", *(f"    {name}," for name in used), ")"]


def literal(value: str | int | bool) -> str:
    """A Python literal, with double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)

"""`src/models.ts`: the API's models as interfaces, in JSON's own names."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from app.sdk.prose import MARK, jsdoc
from app.sdk.shapes import Alias, Api, ListOf, MapOf, Model, Named, Nullable, OneOf, Scalar, Shape, TaggedUnion, Words

_TYPES = {
    Scalar.STRING: "string",
    Scalar.INTEGER: "number",
    Scalar.NUMBER: "number",
    Scalar.BOOLEAN: "boolean",
    Scalar.UUID: "Uuid",
    Scalar.DATE_TIME: "Timestamp",
    Scalar.DATE: "CalendarDate",
    Scalar.ANYTHING: "unknown",
    Scalar.BYTES: "Uint8Array",
}
STRINGS = ("CalendarDate", "Timestamp", "Uuid")
"""Names of strings with a form, which the package says what they are."""


def models(api: Api) -> str:
    """The module's text."""
    parts = [_model(model) for model in api.models] + [_alias(alias) for alias in api.aliases]
    body = "\n\n".join(parts)
    head = [f"// {MARK}", *imported("./strings.js", STRINGS, body)]
    return "\n\n".join(["\n".join(head), body or "export {};"]) + "\n"


def imported(module: str, names: Sequence[str], body: str) -> list[str]:
    """A line that imports those types that a module's text has, comments aside: the compiler wants no other."""
    code = "\n".join(line for line in body.splitlines() if not line.lstrip().startswith(("*", "/**")))
    used = [name for name in names if re.search(rf"\b{name}\b", code)]
    return [f"import type {{ {', '.join(used)} }} from {literal(module)};"] if used else []


def written(shape: Shape) -> str:
    """The type."""
    match shape:
        case Scalar():
            return _TYPES[shape]
        case Words(values):
            return " | ".join(literal(value) for value in values)
        case Named(name):
            return name
        case ListOf(item):
            return f"Array<{written(item)}>"
        case MapOf(value):
            return f"Record<string, {written(value)}>"
        case Nullable(inner):
            return f"{written(inner)} | null"
        case OneOf(members, _):
            return " | ".join(dict.fromkeys(written(member) for member in members))
        case TaggedUnion(_, models_):
            return " | ".join(dict.fromkeys(model.name for _, model in models_))


def literal(value: str | int | bool) -> str:
    """A JavaScript literal."""
    return json.dumps(value, ensure_ascii=False)


def _model(model: Model) -> str:
    lines = [*jsdoc([model.about], ""), f"export interface {model.name} {{"]
    for field in model.fields:
        name = field.name if re.fullmatch(r"[A-Za-z_$][\w$]*", field.name, re.ASCII) else literal(field.name)
        lines += jsdoc([field.about], "  ")
        lines.append(f"  {name}{'' if field.required else '?'}: {written(field.shape)};")
    return "\n".join([*lines, "}"])


def _alias(alias: Alias) -> str:
    return "\n".join([*jsdoc([alias.about], ""), f"export type {alias.name} = {written(alias.shape)};"])

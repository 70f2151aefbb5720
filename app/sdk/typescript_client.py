"""`src/client.ts`: a method per operation, and one per list that walks all its pages."""

from __future__ import annotations

from app.sdk.document import iterator_name
from app.sdk.names import typescript_name, typescript_parameter
from app.sdk.prose import MARK, jsdoc
from app.sdk.shapes import Api, Operation, Pagination, Scalar
from app.sdk.typescript_types import STRINGS, imported, literal, written


def client(api: Api) -> str:
    """The module's text."""
    lines = [
        *jsdoc(
            [f"{api.title}, API version {api.version}. Every method rejects with ApiError when the API says no."], ""
        ),
        "export class Client extends Transport {",
    ]
    for place, operation in enumerate(api.operations):
        lines += [""] if place else []
        lines += _method(operation)
        if operation.pagination:
            lines += ["", *_iterator(operation, operation.pagination)]
    body = "\n".join([*lines, "}"])
    head = [
        f"// {MARK}",
        *imported("./models.js", api.type_names(), body),
        *imported("./strings.js", STRINGS, body),
        'import { segment, Transport, type CallOptions } from "./transport.js";',
    ]
    return "\n".join([*head, "", body, ""])


def _method(operation: Operation) -> list[str]:
    gives = written(operation.answer) if operation.answer else "void"
    carried = []
    for place, name in (("query", "query"), ("header", "headers")):
        given = [item for item in operation.parameters if item.place == place]
        if given:
            members = (f"{literal(item.name)}: options.{typescript_name(item.name)}" for item in given)
            carried.append(f"      {name}: {{ {', '.join(members)} }},")
    if operation.body:
        carried.append("      body,")
    if operation.answer is Scalar.BYTES:
        carried.append("      raw: true,")
    call = f"await this.call({literal(operation.method)}, {_path(operation)}, "
    call += "\n".join(["{", *carried, "    }, options)"]) if carried else "{}, options)"
    return [
        *jsdoc([operation.about or operation.name, *_about(operation)], "  "),
        f"  async {typescript_name(operation.name)}(",
        *_signature(operation),
        f"  ): Promise<{gives}> {{",
        f"    return ({call}) as {gives};" if operation.answer else f"    {call};",
        "  }",
    ]


def _iterator(operation: Operation, pagination: Pagination) -> list[str]:
    cursor = typescript_name(pagination.parameter)
    given = [typescript_parameter(item.name) for item in operation.parameters if item.place == "path"]
    given += ["body"] if operation.body else []
    about = [f"Everything that `{typescript_name(operation.name)}` lists, page after page.", *_about(operation)]
    return [
        *jsdoc(about, "  "),
        f"  async *{typescript_name(iterator_name(operation.name))}(",
        *_signature(operation),
        f"  ): AsyncGenerator<{written(pagination.item)}, void, undefined> {{",
        "    for (;;) {",
        f"      const page = await this.{typescript_name(operation.name)}({', '.join([*given, 'options'])});",
        f"      yield* page.{pagination.items};",
        f"      const following = page.{pagination.cursor} ?? null;",
        "      if (following === null) return;",
        f"      options = {{ ...options, {cursor}: following }};",
        "    }",
        "  }",
    ]


def _signature(operation: Operation) -> list[str]:
    """Path and body by place; query, headers and what bounds the call in one object."""
    lines = [
        f"    {typescript_parameter(item.name)}: {written(item.shape)},"
        for item in operation.parameters
        if item.place == "path"
    ]
    named = [item for item in operation.parameters if item.place != "path"]
    members = [f"{typescript_name(item.name)}{'' if item.required else '?'}: {written(item.shape)}" for item in named]
    options = f"{{ {'; '.join(members)} }} & CallOptions" if members else "CallOptions"
    needed = any(item.required for item in named)
    if operation.body:
        undefined = "" if operation.body.required else " | undefined"
        lines.append(f"    body: {written(operation.body.shape)}{undefined},")
    return [*lines, f"    options: {options}{'' if needed else ' = {}'},"]


def _about(operation: Operation) -> list[str]:
    return [f"`{typescript_name(item.name)}`: {item.about}" for item in operation.parameters if item.about]


def _path(operation: Operation) -> str:
    path = operation.path.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    names = [item.name for item in operation.parameters if item.place == "path"]
    for name in names:
        path = path.replace(f"{{{name}}}", f"${{segment({typescript_parameter(name)})}}")
    return f"`{path}`" if names else literal(operation.path)

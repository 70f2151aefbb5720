"""`flotilla_sdk/client.py` and `async_client.py`: a method per operation, and one per list that walks all its pages."""

from __future__ import annotations

from dataclasses import dataclass

from app.sdk.document import iterator_name
from app.sdk.names import python_name, python_parameter
from app.sdk.prose import MARK, docstring
from app.sdk.python_types import annotation, imported, imports, literal, reader
from app.sdk.shapes import Api, Named, Operation, Pagination, Parameter, Scalar, Shape


@dataclass(frozen=True)
class Flavour:
    """What differs between the client that waits and the one that is awaited."""

    about: str
    client: str
    transport: str
    iterator: str
    define: str
    wait: str


BLOCKING = Flavour("A client that waits for each answer.", "Client", "Transport", "Iterator", "def", "")
AWAITED = Flavour("A client for asyncio.", "AsyncClient", "AsyncTransport", "AsyncIterator", "async def", "await ")


def client(api: Api, flavour: Flavour) -> str:
    """The module's text."""
    aliases = frozenset(alias.name for alias in api.aliases)
    lines = [
        f"class {flavour.client}({flavour.transport}):",
        f'    """{api.title}, API version {api.version}. Every method raises ApiError when the API says no."""',
    ]
    for operation in api.operations:
        lines += ["", *_method(operation, flavour, aliases)]
        if operation.pagination:
            lines += ["", *_iterator(operation, operation.pagination, flavour)]
    body = "\n".join(lines)
    head = [f"# {MARK}", f'"""{flavour.about}"""', "", "from __future__ import annotations", "", *imports(body)]
    head += imported("flotilla_sdk", ("codec", "models"), body)
    head += imported("flotilla_sdk.codec", ("Unset",), body)
    head += imported("flotilla_sdk.models", api.type_names(), body)
    return "\n".join([*head, f"from flotilla_sdk.transport import {flavour.transport}", "", "", body, ""])


def _method(operation: Operation, flavour: Flavour, aliases: frozenset[str]) -> list[str]:
    gives = annotation(operation.answer) if operation.answer else "None"
    lines = [
        f"    {flavour.define} {operation.name}(",
        *_signature(operation),
        f"    ) -> {gives}:",
        *docstring([operation.about or operation.name, *_about(operation)], "        "),
    ]
    call = [f"{flavour.wait}self._call(", f"    {literal(operation.method)},", f"    {_path(operation)},"]
    for place, name in (("query", "query"), ("header", "headers")):
        given = [item for item in operation.parameters if item.place == place]
        if given:
            members = [f"        {literal(item.name)}: {python_parameter(item.name)}," for item in given]
            call += [f"    {name}={{", *members, "    },"]
    if operation.body:
        call.append("    body=body,")
    if operation.answer is Scalar.BYTES:
        call.append("    raw=True,")
    call.append(")")
    return lines + [f"        {line}" for line in _taken(call, operation.answer, aliases)]


def _taken(call: list[str], answer: Shape | None, aliases: frozenset[str]) -> list[str]:
    """What becomes of the answer to a call."""
    if answer is None:
        return call
    inner = [f"    {line}" for line in call]
    read = reader(answer, aliases, within="models.")
    if isinstance(answer, Named) and answer.name not in aliases:
        return [f"return {read}(", *inner, ")"]
    # Said once more: some readers cannot say what they give.
    return [f"_read: {annotation(answer)} = {read}(", *inner, ")", "return _read"]


def _iterator(operation: Operation, pagination: Pagination, flavour: Flavour) -> list[str]:
    cursor = python_parameter(pagination.parameter)
    given = [python_parameter(item.name) for item in operation.parameters if item.place == "path"]
    given += ["body"] if operation.body else []
    by_name = [python_parameter(item.name) for item in operation.parameters if item.place != "path"]
    given += [f"{name}={name}" for name in by_name]
    following = f"_page.{python_name(pagination.cursor)}"
    ended = f"{following} is None" + ("" if pagination.cursor_required else f" or isinstance({following}, Unset)")
    items = f"_page.{python_name(pagination.items)}"
    walk = (
        [f"            for _item in {items}:", "                yield _item"]
        if flavour.wait
        else [f"            yield from {items}"]
    )
    return [
        f"    {flavour.define} {iterator_name(operation.name)}(",
        *_signature(operation),
        f"    ) -> {flavour.iterator}[{annotation(pagination.item)}]:",
        *docstring([f"Everything that `{operation.name}` lists, page after page.", *_about(operation)], "        "),
        "        while True:",
        f"            _page = {flavour.wait}self.{operation.name}({', '.join(given)})",
        *walk,
        f"            if {ended}:",
        "                return",
        f"            {cursor} = {following}",
    ]


def _signature(operation: Operation) -> list[str]:
    """Path and body by place; query and headers by name, and None leaves them out."""
    lines = ["        self,"]
    lines += [f"        {_typed(item)}," for item in operation.parameters if item.place == "path"]
    if operation.body:
        ending = "" if operation.body.required else " | None = None"
        lines.append(f"        body: {annotation(operation.body.shape)}{ending},")
    named = [item for item in operation.parameters if item.place != "path"]
    if named:
        lines.append("        *,")
    lines += [f"        {_typed(item)}," for item in sorted(named, key=lambda item: not item.required)]
    return lines


def _typed(parameter: Parameter) -> str:
    ending = "" if parameter.required else " | None = None"
    return f"{python_parameter(parameter.name)}: {annotation(parameter.shape)}{ending}"


def _about(operation: Operation) -> list[str]:
    return [f"`{python_parameter(item.name)}`: {item.about}" for item in operation.parameters if item.about]


def _path(operation: Operation) -> str:
    path = operation.path
    names = [item.name for item in operation.parameters if item.place == "path"]
    for name in names:
        path = path.replace(f"{{{name}}}", f"{{codec.segment({python_parameter(name)})}}")
    return f"f{literal(path)}" if names else literal(path)

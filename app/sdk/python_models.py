"""`flotilla_sdk/models.py`: the API's models as frozen dataclasses."""

from __future__ import annotations

from app.sdk.names import python_name
from app.sdk.prose import MARK, docstring
from app.sdk.python_types import annotation, imported, imports, literal, reader
from app.sdk.shapes import Alias, Api, Field, Model, Scalar, Words, in_order

_ABOUT = '"""What the API takes and gives. A member that was left out is `UNSET`."""'


def models(api: Api) -> str:
    """The module's text."""
    aliases = frozenset(alias.name for alias in api.aliases)
    parts = [_exported(api)]
    parts += [_model(model, aliases) for model in api.models]
    parts += [_alias(alias, aliases) for alias in api.aliases]
    body = "\n\n\n".join(parts)
    head = [f"# {MARK}", _ABOUT, "", "from __future__ import annotations", "", *imports(body)]
    head += imported("flotilla_sdk", ("codec",), body)
    head += imported("flotilla_sdk.codec", ("UNSET", "Unset"), body)
    return "\n".join([*head, "", body, ""])


def package(api: Api) -> str:
    """The text of `flotilla_sdk/__init__.py`."""
    own = {
        "flotilla_sdk.async_client": ["AsyncClient"],
        "flotilla_sdk.client": ["Client"],
        "flotilla_sdk.codec": ["UNSET", "UnexpectedAnswer", "Unset"],
        "flotilla_sdk.errors": ["ApiError", "Fault"],
        "flotilla_sdk.models": api.type_names(),
    }
    lines = [f"# {MARK}", f'"""A client of {api.title}, API version {api.version}."""', ""]
    for module, names in own.items():
        if names:
            lines += [f"from {module} import (", *(f"    {name}," for name in names), ")"]
    exported = sorted((name for names in own.values() for name in names), key=in_order)
    return "\n".join([*lines, "", "__all__ = [", *(f"    {literal(name)}," for name in exported), "]", ""])


def _exported(api: Api) -> str:
    return "\n".join(["__all__ = [", *(f"    {literal(name)}," for name in api.type_names()), "]"])


def _model(model: Model, aliases: frozenset[str]) -> str:
    lines = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {model.name}:"]
    lines += [*docstring([model.about or f"{model.name}."], "    "), ""]
    for field in model.fields:
        ending = "" if field.required else " | Unset = UNSET"
        lines.append(f"    {python_name(field.name)}: {annotation(field.shape)}{ending}")
        lines += docstring([field.about], "    ")
    if model.fields:
        lines.append("")
    lines += _from_json(model, aliases) + _to_json(model)
    return "\n".join(lines)


def _from_json(model: Model, aliases: frozenset[str]) -> list[str]:
    lines = [
        "    @classmethod",
        f"    def from_json(cls, value: object) -> {model.name}:",
        '        """Raises UnexpectedAnswer for another form; members that are not known are left out."""',
    ]
    if not model.fields:
        return [*lines, f'        codec.members(value, "{model.name}")', "        return cls()", ""]
    read = [f"            {python_name(field.name)}={_read(field, aliases)}," for field in model.fields]
    return [
        *lines,
        f'        members = codec.members(value, "{model.name}")',
        "        return cls(",
        *read,
        "        )",
        "",
    ]


def _read(field: Field, aliases: frozenset[str]) -> str:
    how = "required" if field.required else "optional"
    return f"codec.{how}(members, {literal(field.name)}, {reader(field.shape, aliases)})"


def _to_json(model: Model) -> list[str]:
    members = [f"                {literal(field.name)}: self.{python_name(field.name)}," for field in model.fields]
    given = ["            {", *members, "            }"] if members else ["            {}"]
    return [
        "    def to_json(self) -> dict[str, object]:",
        '        """The JSON object, without what is UNSET."""',
        "        return codec.object_of(",
        *given,
        "        )",
    ]


def _alias(alias: Alias, aliases: frozenset[str]) -> str:
    said = annotation(alias.shape)
    # In quotes, names may stand before what they name.
    lines = [f"{alias.name}: TypeAlias = {said if isinstance(alias.shape, Scalar | Words) else literal(said)}"]
    lines += docstring([alias.about], "")
    lines += ["", "", f"def read_{alias.name}(value: object) -> {alias.name}:"]
    return "\n".join([*lines, f"    read: {alias.name} = {reader(alias.shape, aliases)}(value)", "    return read"])

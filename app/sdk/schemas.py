"""JSON Schema, as FastAPI writes it, read into shapes. Anything else is Unsupported, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.sdk.names import distinct, joined, python_name, type_name, words
from app.sdk.shapes import (
    Alias,
    Field,
    ListOf,
    MapOf,
    Model,
    Named,
    Nullable,
    OneOf,
    Scalar,
    Shape,
    TaggedUnion,
    Unsupported,
    Words,
)

Schema = Mapping[str, Any]

REFERENCE = "#/components/schemas/"
# What narrows a value without changing its type, and what only describes it.
_SAID_BESIDES = words(
    "title description default example examples deprecated readOnly writeOnly minLength maxLength pattern minimum "
    "maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems minProperties "
    "maxProperties contentMediaType contentEncoding propertyNames"
)
_STRINGS = {"uuid": Scalar.UUID, "date-time": Scalar.DATE_TIME, "date": Scalar.DATE}
# Formats of strings that stay strings: their form is the server's to check.
_PLAIN_STRINGS = words("email uri uri-reference password hostname ipv4 ipv6 duration time binary regex")
_NUMBERS = words("int32 int64 float double")


class Schemas:
    """The document's named schemas; knows which of them were asked for."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named
        self._read: dict[str, Model | Alias] = {}

    def shape(self, schema: Any, where: str) -> Shape:
        """The type that a schema describes. Raises Unsupported."""
        if schema is True or schema == {}:
            return Scalar.ANYTHING
        if not isinstance(schema, Mapping):
            raise Unsupported(where, f"the schema {schema!r}")
        said = {key: value for key, value in schema.items() if key not in _SAID_BESIDES and not key.startswith("x-")}
        if "$ref" in said:
            _only(said, where, "$ref")
            return self._reference(said["$ref"], where)
        if "allOf" in said:  # how a description was put beside a reference before OpenAPI 3.1
            _only(said, where, "allOf")
            if len(said["allOf"]) != 1:
                raise Unsupported(where, "allOf of several schemas")
            return self.shape(said["allOf"][0], f"{where}/allOf/0")
        if "oneOf" in said or "anyOf" in said:
            return self._one_of(said, where)
        if "const" in said:
            _only(said, where, "const", "type")
            return _words([said["const"]], where)
        if "enum" in said:
            _only(said, where, "enum", "type")
            return _words(said["enum"], where)
        return self._by_type(said, where)

    def definition(self, shape: Shape) -> Model | Shape:
        """What a name stands for in the end; any other shape is itself."""
        while isinstance(shape, Named):
            found = self._read[shape.name]
            if isinstance(found, Model):
                return found
            shape = found.shape
        return shape

    def models(self) -> tuple[Model, ...]:
        """Every model that was asked for, in the order of the names."""
        return tuple(item for _, item in sorted(self._read.items()) if isinstance(item, Model))

    def aliases(self) -> tuple[Alias, ...]:
        """Every other named type that was asked for, in the order of the names."""
        return tuple(item for _, item in sorted(self._read.items()) if isinstance(item, Alias))

    def _reference(self, target: str, where: str) -> Named:
        name = target.removeprefix(REFERENCE)
        if name == target or name not in self._named:
            raise Unsupported(where, f"the reference {target}, which names no schema of this document")
        made = type_name(name)
        if made not in self._read:
            clashing = [other for other in self._named if joined(other) == made]
            if len(clashing) > 1:
                raise Unsupported(f"components/schemas/{name}", f"{' and '.join(clashing)} would both be {made}")
            self._read[made] = Model(made, ())  # a model may refer to itself
            self._read[made] = self._define(made, self._named[name], f"components/schemas/{name}")
        return Named(made)

    def _define(self, made: str, schema: Schema, where: str) -> Model | Alias:
        about = str(schema.get("description", ""))
        if schema.get("type") == "object" and "properties" in schema:
            return Model(made, self._fields(schema, where), about)
        return Alias(made, self.shape(schema, where), about)

    def _fields(self, schema: Schema, where: str) -> tuple[Field, ...]:
        said = {key: value for key, value in schema.items() if key not in _SAID_BESIDES and not key.startswith("x-")}
        _only(said, where, "type", "properties", "required", "additionalProperties")
        if said.get("additionalProperties", False) is not False:
            raise Unsupported(where, "additionalProperties beside properties")
        properties: Mapping[str, Any] = said["properties"]
        required = said.get("required", [])
        unknown = sorted(set(required) - set(properties))
        if unknown:
            raise Unsupported(where, f"required names {', '.join(unknown)}, which properties does not have")
        distinct([python_name(name) for name in properties], where)
        return tuple(
            Field(
                name,
                self.shape(property_, f"{where}/properties/{name}"),
                name in required,
                str(property_.get("description", "")) if isinstance(property_, Mapping) else "",
            )
            for name, property_ in properties.items()
        )

    def _by_type(self, said: Schema, where: str) -> Shape:
        kind = said.get("type")
        if isinstance(kind, list):
            return self._type_list(said, kind, where)
        if kind is None and not said:
            return Scalar.ANYTHING
        if kind == "object":
            return self._map(said, where)
        if kind == "array":
            _only(said, where, "type", "items")
            return ListOf(self.shape(said.get("items", {}), f"{where}/items"))
        _only(said, where, "type", "format")
        form = said.get("format")
        if kind == "string":
            if form in _STRINGS:
                return _STRINGS[form]
            if form is not None and form not in _PLAIN_STRINGS:
                raise Unsupported(where, f"the format {form} of a string")
            return Scalar.STRING
        if kind == "boolean" and form is None:
            return Scalar.BOOLEAN
        if kind in {"integer", "number"} and (form is None or form in _NUMBERS):
            return Scalar.INTEGER if kind == "integer" else Scalar.NUMBER
        raise Unsupported(where, f"the type {kind}" + (f" with the format {form}" if form else ""))

    def _type_list(self, said: Schema, kinds: list[Any], where: str) -> Shape:
        others = [kind for kind in kinds if kind != "null"]
        if len(others) != 1 or len(kinds) != 2:
            raise Unsupported(where, f"the types {kinds}")
        return Nullable(self._by_type({**said, "type": others[0]}, where))

    def _map(self, said: Schema, where: str) -> Shape:
        if "properties" in said:
            raise Unsupported(where, "an object without a name of its own; make it a model")
        _only(said, where, "type", "additionalProperties")
        values = said.get("additionalProperties", True)
        if values is False:
            raise Unsupported(where, "an object that may have no member")
        return MapOf(self.shape(values, f"{where}/additionalProperties"))

    def _one_of(self, said: Schema, where: str) -> Shape:
        word = "oneOf" if "oneOf" in said else "anyOf"
        _only(said, where, word, "discriminator", "type")
        options: list[Any] = said[word]
        others = [option for option in options if option != {"type": "null"}]
        if len(others) < len(options):
            return Nullable(self._one_of({**said, word: others}, where)) if others else self._nothing(where)
        if len(others) == 1:
            return self.shape(others[0], f"{where}/{word}/0")
        members = tuple(self.shape(option, f"{where}/{word}/{place}") for place, option in enumerate(options))
        if "discriminator" in said:
            return self._tagged(said["discriminator"], members, where)
        kinds = tuple(self._kind(member, where) for member in members)
        if len(set(kinds)) < len(kinds) or {"integer", "number"} <= set(kinds):
            raise Unsupported(where, f"{word} of types that JSON does not tell apart, without a discriminator")
        return OneOf(members, kinds)

    def _nothing(self, where: str) -> Shape:
        raise Unsupported(where, "a value that is always null")

    def _tagged(self, discriminator: Schema, members: tuple[Shape, ...], where: str) -> Shape:
        mapping: Mapping[str, str] = discriminator.get("mapping", {})
        models = tuple((value, self._reference(target, where)) for value, target in mapping.items())
        if not mapping or {model for _, model in models} != set(members):
            raise Unsupported(where, "a discriminator whose mapping does not name each of the models")
        return TaggedUnion(discriminator["propertyName"], models)

    def _kind(self, member: Shape, where: str) -> str:
        shape = self.definition(member)
        if shape in {Scalar.STRING, Scalar.UUID, Scalar.DATE_TIME, Scalar.DATE}:
            return "string"
        if isinstance(shape, Scalar) and shape is not Scalar.ANYTHING:
            return str(shape.value)
        if isinstance(shape, ListOf):
            return "array"
        if isinstance(shape, MapOf | Model):
            return "object"
        if isinstance(shape, Words) and all(isinstance(value, str) for value in shape.values):
            return "string"
        raise Unsupported(where, "a union with a member that JSON does not tell from others")


def _only(said: Schema, where: str, *known: str) -> None:
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise Unsupported(where, f"{', '.join(unknown)} beside {known[0]}" if known[0] in said else ", ".join(unknown))


def _words(values: list[Any], where: str) -> Shape:
    if not values or not all(isinstance(value, str | int) for value in values):
        raise Unsupported(where, f"the values {values!r}")
    return Words(tuple(values))

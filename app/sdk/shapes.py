"""What the generators know of an API, whatever the language: types, models, operations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Unsupported(ValueError):
    """The document has a construct that no code is made for; the message says where and which."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


class Scalar(Enum):
    """A JSON value that is no container. `ANYTHING` is any JSON at all; `BYTES` is none, but a body that is a file."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    UUID = "uuid"
    DATE_TIME = "date-time"
    DATE = "date"
    ANYTHING = "anything"
    BYTES = "bytes"


@dataclass(frozen=True)
class Words:
    """One of these values, each a string, a number or a boolean."""

    values: tuple[str | int | bool, ...]


@dataclass(frozen=True)
class Named:
    """A type of the document that has a name: a model or an alias."""

    name: str


@dataclass(frozen=True)
class ListOf:
    """A JSON array."""

    item: Shape


@dataclass(frozen=True)
class MapOf:
    """A JSON object whose keys are data."""

    value: Shape


@dataclass(frozen=True)
class Nullable:
    """Null or something else."""

    inner: Shape


@dataclass(frozen=True)
class OneOf:
    """One of several types that JSON itself tells apart; `kinds` names them as JSON Schema does."""

    members: tuple[Shape, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class TaggedUnion:
    """One of several models; the member `tag` says which: `(value of the tag, model)`."""

    tag: str
    models: tuple[tuple[str, Named], ...]


Shape = Scalar | Words | Named | ListOf | MapOf | Nullable | OneOf | TaggedUnion


@dataclass(frozen=True)
class Field:
    """A member of a model, by its name in JSON. What is not required may be left out."""

    name: str
    shape: Shape
    required: bool
    about: str = ""


@dataclass(frozen=True)
class Model:
    """A JSON object with known members."""

    name: str
    fields: tuple[Field, ...]
    about: str = ""


@dataclass(frozen=True)
class Alias:
    """A name for a type that is no model."""

    name: str
    shape: Shape
    about: str = ""


@dataclass(frozen=True)
class Parameter:
    """What a request carries besides its body. Its shape has no null: left out is how to say nothing."""

    name: str
    place: Literal["path", "query", "header"]
    shape: Shape
    required: bool
    about: str = ""


@dataclass(frozen=True)
class Body:
    """What a request carries: JSON, or a file's bytes."""

    shape: Shape
    required: bool


@dataclass(frozen=True)
class Pagination:
    """The answer is a page: `items` has its things, `cursor` what `parameter` is to be for the next, or null."""

    items: str
    item: Shape
    cursor: str
    cursor_required: bool
    parameter: str


@dataclass(frozen=True)
class Operation:
    """A request that the API answers. `answer` is None where it has no body."""

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    answer: Shape | None
    pagination: Pagination | None
    about: str = ""


@dataclass(frozen=True)
class Api:
    """A whole document: what its requests and answers are made of, and its operations in their order."""

    title: str
    version: str
    models: tuple[Model, ...]
    aliases: tuple[Alias, ...]
    operations: tuple[Operation, ...]

    def type_names(self) -> list[str]:
        """Of all models and aliases, in the order in which Python's linter wants them: constants first."""
        names = [model.name for model in self.models] + [alias.name for alias in self.aliases]
        return sorted(names, key=in_order)


def in_order(name: str) -> tuple[bool, str]:
    """The key by which names are sorted where Python's linter looks."""
    return not name.isupper(), name

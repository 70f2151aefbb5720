"""JSON to typed values and back. What is read is checked for its type, not for its range."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date as Date
from datetime import datetime as DateTime
from enum import Enum
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

T = TypeVar("T")
Reader = Callable[[object], T]


class Unset(Enum):
    """The type of `UNSET`: neither a value nor null, a member that is not there."""

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET


class UnexpectedAnswer(Exception):
    """The API answered what its document does not say; this client may be older or newer than the server."""


class _Model(Protocol):
    def to_json(self) -> dict[str, object]: ...


# ---- reading ----------------------------------------------------------------------------------------
def members(value: object, name: str) -> Mapping[str, object]:
    """A JSON object's members. Raises UnexpectedAnswer."""
    return _expect(value, dict, f"{name}, an object")


def required(of: Mapping[str, object], name: str, read: Reader[T]) -> T:
    """A member that has to be there. Raises UnexpectedAnswer."""
    if name not in of:
        raise UnexpectedAnswer(f"{name} is missing")
    return _named(name, of[name], read)


def optional(of: Mapping[str, object], name: str, read: Reader[T]) -> T | Unset:
    """A member, or UNSET if it is not there. Raises UnexpectedAnswer."""
    return _named(name, of[name], read) if name in of else UNSET


def string(value: object) -> str:
    """Raises UnexpectedAnswer."""
    return _expect(value, str, "a string")


def integer(value: object) -> int:
    """Raises UnexpectedAnswer, also for a number with a fraction."""
    if isinstance(value, float) and value.is_integer():  # 1.0 is the same JSON number as 1
        return int(value)
    return _expect(value, int, "an integer")


def number(value: object) -> float:
    """Raises UnexpectedAnswer."""
    return float(value) if isinstance(value, float) else float(_expect(value, int, "a number"))


def boolean(value: object) -> bool:
    """Raises UnexpectedAnswer."""
    if not isinstance(value, bool):
        raise _unexpected(value, "true or false")
    return value


def uuid(value: object) -> UUID:
    """Raises UnexpectedAnswer."""
    return _parse(value, UUID, "a UUID")


def date_time(value: object) -> DateTime:
    """A time as RFC 3339 writes it. Raises UnexpectedAnswer."""
    return _parse(value, DateTime.fromisoformat, "a time")


def date(value: object) -> Date:
    """Raises UnexpectedAnswer."""
    return _parse(value, Date.fromisoformat, "a date")


def anything(value: object) -> Any:
    """Any JSON, as the standard library reads it."""
    return value


def content(value: object) -> bytes:
    """A file's bytes, which the transport has not read as JSON."""
    if not isinstance(value, bytes):
        raise _unexpected(value, "bytes")
    return value


def word(value: object) -> Any:
    """One of some values. A newer server may know more of them, which is no error here."""
    if not isinstance(value, str | int):
        raise _unexpected(value, "a word")
    return value


def array(read: Reader[T]) -> Reader[list[T]]:
    """A reader of arrays of what `read` reads."""
    return lambda value: [read(item) for item in _expect(value, list, "an array")]


def mapping(read: Reader[T]) -> Reader[dict[str, T]]:
    """A reader of objects whose values `read` reads."""
    return lambda value: {name: _named(name, item, read) for name, item in members(value, "a map").items()}


def nullable(read: Reader[T]) -> Reader[T | None]:
    """A reader of null and of what `read` reads."""
    return lambda value: None if value is None else read(value)


def by_kind(readers: Mapping[str, Reader[Any]]) -> Reader[Any]:
    """A reader that chooses by JSON's own kinds, named as in JSON Schema."""

    def read(value: object) -> Any:
        for kind in _kinds(value):
            if kind in readers:
                return readers[kind](value)
        raise _unexpected(value, " or ".join(readers))

    return read


def by_tag(tag: str, readers: Mapping[str, Reader[Any]]) -> Reader[Any]:
    """A reader that chooses by the value of one member."""

    def read(value: object) -> Any:
        chosen = required(members(value, "one of several models"), tag, string)
        if chosen not in readers:
            raise UnexpectedAnswer(f"{tag} is {chosen!r}, not {' or '.join(readers)}")
        return readers[chosen](value)

    return read


def _kinds(value: object) -> tuple[str, ...]:
    match value:
        case bool():
            return ("boolean",)
        case int():
            return ("integer", "number")
        case float():
            return ("number",)
        case str():
            return ("string",)
        case list():
            return ("array",)
        case dict():
            return ("object",)
    return ()


def _expect(value: object, kind: type[T], what: str) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _unexpected(value, what)
    return value


def _parse(value: object, parse: Callable[[str], T], what: str) -> T:
    try:
        return parse(_expect(value, str, what))
    except ValueError as error:
        raise _unexpected(value, what) from error


def _named(name: str, value: object, read: Reader[T]) -> T:
    try:
        return read(value)
    except UnexpectedAnswer as error:
        raise UnexpectedAnswer(f"{name}: {error}") from None


def _unexpected(value: object, what: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{str(value)[:100]!r} is not {what}")


# ---- writing ----------------------------------------------------------------------------------------
def object_of(given: Mapping[str, object]) -> dict[str, object]:
    """A JSON object, without what is UNSET."""
    return {name: to_json(value) for name, value in given.items() if value is not UNSET}


def to_json(value: object) -> object:
    """A value of the models as what the standard library writes as JSON. Raises TypeError for any other."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, UUID | Date):  # a DateTime is a Date
        return text(value)
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [to_json(item) for item in value]
    if hasattr(value, "to_json"):
        model: _Model = value
        return model.to_json()
    raise TypeError(f"{type(value).__name__} cannot be sent")


def text(value: object) -> str:
    """A single value as an address or a header has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, Date) else str(value)


def query_of(given: Mapping[str, object]) -> list[tuple[str, str]]:
    """The query's pairs: a list's items each under its name, what is None not at all."""
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            pairs += [(name, text(item)) for item in value]
        elif value is not None:
            pairs.append((name, text(value)))
    return pairs


def segment(value: object) -> str:
    """A value as one segment of a path. Raises ValueError for those that would change the path."""
    said = text(value)
    if said in {"", ".", ".."}:
        raise ValueError(f"{said!r} cannot be part of an address")
    return quote(said, safe="")

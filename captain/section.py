"""Typed reading of one mapping of a document, with errors that name the place. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import NoReturn, TypeVar

from captain.errors import CaptainError
from captain.units import duration_nanoseconds, nano_cpus, size_bytes

T = TypeVar("T")


class Section:
    """A mapping of a stack file. Every reader raises `CaptainError` with the path of what it cannot read."""

    def __init__(self, value: object, path: str) -> None:
        """`value` has to be a mapping, or None for an empty one."""
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise CaptainError(f"{path} has to be a mapping of keys to values.")
        self.path = path
        self._values: Mapping[str, object] = {str(key): inner for key, inner in value.items()}

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def fail(self, key: str, why: str) -> NoReturn:
        """Raise with the key's path."""
        raise CaptainError(f"{self.path}.{key} {why}.")

    def allow(self, *keys: str, reasons: Mapping[str, str] | None = None) -> None:
        """Refuse every other key; `reasons` says more of some of them."""
        for key in self._values:
            if reasons and key in reasons:
                self.fail(key, reasons[key])
            if key not in keys and not key.startswith("x-"):
                close = get_close_matches(key, keys, 1)
                meant = f": did you mean {close[0]}" if close else ""
                self.fail(key, f"is a key that captain does not know{meant}; known here are {', '.join(keys)}")

    def raw(self, key: str) -> object:
        """The value as YAML gave it."""
        return self._values.get(key)

    def section(self, key: str) -> Section:
        """A mapping under the key; empty when absent."""
        return Section(self._values.get(key), f"{self.path}.{key}")

    def optional_section(self, key: str) -> Section | None:
        """A mapping under the key; None when the key is absent, an empty one when it says `{}`."""
        return self.section(key) if key in self else None

    def text(self, key: str, default: str = "") -> str:
        """A string; numbers are taken as written."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fail(key, "has to be a text")
        return str(value)

    def choice(self, key: str, *choices: str) -> str | None:
        """One of a few words; None when absent."""
        value = self.text(key)
        if value and value not in choices:
            self.fail(key, f"is '{value}': write {' or '.join(choices)}")
        return value or None

    def integer(self, key: str) -> int | None:
        """A whole number, also as text (variables are text)."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.fail(key, "has to be a whole number")
        try:
            return int(value)
        except ValueError:
            self.fail(key, f"is '{value}': it has to be a whole number")

    def number(self, key: str) -> float | None:
        """A number, also as text."""
        value = self.text(key)
        try:
            return float(value) if value else None
        except ValueError:
            self.fail(key, f"is '{value}': it has to be a number")

    def boolean(self, key: str) -> bool | None:
        """true or false, also as text."""
        value = self._values.get(key)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if value is not None and not isinstance(value, bool):
            self.fail(key, "has to be true or false")
        return value

    def duration(self, key: str) -> int | None:
        """Nanoseconds."""
        return self._converted(key, duration_nanoseconds)

    def size(self, key: str) -> int | None:
        """Bytes."""
        return self._converted(key, size_bytes)

    def cpus(self, key: str) -> int | None:
        """Billionths of a CPU."""
        return self._converted(key, nano_cpus)

    def _converted(self, key: str, convert: Callable[[str], T]) -> T | None:
        value = self.text(key)
        try:
            return convert(value) if value else None
        except ValueError as error:
            self.fail(key, str(error))

    def items(self, key: str) -> list[object]:
        """A list; empty when absent."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(key, "has to be a list")
        return list(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        for entry in self.items(key):
            if isinstance(entry, bool) or not isinstance(entry, str | int | float):
                self.fail(key, f"has an entry that is not a text: {entry}")
        return tuple(str(entry) for entry in self.items(key))

    def command(self, key: str) -> tuple[str, ...]:
        """A list of arguments, or a line that is split as a shell would."""
        value = self._values.get(key)
        return tuple(shlex.split(value)) if isinstance(value, str) else self.texts(key)

    def mapping(self, key: str) -> dict[str, str]:
        """Names to strings, written as a mapping or as a list of `name=value`."""
        value = self._values.get(key)
        if isinstance(value, list):
            pairs = dict(entry.partition("=")[::2] for entry in self.texts(key) if "=" in entry)
            bare = [entry for entry in self.texts(key) if "=" not in entry]
            if bare:
                self.fail(key, f"has {bare[0]} without a value: write {bare[0]}=value")
            return pairs
        inner = self.section(key)
        for name in inner:
            if inner.raw(name) is None:
                inner.fail(name, 'has no value: write "" for an empty one')
        return {name: inner.text(name) for name in inner}

"""Typed reading of a template's service, values put in. Every reader names the place of what it cannot read. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import NoReturn

from captain.errors import CaptainError
from captain.oneclick.substitution import Substitution
from captain.oneclick.template import Unsupported
from captain.oneclick.yaml_text import Tree
from captain.units import duration_nanoseconds

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


class ServiceTexts:
    """One mapping of a template at its path, with the values of the variables."""

    def __init__(self, fields: Tree, path: str, values: Substitution) -> None:
        """`fields` has to be a mapping, or None for an empty one."""
        if fields is not None and not isinstance(fields, dict):
            raise CaptainError(f"{path} has to be a mapping of keys to values.")
        self.path = path
        self.fields: Mapping[str, Tree] = fields or {}
        self._values = values

    def fail(self, key: str, why: str) -> NoReturn:
        """Raise with the key's path."""
        raise CaptainError(f"{self.path}.{key} {why}.")

    def inner(self, key: str) -> ServiceTexts:
        """A mapping under the key; empty when absent."""
        return ServiceTexts(self.fields.get(key), f"{self.path}.{key}", self._values)

    def text(self, key: str) -> str:
        """A text; empty when absent."""
        return self._values.text(self.written(key, self.fields.get(key)))

    def written(self, key: str, value: Tree) -> str:
        """A text as its author wrote it; empty when absent."""
        if isinstance(value, list | dict):
            self.fail(key, "has to be a text")
        return value or ""

    def items(self, key: str) -> list[Tree]:
        """A list as it is written; empty when absent."""
        value = self.fields.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(key, "has to be a list")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._values.text(self.written(f"{key}.{at}", entry)) for at, entry in enumerate(self.items(key)))

    def boolean(self, key: str) -> bool | None:
        """true or false; None when absent."""
        if self.fields.get(key) is None:
            return None
        word = self.text(key).strip().lower()
        if word not in _TRUE + _FALSE:
            self.fail(key, f"is '{word}': write true or false")
        return word in _TRUE

    def integer(self, key: str) -> int | None:
        """A whole number; None when absent."""
        text = self.text(key).strip()
        if text and not (text.isascii() and text.isdecimal()):
            self.fail(key, f"is '{text}': it has to be a whole number")
        return int(text) if text else None

    def duration(self, key: str) -> int | None:
        """Nanoseconds; None when absent."""
        text = self.text(key).strip()
        try:
            return duration_nanoseconds(text) if text else None
        except ValueError as error:
            self.fail(key, str(error))

    def command(self, key: str) -> tuple[str, ...]:
        """A list of arguments, or a line that is split as a shell would.

        It is split before the values are put in, so that a value is never more than one argument; unless the line is
        nothing but a variable.
        """
        value = self.fields.get(key)
        if not isinstance(value, str):
            return self.texts(key)
        try:
            words = shlex.split(value)
            if len(words) == 1 and words[0] in self._values.values:
                return tuple(shlex.split(self._values.text(words[0])))
        except ValueError as error:
            self.fail(key, f"cannot be split into arguments: {error}")
        return tuple(self._values.text(word) for word in words)

    def mapping(self, key: str, unsupported: list[Unsupported]) -> dict[str, str]:
        """Names to texts, from a mapping or a list of `name=value`; a name without a value stands for an empty text.

        A list's name without `=` would come from the environment of whoever deploys: it is left out.
        """
        value = self.fields.get(key)
        pairs: list[tuple[str, str]] = []
        if isinstance(value, list):
            for at, entry in enumerate(value):
                if isinstance(entry, dict):  # `- NAME: value`, a slip that can mean nothing else
                    pairs.extend((name, self.written(f"{key}.{at}", value)) for name, value in entry.items())
                    continue
                if not isinstance(entry, str):
                    self.fail(f"{key}.{at}", "has to be name=value")
                name, equals, written = entry.partition("=")
                if equals:
                    pairs.append((name, written))
                else:
                    why = f"is left out: {name} has no value, and captain has no environment to take it from"
                    unsupported.append(Unsupported(f"{self.path}.{key}.{at}", why))
        else:
            pairs.extend((name, self.written(f"{key}.{name}", inner)) for name, inner in self.inner(key).fields.items())
        found: dict[str, str] = {}
        for name, written in pairs:
            real = self._values.text(name).strip()
            if not real or "=" in real:
                self.fail(key, f"has the name '{real}': it has to be a text without =")
            if real in found:
                self.fail(f"{key}.{real}", "stands twice: keep one of the two")
            found[real] = self._values.text(written)
        return found

    def escaped(self, key: str) -> tuple[str, ...] | str:
        """A text or a list of texts in which `$$` is a dollar sign, as in a compose file."""
        value = self.fields.get(key)
        if isinstance(value, str):
            return self._values.text(value, escapes=True)
        self.texts(key)
        return tuple(self._values.text(str(entry or ""), escapes=True) for entry in self.items(key))

"""YAML to a tree whose scalars are the texts that its author wrote. Pure.

Templates are written for JavaScript, where `yes` is a word, `22:22` two numbers and `1.10` a version. Python's YAML
makes True, 1342 and 1.1 of them, so nothing is converted: who reads a value knows what it has to be.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import yaml

from captain.errors import CaptainError

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree] | None"

MOST_CHARACTERS = 128 * 1024
_MOST_VALUES = 50_000
_DEEPEST = 40
# The parser itself would need seconds to find out.
_TOO_DEEP = re.compile(rf"(?:[\[{{]\s*){{{_DEEPEST + 1}}}")
_PREFIX = "tag:yaml.org,2002:"
_TAGS = {
    f"{_PREFIX}{name}" for name in ("str", "bool", "int", "float", "timestamp", "value", "merge", "null", "seq", "map")
}
_NOTHING = ("", "~", "null", "Null", "NULL")


def read(text: str, name: str) -> Tree:
    """The document; an absent value, `~` or `null` is None.

    `CaptainError` names `name` and the place for what is not YAML, a key that stands twice, a tag of another program,
    and a document that is too large (aliases count with what they stand for).
    """
    if len(text) > MOST_CHARACTERS:
        raise CaptainError(f"{name} has {len(text)} characters: {MOST_CHARACTERS} are the most.")
    if _TOO_DEEP.search(text):
        raise CaptainError(f"{name} has values within values too deeply.")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise CaptainError(f"{name} is not valid YAML: {error}") from error
    except RecursionError:
        raise CaptainError(f"{name} has values within values too deeply.") from None
    return None if node is None else _Reader(name).value(node, "", 0)


class _Reader:
    """One walk over the nodes of one document."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen = 0

    def value(self, node: yaml.Node, path: str, depth: int) -> Tree:
        self._seen += 1
        if depth > _DEEPEST or self._seen > _MOST_VALUES:
            raise CaptainError(f"{self._name} has too many values, or values within values too deeply.")
        if node.tag not in _TAGS:
            raise CaptainError(f"{self._name}: {path or 'the document'} has the tag {node.tag}: leave it out.")
        if isinstance(node, yaml.ScalarNode):
            is_absent = node.tag == f"{_PREFIX}null" and node.style is None and node.value in _NOTHING
            return None if is_absent else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{path}.{at}", depth + 1) for at, item in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode)
        return self._mapping(node, path, depth)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Tree]:
        merged: dict[str, Tree] = {}
        found: dict[str, Tree] = {}
        for key, value in node.value:
            if key.tag == f"{_PREFIX}merge":
                merged = {**self._merged(value, path, depth), **merged}
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise CaptainError(f"{self._name}: {path or 'the document'} has a key that is not a text.")
            name = str(key.value)
            inner = f"{path}.{name}" if path else name
            if name in found:
                raise CaptainError(f"{self._name}: {inner} stands twice: keep one of the two.")
            found[name] = self.value(value, inner, depth + 1)
        return {**merged, **found}

    def _merged(self, node: yaml.Node, path: str, depth: int) -> dict[str, Tree]:
        """What `<<` brings: of several mappings, the first counts."""
        value = self.value(node, f"{path}.<<", depth + 1)
        found: dict[str, Tree] = {}
        for mapping in value if isinstance(value, list) else [value]:
            if not isinstance(mapping, dict):
                raise CaptainError(f"{self._name}: {path}.<< has to name a mapping.")
            found = {**mapping, **found}
        return found

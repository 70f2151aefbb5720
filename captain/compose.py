"""Stack files to one merged document: YAML, variables, several `-c` files. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from captain.errors import CaptainError
from captain.interpolation import interpolate_tree

Document: TypeAlias = dict[str, object]

SECTIONS = ("services", "networks", "volumes", "configs", "secrets")

# In these lists an entry of a later file replaces the one with the same target; `source` is the target where
# there is none, as it is for Docker.
_KEYED_LISTS = ("ports", "volumes", "configs", "secrets")
# These are replaced whole: half of one command and half of another make no sense.
_REPLACED_LISTS = ("command", "entrypoint", "test")


@dataclass(frozen=True, slots=True)
class Source:
    """A stack file: its name for messages and its text."""

    name: str
    text: str


def load(sources: Sequence[Source], variables: Mapping[str, str]) -> Document:
    """Read the files in order, later ones over earlier ones; the keys are those of `SECTIONS`.

    `CaptainError` names the file for what is not YAML, an unknown section, a schema other than 3.x, or a
    variable without value.
    """
    merged: Document = {section: {} for section in SECTIONS}
    for source in sources:
        merged = merge(merged, _read(source, variables))
    return merged


def _read(source: Source, variables: Mapping[str, str]) -> Document:
    try:
        document = yaml.safe_load(source.text)
    except yaml.YAMLError as error:
        raise CaptainError(f"{source.name} is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise CaptainError(f"{source.name} is not a stack file: it has no sections such as services.")
    version = str(document.get("version", "3"))
    if version.split(".")[0] != "3":
        raise CaptainError(f'{source.name} has version "{version}": stack files have version "3.9".')
    sections: Document = {}
    for key, value in document.items():
        if key == "version" or str(key).startswith("x-"):
            continue
        if key not in SECTIONS:
            raise CaptainError(f"{source.name}: unknown section '{key}': known are {', '.join(SECTIONS)}.")
        if value is not None and not isinstance(value, dict):
            raise CaptainError(f"{source.name}: section '{key}' has to map names to definitions.")
        try:
            sections[key] = interpolate_tree(value or {}, variables)
        except CaptainError as error:
            raise CaptainError(f"{source.name}: {error}") from error
    return sections


def merge(base: Mapping[str, object], over: Mapping[str, object]) -> Document:
    """`over` laid on `base`: maps merge, scalars and commands are replaced, other lists are joined."""
    merged: Document = dict(base)
    for key, value in over.items():
        current = merged.get(key)
        if isinstance(current, dict) and isinstance(value, dict):
            merged[key] = merge(current, value)
        elif isinstance(current, list) and isinstance(value, list) and key not in _REPLACED_LISTS:
            merged[key] = _join(key, current, value)
        elif key == "environment" and isinstance(current, dict | list) and isinstance(value, dict | list):
            merged[key] = {**_pairs(current), **_pairs(value)}
        elif value is not None or key not in merged:
            merged[key] = value
    return merged


def _join(key: str, base: list[object], over: list[object]) -> list[object]:
    if key == "environment":
        return [f"{name}={value}" for name, value in {**_pairs(base), **_pairs(over)}.items()]
    if key not in _KEYED_LISTS:
        return base + [entry for entry in over if entry not in base]
    by_target = {_target(entry): entry for entry in base}
    by_target.update({_target(entry): entry for entry in over})
    return list(by_target.values())


def _target(entry: object) -> str:
    if isinstance(entry, Mapping):
        return str(entry.get("target") or entry.get("source"))
    parts = str(entry).split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _pairs(environment: object) -> dict[str, object]:
    if isinstance(environment, Mapping):
        return dict(environment)
    assert isinstance(environment, list)
    return dict(str(entry).partition("=")[::2] for entry in environment)

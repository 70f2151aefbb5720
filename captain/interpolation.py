"""Variables in stack files, as `docker stack deploy` substitutes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from captain.errors import CaptainError

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|\{{(?P<braced>{_NAME})(?:(?P<operator>:?[-?])(?P<word>[^}}]*))?\}}|)"
)


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Substitute `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?why}`, `$$`.

    Stricter than Docker in one place: a variable that is not set and has no default is a `CaptainError`
    instead of an empty string.
    """

    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        name = match["named"] or match["braced"]
        if not name:
            raise CaptainError(f"Invalid variable in '{text}': write ${{NAME}}, or $$ for a dollar sign.")
        operator, word = match["operator"] or "", match["word"] or ""
        if "${" in word:
            raise CaptainError(f"Invalid variable in '{text}': a default cannot hold another variable.")
        found = variables.get(name)
        if found is not None and not (operator.startswith(":") and found == ""):
            return found
        if operator.endswith("-"):
            return word
        if operator.endswith("?"):
            raise CaptainError(f"{name} is needed: {word or 'set it in the environment'}.")
        raise CaptainError(f"{name} is not set and stack file text '{text}' gives no default: set it.")

    return _VARIABLE.sub(value, text)


def interpolate_tree(value: object, variables: Mapping[str, str]) -> object:
    """The same for every string value (not key) of a parsed YAML tree."""
    if isinstance(value, str):
        return interpolate(value, variables)
    if isinstance(value, Mapping):
        return {key: interpolate_tree(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolate_tree(inner, variables) for inner in value]
    return value

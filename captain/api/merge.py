"""JSON merge patches (RFC 7396). Pure."""

from __future__ import annotations

from collections.abc import Mapping


def merged(before: object, patch: object) -> object:
    """`before` with what the patch says: null takes a member away, another value that is no object replaces it."""
    if not isinstance(patch, Mapping):
        return patch
    made: dict[str, object] = dict(before) if isinstance(before, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made

"""Where a database differs from what it should be. Pure."""

from __future__ import annotations

from collections.abc import Mapping

Catalogue = Mapping[str, str]
"""What there is, by a name that says what it is (`column post.title`) → its definition, as PostgreSQL writes it."""


def drifts(is_there: Catalogue, should_be: Catalogue) -> list[str]:
    """A line for each difference, in the order of the names."""
    found = []
    for name in sorted(is_there.keys() | should_be.keys()):
        present, wanted = is_there.get(name), should_be.get(name)
        if present is None:
            found.append(f"{name} is missing: {wanted}")
        elif wanted is None:
            found.append(f"{name} is there, and the models do not say it: {present}")
        elif present != wanted:
            found.append(f"{name} differs: it is {present}, and should be {wanted}")
    return found

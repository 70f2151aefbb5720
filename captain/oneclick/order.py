"""In which order the services of a template start. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captain.errors import CaptainError


def in_order(needs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The names, each behind those that it needs and otherwise as given; all that is needed has to be among them.

    `CaptainError` names a circle.
    """
    done: dict[str, None] = {}

    def visit(name: str, asked_by: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in asked_by:
            circle = (*asked_by[asked_by.index(name) :], name)
            raise CaptainError(f"depends_on goes round in a circle: {' → '.join(circle)}. Remove one of them.")
        for needed in needs[name]:
            visit(needed, (*asked_by, name))
        done[name] = None

    for name in needs:
        visit(name, ())
    return tuple(done)

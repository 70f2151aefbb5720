"""`dataclass` and `replace` for the values that a tick makes by the ten thousand.

To the type checker they are the library's own, and what is declared frozen is frozen. At run time it is not: there a
frozen dataclass sets every field by a call, and the library's `replace` looks every field up, which together was a
third of a decision.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """A class with slots whose instances are equal, and have the same hash, where their fields are equal."""
        assert frozen and slots
        return dataclasses.dataclass(slots=True, unsafe_hash=True)

    def replace(instance: Any, /, **changes: Any) -> Any:
        """A copy with these fields changed; TypeError for a field that is not there."""
        kind = instance.__class__
        return _copier(kind, tuple(changes))(_new(kind), instance, *changes.values())


_new = object.__new__


@cache
def _copier(kind: Any, changed: tuple[str, ...]) -> Callable[..., Any]:
    """What fills a new instance from an old one and the values of the changed fields: straight code, as the library
    writes for `__init__`."""
    names = [field.name for field in dataclasses.fields(kind)]
    if unknown := set(changed) - set(names):
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    lines = [f"def copier({', '.join(['_new', '_old', *changed])}):"]
    lines += [f"    _new.{name} = {name if name in changed else f'_old.{name}'}" for name in names]
    made: dict[str, Any] = {}
    exec("\n".join([*lines, "    return _new"]), made)  # noqa: S102  # of nothing but names of fields
    copier: Callable[..., Any] = made["copier"]
    return copier

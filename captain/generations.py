"""Names of secrets that can be rotated. Pure.

A secret's value cannot change, so a rotated one is another secret: `flotilla_api_token`, then
`flotilla_api_token.2`, and so on. The Swarm itself is the record of which is current: the newest.
"""

from __future__ import annotations

from collections.abc import Iterable


def generations(base: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that are `base` in some generation, oldest first."""
    numbered = {name: _number(base, name) for name in names}
    return sorted((name for name, number in numbered.items() if number), key=lambda name: numbered[name])


def newest(base: str, names: Iterable[str]) -> str | None:
    """The current generation; None if there is none at all."""
    return next(reversed(generations(base, names)), None)


def following(base: str, names: Iterable[str]) -> str:
    """The name of the next generation."""
    last = newest(base, names)
    return base if last is None else f"{base}.{_number(base, last) + 1}"


def _number(base: str, name: str) -> int:
    """1 for the first generation, 0 for what is none."""
    if name == base:
        return 1
    prefix, _, number = name.rpartition(".")
    return int(number) if prefix == base and number.isdecimal() and int(number) > 1 else 0

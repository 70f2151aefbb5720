"""Repositories of one-click templates beside the official one: their addresses, kept in the Swarm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from captain.credentials import STACK_LABEL
from captain.errors import CaptainError
from captain.kept import Kept
from captain.templates.source import OFFICIAL
from swarm.engine import Engine

MOST = 10

Repositories = Mapping[str, bool]
"""By their addresses: whether an administrator meant one that is not public."""


def read(engine: Engine, stack: str) -> Repositories:
    """All of them but the official one."""
    return _parse(_kept(stack).read(engine))


def change(engine: Engine, stack: str, changed: Callable[[Repositories], Repositories]) -> None:
    """Make others of them, in the order of those who ask."""
    _kept(stack).change(engine, lambda data: json.dumps(changed(_parse(data)), sort_keys=True).encode())


def with_repository(before: Repositories, address: str, may_be_private: bool) -> Repositories:
    """With one more. `CaptainError` where it is there already, or there are too many."""
    if address in (*before, OFFICIAL):
        raise CaptainError(f"The repository {address} is there already.")
    if len(before) >= MOST:
        raise CaptainError(f"There are {MOST} repositories, and no more can be: delete one first.")
    return {**before, address: may_be_private}


def without_repository(before: Repositories, address: str) -> Repositories:
    """Without it; `CaptainError` where it is not there."""
    if address not in before:
        raise CaptainError(f"There is no repository {address}.")
    return {other: private for other, private in before.items() if other != address}


def _parse(data: bytes) -> Repositories:
    found: Repositories = json.loads(data or b"{}")
    return found


def _kept(stack: str) -> Kept:
    return Kept("captain.repositories", "flotilla.captain.repositories", stack, {STACK_LABEL: stack})

"""Where an app's source comes from when a webhook says that there is more of it: kept in the Swarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from captain.kept import Kept
from swarm.engine import Engine

LABEL = "flotilla.app.source"


@dataclass(frozen=True, slots=True)
class Origin:
    """A branch of a repository. There is no secret in it: `number` says which of the app's keys are the ones of now.

    `may_be_private` is whether an administrator meant an address that is not public. `host_keys` is what the server
    showed at the first time, in the words of a known_hosts file; empty before, and for https.
    """

    repository: str
    branch: str
    number: int
    may_be_private: bool = False
    host_keys: str = ""


def read(engine: Engine, app: str) -> Origin | None:
    """The app's; None where it has none."""
    data = _kept(app).read(engine)
    return Origin(**json.loads(data)) if data else None


def change(engine: Engine, app: str, changed: Callable[[Origin | None], Origin]) -> Origin:
    """Make another of it, in the order of those who ask."""

    def make(before: bytes) -> bytes:
        return json.dumps(asdict(changed(Origin(**json.loads(before)) if before else None)), sort_keys=True).encode()

    return Origin(**json.loads(_kept(app).change(engine, make)))


def remove(engine: Engine, app: str) -> None:
    """Take it away; no error where there is none."""
    _kept(app).remove(engine)


def _kept(app: str) -> Kept:
    return Kept(f"source.{app}", LABEL, app, {})

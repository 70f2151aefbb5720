"""Secrets of apps: values that captain takes and never tells.

A Swarm's secret cannot change, so another value is another secret: `stripe`, then `stripe.2` (`generations`). Apps name
`stripe`, and get the newest. One that was made by hand is the first generation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from captain.apps.app_plan import Observed
from captain.apps.app_releases import running_number
from captain.apps.app_service import KNOWN_AS_LABEL
from captain.apps.app_spec import AppSpec
from captain.apps.observe import newest_secrets, own_secrets
from captain.errors import CaptainError
from captain.generations import following
from captain.stack import FileReference
from swarm.engine import Engine, EngineError, Secret

MOST_BYTES = 500_000
"""Of a secret's value, in a Swarm."""

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]{0,55}[a-zA-Z0-9])?", re.ASCII)
_READABLE = 0o444


@dataclass(frozen=True, slots=True)
class Row:
    """A secret that apps may have. `created_at` is that of the value; `apps` are those whose running release has it."""

    name: str
    created_at: datetime | None
    apps: tuple[str, ...]


def rows(secrets: Sequence[Secret], observed: Observed) -> list[Row]:
    """All of them, by name."""
    users = used_by(observed)
    return [
        Row(name, secret.created_at, tuple(users.get(name, ())))
        for name, secret in sorted(newest_secrets(own_secrets(secrets)).items())
    ]


def as_json(row: Row) -> dict[str, object]:
    """For programs; never with a value."""
    at = row.created_at.astimezone(UTC) if row.created_at else None
    return {"secret": row.name, "created_at": at.isoformat() if at else None, "apps": list(row.apps)}


def used_by(observed: Observed) -> Mapping[str, list[str]]:
    """The apps whose running release names a secret."""
    found: dict[str, list[str]] = {}
    for name, own in sorted(observed.releases.items()):
        running = running_number(observed.services.get(name))
        for release in own:
            if release.number == running:
                for reference in release.spec().secrets:
                    found.setdefault(reference.source, []).append(name)
    return found


def store(engine: Engine, name: str, value: bytes) -> str:
    """Keep a value, as another generation where there is one; the name it is stored by. `CaptainError` says why not."""
    if not _NAME.fullmatch(name):
        raise CaptainError(f"'{name}' cannot be a secret's name: use at most 57 letters, digits, hyphens, underscores.")
    if not 0 < len(value) <= MOST_BYTES:
        raise CaptainError(f"The value has {len(value)} bytes: give it on standard input, 1 to {MOST_BYTES} bytes.")
    every = engine.secrets()
    taken = {secret.name for secret in every} - {secret.name for secret in own_secrets(every)}
    if name in taken:
        raise CaptainError(f"The secret {name} is the platform's: give yours another name.")
    stored = following(name, [secret.name for secret in every])
    engine.create_secret(stored, value, {KNOWN_AS_LABEL: name})
    return stored


def remove(engine: Engine, observed: Observed, name: str) -> None:
    """Take all its generations away. `CaptainError` while an app has it, or where there is none."""
    users = used_by(observed).get(name)
    if users:
        raise CaptainError(
            f"{', '.join(users)} has the secret {name}: captain secret rm {name} --app {users[0]} first."
        )
    found = [secret for secret in own_secrets(engine.secrets()) if secret_of(secret) == name]
    if not found:
        raise CaptainError(f"There is no secret {name} of apps: captain secret list")
    for secret in found:
        engine.remove_secret(secret.id)


def forget_old(engine: Engine, name: str) -> None:
    """Take the generations away that no service has any more; a service that is behind keeps its own."""
    own = own_secrets(engine.secrets())
    newest = newest_secrets(own).get(name)
    for secret in own:
        if newest is not None and secret_of(secret) == name and secret.id != newest.id:
            with suppress(EngineError):  # in use: the Swarm says so itself, at the moment of asking
                engine.remove_secret(secret.id)


def given(app: AppSpec, name: str) -> tuple[FileReference, ...]:
    """The app's secrets with this one, under `/run/secrets/<name>`."""
    if any(reference.source == name for reference in app.secrets):
        return app.secrets
    return (*app.secrets, FileReference(name, name, "0", "0", _READABLE))


def secret_of(secret: Secret) -> str:
    """The name that apps know it by."""
    return secret.labels.get(KNOWN_AS_LABEL, secret.name)

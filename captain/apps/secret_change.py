"""Another value of a secret: kept, given to every app that has it, and taken back if none of them gets live."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from captain.apps import app_secrets
from captain.apps.app_plan import Observed
from captain.apps.app_rollout import Place
from captain.apps.app_spec import AppSpec
from captain.apps.observe import app_service
from captain.errors import CaptainError
from swarm.engine import Engine, EngineError


@dataclass
class NewValue:
    """A value that is kept, and the apps that are to be rolled out with it, each of which is told of once."""

    name: str
    stored: str
    apps: Sequence[str]
    _went_well: list[bool] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def edit(self, app: AppSpec) -> AppSpec:
        """The app with the secret."""
        return replace(app, secrets=app_secrets.given(app, self.name))

    def settle(self, place: Place, *went_well: bool) -> None:
        """How one or more of the apps went; with the last of them the value that nobody has is taken away."""
        with self._lock:
            self._went_well += went_well
            if len(self._went_well) < len(self.apps):
                return
        if self._went_well and not any(self._went_well):
            with suppress(EngineError):  # somebody took it meanwhile: then it stays
                place.engine.remove_secret(self.stored)
            place.say(f"the secret {self.name} is what it was")
        else:
            app_secrets.forget_old(place.engine, self.name)


def keep(engine: Engine, observed: Observed, name: str, value: bytes, app: str | None) -> NewValue:
    """Keep a value, for those that have the secret and `app`. `CaptainError` says why not."""
    users = list(app_secrets.used_by(observed).get(name, ()))
    if app is not None and app not in users:
        app_service(observed, app)
        users.append(app)
    return NewValue(name, app_secrets.store(engine, name, value), users)


def without(app: AppSpec, name: str) -> AppSpec:
    """The app without the secret. `CaptainError` where it has none."""
    left = tuple(reference for reference in app.secrets if reference.source != name)
    if left == app.secrets:
        raise CaptainError(f"{app.name} has no secret {name}; nothing was changed.")
    return replace(app, secrets=left)

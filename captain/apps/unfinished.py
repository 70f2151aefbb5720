"""Ends what a killed captain began: a first release is seen through or taken away, and so are releases without an app.

Commands of `captain run` that have ended, or that no node takes, are removed, and so are gates of `captain exec`.

A rollout over an earlier release needs nothing of this: Swarm carries it on, or pauses, and captain's watch goes back.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from captain.apps import exec_gate
from captain.apps.app_releases import Release, running_number
from captain.apps.app_rollout import Place, take_away, wait
from captain.apps.app_truth import Word
from captain.apps.first_release import is_unproven, prove
from captain.apps.looking import keep_looking
from captain.apps.observe import observe
from captain.apps.one_off import sweep
from captain.apps.turn import turn_if_free
from captain.labels import APP_LABEL
from captain.rollout import Written
from swarm.engine import Service

_PAUSE_SECONDS = 5.0

log = logging.getLogger("captain")


def begun(services: Iterable[Service], releases: Mapping[str, tuple[Release, ...]]) -> list[str]:
    """Apps that somebody is deploying or removing at the moment, or was when it was killed. Pure."""
    apps = {service.name: service for service in services if service.labels.get(APP_LABEL) == service.name}
    unproven = [name for name, service in apps.items() if is_unproven(service)]
    return sorted({*unproven, *(releases.keys() - apps.keys())})


def finish(place: Place, name: str) -> str:
    """See one of `begun` through, its turn being ours; a sentence about what was done, empty when there was nothing."""
    observed = observe(place.engine, place.stack, place.domains)
    service = observed.services.get(name)
    own = observed.releases.get(name, ())
    if service is None:
        if not own:
            return ""
        take_away(place, name)
        return f"{name}: whoever deployed or removed it was killed before its end: what was left of it is removed"
    if not is_unproven(service):
        return ""
    number = running_number(service) or 0
    release = next((found for found in own if found.number == number), None)
    if release is None:
        return ""
    at = service.updated_at or place.now()
    stand = wait(place, release.spec(), number, Written(at, True, service.spec["TaskTemplate"]))
    if stand.word is Word.LIVE:
        prove(place.engine, name)
        return f"{name}: release {number} is live; whoever deployed it was killed before seeing that"
    take_away(place, name)
    return f"{name}: release {number}, its first, failed and is removed; whoever deployed it was killed: {stand.why}"


class Finisher:
    """Looks every few seconds, in `captain serve`, for what nobody is at any more."""

    def __init__(
        self, connect: Callable[[], Place], folder: Path | None = None, failed: Callable[[], object] = lambda: None
    ) -> None:
        """`failed` is told of each look that ended in an error."""
        self._connect = connect
        self._folder = folder or Path(tempfile.gettempdir())
        self._failed = failed

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        keep_looking(self._connect, self.look, _PAUSE_SECONDS, self._failed, "what was begun and not ended", stop)

    def look(self, place: Place) -> None:
        """One pass. Whoever holds an app's turn is at it, and left alone."""
        observed = observe(place.engine, place.stack, place.domains)
        for name in begun(observed.services.values(), observed.releases):
            with turn_if_free(self._folder, name) as ours:
                said = finish(place, name) if ours else ""
            if said:
                log.warning("%s", said)
        for command in [*sweep(place.engine, place.now()), *exec_gate.sweep(place.engine, place.now())]:
            log.warning("%s: whoever ran it was killed before its end: it is removed", command)

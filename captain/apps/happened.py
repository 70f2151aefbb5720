"""Looks at what happened to apps, again and again: each event is told once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from captain.apps import app_events
from captain.apps.app_events import Event
from captain.apps.app_rollout import Place
from captain.apps.observe import app_service, observe
from captain.jobs import book as job_book
from captain.jobs.report import events as job_events
from captain.rollout import by_service


class Happened:
    """Of one app, or of all without a name."""

    def __init__(self, app: str | None, after: datetime | None) -> None:
        """Nothing that is older than `after`."""
        self._app = app
        self._after = after
        self._told: set[Event] = set()
        self._counts: Mapping[str, int] = {}

    def new(self, place: Place) -> list[Event]:
        """What has not been told yet. `CaptainError` where there is no such app."""
        found, now = _look(place, self._app)
        found += app_events.scaled(self._counts, now, datetime.now(UTC))
        self._counts = now
        new = [e for e in found if e not in self._told and (self._after is None or e.at >= self._after)]
        self._told.update(found)
        return new


def as_json(event: Event) -> dict[str, object]:
    """For programs."""
    return {
        "time": event.at.astimezone(UTC).isoformat(),
        "app": event.app,
        "event": event.what,
        "text": event.text,
    }


def _look(place: Place, app: str | None) -> tuple[list[Event], dict[str, int]]:
    observed = observe(place.engine, place.stack, place.domains)
    if app is not None and app not in observed.releases:
        app_service(observed, app)
    names = [app] if app is not None else sorted(observed.releases)
    services = [observed.services[name] for name in names if name in observed.services]
    tasks = by_service(place.engine.tasks(filters={"service": [own.name for own in services]})) if services else {}
    nodes = {node.id: node.hostname for node in place.engine.nodes()}
    releases = {name: observed.releases[name] for name in names if name in observed.releases}
    kept = job_book.histories(place.engine)
    of_jobs = [event for name in names for event in job_events(name, kept.get(name, {}))]
    counts = {own.name: own.replicas for own in services if own.replicas is not None}
    found = [*app_events.events(releases, services, tasks, nodes), *of_jobs]
    return sorted(found, key=lambda event: event.at), counts

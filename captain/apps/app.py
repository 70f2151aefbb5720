"""One app as the Swarm has it, and as it is meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from captain.apps import app_drafts
from captain.apps.app_document import Document
from captain.apps.app_plan import Observed
from captain.apps.app_releases import Release, running_number
from captain.apps.app_rollout import Place
from captain.apps.observe import observe
from captain.errors import CaptainError
from swarm.engine import Service


class NoApp(CaptainError):
    """There is none of that name."""


@dataclass(frozen=True, slots=True)
class App:
    """One app as it is: what it is meant to be in captain.yml's words, and what the Swarm has of it.

    `service` is None for one that has no release yet; `ready` counts its healthy tasks, `ended` those
    that ran to their end and are not started again.
    """

    name: str
    document: Document
    releases: tuple[Release, ...]
    service: Service | None
    ready: int
    ended: int = 0

    def hosts(self, domain: str) -> tuple[str, ...]:
        """The names that the edge answers to for it."""
        http = self.document.get("http")
        return () if http is None else (f"{self.name}.{domain}", *http.get("hosts", ()), *http.get("redirects", ()))


def look(place: Place) -> dict[str, App]:
    """All apps by name, those without a release too; tasks are not counted."""
    return _apps(observe(place.engine, place.stack, place.domains), app_drafts.drafts(place.engine))


def _apps(observed: Observed, drafts: Mapping[str, Document]) -> dict[str, App]:
    found = {name: App(name, draft, (), None, 0) for name, draft in drafts.items()}
    for name in observed.releases.keys() & observed.services.keys():
        service, own = observed.services[name], observed.releases[name]
        running = next((release for release in own if release.number == running_number(service)), own[-1])
        # The number of replicas is the live one, and no wish that a change of something else would repeat.
        wanted = {key: value for key, value in running.document.items() if key != "replicas"}
        found[name] = App(name, wanted, own, service, 0)
    return found

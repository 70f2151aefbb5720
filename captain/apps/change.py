"""One thing about an app changed: its release with that changed is the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from captain.apps.app_plan import Observed
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Outcome, Place, roll_out
from captain.apps.app_spec import AppSpec
from captain.apps.observe import app_service, observe
from captain.errors import CaptainError


def running_spec(observed: Observed, name: str) -> AppSpec:
    """The app as its running release says; `CaptainError` if there is no such app, or its release is not kept."""
    number = running_number(app_service(observed, name))
    release = next((found for found in observed.releases[name] if found.number == number), None)
    if release is None:
        raise CaptainError(f"The release of {name} that runs is not kept any more: captain apply -f captain.yml")
    return release.spec()


def change(place: Place, name: str, edit: Callable[[AppSpec], AppSpec], note: str) -> Outcome:
    """Roll the app out with what `edit` makes of it. The number of replicas stays what it is at the moment.

    Whoever calls this has the app's turn: another change in between would be lost.
    """
    observed = observe(place.engine, place.stack, place.domains)
    before = running_spec(observed, name)
    if before.replicas is not None:
        before = replace(before, replicas=app_service(observed, name).replicas)
    return roll_out(place, edit(before), note)

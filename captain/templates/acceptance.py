"""Whether a Swarm takes what templates become: every service is created without a replica, and removed again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from captain.apps.app_service import Surroundings, service_spec
from captain.errors import CaptainError
from captain.oneclick.trial import Trial
from swarm.engine import Engine, EngineError, NotFound

TRIAL_LABEL = "flotilla.trial"
"""By which a trial that was killed is found again, and its services are removed."""

# What is still to be built has no name yet; the engine is asked about all the rest of it.
_UNBUILT = f"unbuilt@sha256:{'0' * 64}"
_CONFLICT = 409


def surroundings(engine: Engine, stack: str) -> Surroundings:
    """The network of apps, and nothing else: a template names no network and no secret of the Swarm's."""
    name = f"{stack}_apps"
    found = next((own.id for own in engine.networks() if own.name == name and own.scope == "swarm"), None)
    if found is None:
        raise CaptainError(f"There is no network {name}: run ./swarm/up.sh, then this again.")
    return Surroundings(name, {name: found}, {}, has_start_interval=False)


def refusals(engine: Engine, trial: Trial, around: Surroundings) -> tuple[str, ...]:
    """A sentence for each app of the template that the engine does not take; none for a template that cannot be.

    Nothing is left behind, whatever the engine says.
    """
    said: list[str] = []
    made: list[str] = []
    try:
        for app in () if trial.becomes is None else trial.becomes.apps:
            spec = replace(app.spec, image=app.spec.image or _UNBUILT)
            body = service_spec(spec, 0, 0, around)
            body["Labels"] = {TRIAL_LABEL: trial.name}  # captain, the autoscaler and the edge take it for no app
            try:
                made.append(engine.create_service(body))
            except EngineError as error:
                if error.status == _CONFLICT:
                    raise CaptainError(
                        f"There is a service {spec.name} already, whose name the trial needs: remove it first."
                    ) from error
                said.append(f"{spec.name}: {error}")
    finally:
        for service in made:
            with suppress(NotFound):
                engine.remove_service(service)
    return tuple(said)


def sweep(engine: Engine) -> None:
    """Remove what a trial that was killed left behind."""
    for service in engine.services(TRIAL_LABEL):
        with suppress(NotFound):
            engine.remove_service(service.id)

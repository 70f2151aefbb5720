"""Sets the number of an app's replicas."""

from __future__ import annotations

from captain.apps.app_plan import Kind
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Outcome, Place, await_quiet, wait
from captain.apps.app_truth import Word
from captain.apps.change import running_spec
from captain.apps.observe import app_service, observe
from captain.errors import CaptainError
from captain.rollout import Written
from swarm.engine import OutOfSequence

_ATTEMPTS = 10


def scale(place: Place, name: str, replicas: int) -> Outcome:
    """Write the number and wait until so many are healthy and routed. `CaptainError` where it is the autoscaler's."""
    began = place.now()
    if replicas < 0:
        raise CaptainError(f"{replicas} replicas cannot be: give a whole number from 0.")
    observed = observe(place.engine, place.stack, place.domains)
    service = app_service(observed, name)
    number = running_number(service) or 0
    app = running_spec(observed, name)
    if app.autoscale is not None:
        raise CaptainError(f"The autoscaler owns the number of {name}: change autoscale.min and max, and apply.")
    # A count that is written during a rollout becomes what Swarm goes back to.
    await_quiet(place, app)
    for _ in range(_ATTEMPTS):
        try:
            place.engine.set_replicas(name, replicas)
            break
        except OutOfSequence:
            continue
    else:
        raise CaptainError(f"Somebody else keeps writing {name}: stop that, then run this again.")
    stand = wait(place, app, number, Written(place.now(), restarts_tasks=False))
    why = "" if stand.word is Word.LIVE else stand.why
    return Outcome(name, Kind.SCALE, number, (place.now() - began).total_seconds(), why, replicas=replicas)

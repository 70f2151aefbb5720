"""What became of a rollout that captain began and was killed in: seen through, taken back, or never written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from captain.apps.app_document import Document, document
from captain.apps.app_plan import Kind, Observed
from captain.apps.app_releases import Release, failed_numbers, next_number, running_number
from captain.apps.app_rollout import Place, await_quiet, wait
from captain.apps.app_service import RELEASE_LABEL
from captain.apps.app_spec import AppSpec
from captain.apps.app_truth import Word
from captain.apps.first_release import is_unproven
from captain.apps.observe import observe
from captain.apps.unfinished import finish
from captain.deployment import Done
from captain.rollout import Written
from swarm.engine import NotFound, OutOfSequence, Service

_WENT_BACK = ("rollback_started", "rollback_paused", "rollback_completed")
_BACK_WITHIN_SECONDS = 120.0
_PAUSE_SECONDS = 0.5


def note_of(observed: Observed, spec: AppSpec) -> dict[str, Any]:
    """What is noted before the rollout: the app that it makes, and the newest release that was there before. Pure."""
    own, service = observed.releases.get(spec.name, ()), observed.services.get(spec.name)
    return {"newest": next_number(own, service) - 1, "wanted": json.loads(json.dumps(document(spec)))}


def own_release(releases: Sequence[Release], note: Mapping[str, Any]) -> Release | None:
    """The release that was made after the note and is the app of the note; None where nothing was written. Pure.

    A release says the live number of replicas where the app says none (`as_kept`).
    """
    made = [found for found in releases if found.number > note["newest"] and _is(found.document, note["wanted"])]
    return made[-1] if made else None


def _is(document: Document, wanted: Document) -> bool:
    own = document if "replicas" in wanted else {key: value for key, value in document.items() if key != "replicas"}
    return own == wanted


def came_of(place: Place, name: str, note: Mapping[str, Any]) -> Done | None:
    """See it through. None where it changed nothing: then it may be done as if it had not been begun.

    Whoever calls this has the app's turn.
    """
    before = place.engine.service(name)
    was_first = before is not None and is_unproven(before)
    said = finish(place, name)
    if was_first and place.engine.service(name) is None:
        return Done(note["newest"] + 1, said, step=Kind.CREATE.name.lower())
    observed = observe(place.engine, place.stack, place.domains)
    ours, service = own_release(observed.releases.get(name, ()), note), observed.services.get(name)
    if ours is None or service is None:
        return None
    running = running_number(service) or 0
    if running > ours.number:
        return _told(ours, note, f"release {running} took its place meanwhile")
    if running == ours.number:
        return _seen_through(place, ours, note)
    if ours.number in failed_numbers(service) or service.update_state in _WENT_BACK:
        return _told(ours, note, f"It did not get healthy while captain was away. It is back on release {running}.")
    with suppress(NotFound):
        place.engine.remove_config(ours.config_id)
    return None


def _seen_through(place: Place, ours: Release, note: Mapping[str, Any]) -> Done:
    spec = ours.spec()
    await_quiet(place, spec)
    service = place.engine.service(ours.app)
    if service is None or running_number(service) != ours.number:
        return _told(ours, note, "It did not get healthy. " + _back(place, ours))
    written = Written(service.updated_at or place.now(), True, service.spec["TaskTemplate"])
    stand = wait(place, spec, ours.number, written)
    if stand.word is Word.LIVE:
        return _told(ours, note, "", stand.ended)
    return _told(ours, note, f"{stand.why.rstrip('.')}. {_back(place, ours)}")


def _back(place: Place, ours: Release) -> str:
    """Put what ran before back, unless captain's watch has done so; a sentence about it."""
    began = place.now()
    while (place.now() - began).total_seconds() < _BACK_WITHIN_SECONDS:
        service = place.engine.service(ours.app)
        if service is None:
            return "Somebody removed the app meanwhile."
        if running_number(service) != ours.number:
            return f"It is back on release {running_number(service)}."
        if not _had_another(service, ours.number):  # somebody wrote since, such as the autoscaler
            break
        with suppress(OutOfSequence):  # somebody else did, or wrote: the next look sees what
            place.engine.roll_back(service)
        place.sleep(_PAUSE_SECONDS)
    return f"What ran before is not back: captain rollback {ours.app}"


def _had_another(service: Service, number: int) -> bool:
    labels = (service.previous_spec or {}).get("Labels") or {}
    return bool(labels.get(RELEASE_LABEL, str(number)) != str(number))


def _told(ours: Release, note: Mapping[str, Any], why: str, ended: int = 0) -> Done:
    step = Kind.ROLL_OUT if note["newest"] else Kind.CREATE
    return Done(ours.number, why, step=step.name.lower(), back_to=note.get("back_to"), ended=ended)

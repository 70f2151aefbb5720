"""Changes of apps as they are carried out, each in its app's turn, from what was asked for as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from captain.accounts.book import Caller
from captain.apps import app_drafts
from captain.apps.app import NoApp, look
from captain.apps.app_document import Document
from captain.apps.app_file import parse_app
from captain.apps.app_plan import plan
from captain.apps.app_reach import refuse_more
from captain.apps.app_releases import to_go_back_to
from captain.apps.app_rollout import Outcome, Place, remove, roll_out
from captain.apps.app_spec import AppSpec
from captain.apps.came_of import came_of, note_of
from captain.apps.change import running_spec
from captain.apps.observe import app_service, observe
from captain.apps.scale import scale
from captain.apps.secret_change import NewValue, without
from captain.deployment import Done
from captain.errors import CaptainError
from captain.git import origin
from swarm.engine import EngineError

Change: TypeAlias = Callable[[Document, Mapping[str, Any]], Document]
"""What the app becomes: from what it is meant to be, and the words of the wish."""
Note: TypeAlias = Callable[[Mapping[str, object]], object]
"""Keeps what is about to be changed, before it is (`came_of`)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One change in its turn. `begun` is what an earlier captain noted of it that was killed; empty otherwise."""

    place: Place
    app: str
    words: Mapping[str, Any]
    caller: Caller | None
    begun: Mapping[str, Any]
    note: Note


def carried_out(turn: Turn, how: Callable[[Turn], Done]) -> Done:
    """What became of it if it was begun before; else it is done, a rollout being noted before it changes anything."""
    if turn.begun:
        found = came_of(turn.place, turn.app, turn.begun)
        if found is not None:
            if not found.why:
                app_drafts.remove(turn.place.engine, turn.app)
            return found
    return how(turn)


def is_away(error: Exception) -> bool:
    """Whether the engine did not answer, or has no Swarm at the moment: it is restarted, or its managers choose."""
    return type(error) is EngineError and error.status in (0, 503)


def changed(turn: Turn, change: Change) -> Done:
    """The app with something else. Without a caller, for somebody who was asked before, such as a build."""
    found = look(turn.place).get(turn.app)
    if found is None:
        raise NoApp(f"There is no app {turn.app}.")
    wanted = change(found.document, turn.words)
    refuse_more(turn.app, found.document, wanted, turn.caller)
    if "image" not in wanted:
        app_drafts.change(turn.place.engine, turn.app, lambda _: wanted)
        return Done()
    return _rolled_out(turn, wanted)


def put(turn: Turn) -> Done:
    """The app so, whether there is one or not."""
    found, wanted = look(turn.place).get(turn.app), turn.words["wanted"]
    refuse_more(turn.app, {} if found is None else found.document, wanted, turn.caller)
    return _rolled_out(turn, wanted)


def with_image(turn: Turn) -> Done:
    """The app with a built image; `new` is what it is where there is none yet."""
    image, new = turn.words["image"], turn.words["new"]
    if new is not None and turn.app not in look(turn.place):
        return _rolled_out(turn, {**new, "image": image})
    return changed(turn, lambda before, words: {**before, "image": image})


def rolled_back(turn: Turn) -> Done:
    """To the release that is named; to the one before without a number."""
    place, name, number = turn.place, turn.app, turn.words["release"]
    observed = observe(place.engine, place.stack, place.domains)
    service = app_service(observed, name)
    own = observed.releases[name]
    release = to_go_back_to(own, service)
    if number is not None:
        release = next((found for found in own if found.number == number), None)
    if release is None:
        kept = ", ".join(str(found.number) for found in own)
        raise CaptainError(f"{name} has no such release to go back to; kept are {kept}.")
    wanted = replace(release.spec(), replicas=None)
    outcome = _roll_out(turn, wanted, f"rollback to {release.number}", back_to=release.number)
    return done(replace(outcome, back_to=release.number))


def scaled(turn: Turn) -> Done:
    """To so many replicas: twice is once."""
    return done(scale(turn.place, turn.app, turn.words["replicas"]))


def with_value(turn: Turn, new: NewValue) -> Done:
    """The app with another value of a secret."""
    try:
        outcome = carried_out(turn, lambda own: _edited(own, new.edit))
    except (CaptainError, EngineError) as error:
        if not is_away(error):
            new.settle(turn.place, False)
        raise
    new.settle(turn.place, not outcome.why)
    return outcome


def without_secret(turn: Turn) -> Done:
    """The app without one of its secrets."""
    return _edited(turn, lambda spec: without(spec, turn.words["secret"]))


def removed(turn: Turn) -> Done:
    """All of the app but its volumes: twice is once."""
    remove(turn.place, turn.app)
    app_drafts.remove(turn.place.engine, turn.app)
    origin.remove(turn.place.engine, turn.app)
    return Done()


def done(outcome: Outcome) -> Done:
    """The same in a deployment's words."""
    return Done(
        outcome.release,
        outcome.why,
        outcome.log,
        outcome.kind.name.lower(),
        outcome.seconds,
        outcome.replicas,
        outcome.back_to,
        outcome.ended,
    )


def _rolled_out(turn: Turn, wanted: Document) -> Done:
    app = parse_app(turn.app, wanted)
    plan([app], observe(turn.place.engine, turn.place.stack, turn.place.domains))
    outcome = _roll_out(turn, app, turn.words.get("note", ""))
    if not outcome.why:
        app_drafts.remove(turn.place.engine, turn.app)
    return done(outcome)


def _edited(turn: Turn, edit: Callable[[AppSpec], AppSpec]) -> Done:
    """The running release with that changed; the number of replicas stays what it is at the moment."""
    observed = observe(turn.place.engine, turn.place.stack, turn.place.domains)
    before = running_spec(observed, turn.app)
    if before.replicas is not None:
        before = replace(before, replicas=app_service(observed, turn.app).replicas)
    return done(_roll_out(turn, edit(before), turn.words["note"]))


def _roll_out(turn: Turn, app: AppSpec, said: str, **more: object) -> Outcome:
    place = turn.place
    turn.note({**note_of(observe(place.engine, place.stack, place.domains), app), **more})
    return roll_out(place, app, said)

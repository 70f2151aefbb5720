"""What the HTTP interfaces do with apps: what is asked for becomes a deployment, and what there is, rows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from captain.accounts.book import Caller
from captain.apps import app_carrying, app_drafts, edges
from captain.apps.app import App, NoApp, look
from captain.apps.app_carrying import Change, Turn, carried_out, is_away
from captain.apps.app_document import Document
from captain.apps.app_endings import ended
from captain.apps.app_rollout import Place
from captain.apps.app_spec import name_mistake
from captain.apps.observe import observe
from captain.apps.secret_change import NewValue, keep
from captain.apps.turn import turn
from captain.credentials import Domains
from captain.deployment import Deployment, Done, Wish
from captain.deployments import Asked, Deployments, Say
from captain.errors import CaptainError
from captain.ledger import JSON
from captain.rollout import by_service
from swarm.engine import Engine, EngineError

_SET_SECRET = "set secret"  # noqa: S105  (a kind of wish)
_ATTEMPTS = 3
_LOOKS, _PAUSE_SECONDS = 240, 0.5
"""For an engine that is away: two minutes for each attempt."""


class AppWork:
    """Apps of one Swarm, for several threads at once: each call has a connection of its own."""

    def __init__(self, open_place: Callable[[Say], Place], deployments: Deployments) -> None:
        """`open_place` makes a place with a connection of its own, which is closed after use."""
        self._open = open_place
        self.deployments = deployments
        self._values: dict[str, NewValue] = {}
        """Of secrets, by what they are stored as, while apps are rolled out with them."""
        for kind, how in {
            "put": app_carrying.put,
            "roll back": app_carrying.rolled_back,
            "scale": app_carrying.scaled,
            "take secret": app_carrying.without_secret,
            "remove": app_carrying.removed,
        }.items():
            deployments.on(kind, partial(self._queue, partial(carried_out, how=how)))
        deployments.on(_SET_SECRET, partial(self._queue, self._with_value))
        self.on_change("image", lambda before, words: {**before, "image": words["image"]})

    # ---- what there is -------------------------------------------------------------------------------

    def apps(self) -> dict[str, App]:
        """All apps by name, those without a release too."""
        with self.place() as place:
            found = look(place)
            running = [app.service.id for app in found.values() if app.service is not None]
            tasks = by_service(place.engine.tasks(filters={"service": running})) if running else {}
        for name, app in found.items():
            if app.service is not None:
                own = tasks.get(app.service.id, [])
                ready, done = sum(task.ready for task in own), ended(app.service, own)
                found[name] = replace(app, ready=ready, ended=done)
        return dict(sorted(found.items()))

    def app(self, name: str) -> App:
        """One of them; `NoApp` without it."""
        found = self.apps().get(name)
        if found is None:
            raise NoApp(f"There is no app {name}.")
        return found

    # ---- what is asked for ---------------------------------------------------------------------------

    def register(self, name: str, draft: Document) -> None:
        """Name an app, which has no release yet. `CaptainError` for a name that cannot be or is taken."""
        mistake = name_mistake(name)
        if mistake:
            raise CaptainError(f"'{name}' {mistake}.")
        with self.place() as place:
            observed = observe(place.engine, place.stack, place.domains)
            if name in observed.services:
                raise CaptainError(f"There is a service {name} already: give the app another name.")
            app_drafts.register(place.engine, name, draft)

    def on_change(self, kind: str, change: Change) -> None:
        """Changes of this kind are made so: `change` gets what the app is meant to be when its turn has come."""
        how = partial(app_carrying.changed, change=change)
        self.deployments.on(kind, partial(self._queue, partial(carried_out, how=how)))

    def change(self, name: str, kind: str, what: str, caller: Caller, words: JSON, note: str = "") -> Deployment:
        """Make something else of the app, as `on_change` says for the kind.

        An app without image and release is only described anew. What the change raises is why it failed.
        """
        return self.deployments.ask(Wish(kind, name, what, caller, {**words, "note": note}))

    def put(self, name: str, wanted: Document, caller: Caller, note: str = "") -> Deployment:
        """Make the app so, whether there is one or not."""
        return self.deployments.ask(Wish("put", name, "put", caller, {"wanted": wanted, "note": note}))

    def roll_back(self, name: str, number: int | None, caller: Caller) -> Deployment:
        """To an earlier release; the one before without a number."""
        what = "roll back" if number is None else f"roll back to {number}"
        return self.deployments.ask(Wish("roll back", name, what, caller, {"release": number}))

    def scale(self, name: str, replicas: int, caller: Caller) -> Deployment:
        """Set the number of replicas."""
        return self.deployments.ask(Wish("scale", name, f"scale to {replicas}", caller, {"replicas": replicas}))

    def set_secret(self, name: str, value: bytes, app: str | None, caller: Caller) -> list[Deployment]:
        """Keep a value for the apps that have the secret, and `app`, each of which is rolled out with it."""
        with self.place() as place:
            new = keep(place.engine, observe(place.engine, place.stack, place.domains), name, value, app)
            if not new.apps:
                new.settle(place)
                return []
            self._values[new.stored] = new
            what, made = f"secret set {name}", list[Deployment]()
            words = {"secret": name, "stored": new.stored, "note": what}
            try:
                for user in new.apps:
                    made.append(self.deployments.ask(Wish(_SET_SECRET, user, what, caller, words)))
            except CaptainError:
                new.settle(place, *[False] * (len(new.apps) - len(made)))
                if not made:
                    del self._values[new.stored]
                raise
        return made

    def take_secret(self, app: str, name: str, caller: Caller) -> Deployment:
        """From the app; it is kept."""
        what = f"secret rm {name}"
        return self.deployments.ask(Wish("take secret", app, what, caller, {"secret": name, "note": what}))

    def remove(self, name: str, caller: Caller) -> Deployment:
        """With its releases; volumes stay."""
        return self.deployments.ask(Wish("remove", name, "remove", caller))

    # ---- doing it ------------------------------------------------------------------------------------

    def roll_out_image(self, asked: Asked, image: str, note: str, say: Say, new: Document | None) -> Done:
        """For builds: the app with another image, in its turn. `new` is what it is where there is none yet."""
        words = {"image": image, "note": note, "new": new}
        return self._in_turn(asked, words, None, partial(carried_out, how=app_carrying.with_image), say)

    def _queue(self, how: Callable[[Turn], Done], asked: Asked) -> None:
        wish = asked.wish
        work = partial(self._in_turn, asked, wish.words, wish.caller, how)
        self.deployments.queue(asked.id, wish.app, work)

    def _in_turn(self, asked: Asked, words: JSON, caller: Caller | None, how: Callable[[Turn], Done], say: Say) -> Done:
        """An engine that goes away meanwhile is waited for: what was begun is seen through then, or begun anew."""
        begun, app = dict(asked.begun), asked.wish.app

        def note(found: Mapping[str, object]) -> None:
            begun.update(found, image=words.get("image"), note=words.get("note"))
            self.deployments.begun(asked.id, begun)

        with turn(_folder(), app, say):
            return self.patiently(lambda place: how(Turn(place, app, words, caller, begun, note)), say)

    def patiently(self, how: Callable[[Place], Done], say: Say) -> Done:
        """Do it; an engine that goes away meanwhile is waited for, and then it is done again."""
        for attempt in range(_ATTEMPTS):
            try:
                with self.place(say) as place:
                    return how(place)
            except EngineError as error:
                if not is_away(error) or attempt + 1 == _ATTEMPTS:
                    raise
                say(f"the engine is away: {error}")
                self._await_engine()
        raise AssertionError("the last attempt returns or raises")

    def _await_engine(self) -> None:
        for _ in range(_LOOKS):
            try:
                with self.place() as place:
                    observe(place.engine, place.stack, place.domains)
                return
            except EngineError:
                time.sleep(_PAUSE_SECONDS)

    def _with_value(self, turn: Turn) -> Done:
        stored = turn.words["stored"]
        left = self.deployments.unfinished(_SET_SECRET, "stored", stored)
        # Where an earlier captain kept it, those that are left settle it.
        new = self._values.setdefault(stored, NewValue(turn.words["secret"], stored, left))
        try:
            return app_carrying.with_value(turn, new)
        finally:
            if self.deployments.unfinished(_SET_SECRET, "stored", stored) == [turn.app]:
                del self._values[stored]

    @contextmanager
    def place(self, say: Say = lambda line: None) -> Iterator[Place]:
        """The engine, for a block."""
        place = self._open(say)
        try:
            yield place
        finally:
            place.engine.close()


def open_place(connect: Callable[[], Engine], stack: str, domains: Domains, say: Say) -> Place:
    """The real one, whose edges are asked over the network."""
    engine = connect()
    return Place(engine, stack, domains, say, partial(edges.ask, engine, stack))


def _folder() -> Path:
    return Path(tempfile.gettempdir())

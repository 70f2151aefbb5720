"""What the HTTP interfaces do with apps: what is asked for becomes a deployment, and what there is, rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from captain.accounts.book import Caller
from captain.apps import app_drafts, edges
from captain.apps.app_document import Document
from captain.apps.app_endings import ended
from captain.apps.app_file import parse_app
from captain.apps.app_plan import Observed, plan
from captain.apps.app_reach import refuse_more
from captain.apps.app_releases import Release, running_number, to_go_back_to
from captain.apps.app_rollout import Outcome, Place, remove, roll_out
from captain.apps.app_spec import name_mistake
from captain.apps.change import change
from captain.apps.observe import app_service, observe
from captain.apps.scale import scale
from captain.apps.secret_change import NewValue, keep, without
from captain.apps.turn import turn
from captain.credentials import Domains
from captain.deployments import Deployment, Deployments, Done, Say
from captain.errors import CaptainError
from captain.git import origin
from captain.rollout import by_service
from swarm.engine import Engine, Service

Change = Callable[[Document], Document]


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


class AppWork:
    """Apps of one Swarm, for several threads at once: each call has a connection of its own."""

    def __init__(self, open_place: Callable[[Say], Place], deployments: Deployments) -> None:
        """`open_place` makes a place with a connection of its own, which is closed after use."""
        self._open = open_place
        self.deployments = deployments

    # ---- what there is -------------------------------------------------------------------------------

    def apps(self) -> dict[str, App]:
        """All apps by name, those without a release too."""
        with self.place() as place:
            found = _look(place)
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

    def change(self, name: str, what: str, caller: Caller, change: Change, note: str = "") -> Deployment:
        """Make something else of the app: `change` gets what it is meant to be when its turn has come.

        An app without image and release is only described anew. What `change` raises is why it failed.
        """
        return self._submit(name, what, caller, lambda place: _changed(place, name, change, note, caller))

    def put(self, name: str, wanted: Document, caller: Caller, note: str = "") -> Deployment:
        """Make the app so, whether there is one or not."""
        return self._submit(name, "put", caller, lambda place: _put(place, name, wanted, caller, note))

    def roll_back(self, name: str, number: int | None, caller: Caller) -> Deployment:
        """To an earlier release; the one before without a number."""
        what = "roll back" if number is None else f"roll back to {number}"
        return self._submit(name, what, caller, lambda place: _rolled_back(place, name, number))

    def scale(self, name: str, replicas: int, caller: Caller) -> Deployment:
        """Set the number of replicas."""
        return self._submit(name, f"scale to {replicas}", caller, lambda place: _done(scale(place, name, replicas)))

    def set_secret(self, name: str, value: bytes, app: str | None, caller: Caller) -> list[Deployment]:
        """Keep a value for the apps that have the secret, and `app`, each of which is rolled out with it."""
        with self.place() as place:
            new = keep(place.engine, observe(place.engine, place.stack, place.domains), name, value, app)
            if not new.apps:
                new.settle(place)
        what = f"secret set {name}"
        return [self._submit(user, what, caller, partial(_with_value, new, user, what)) for user in new.apps]

    def take_secret(self, app: str, name: str, caller: Caller) -> Deployment:
        """From the app; it is kept."""
        what = f"secret rm {name}"
        return self._submit(
            app, what, caller, lambda place: _done(change(place, app, lambda spec: without(spec, name), what))
        )

    def remove(self, name: str, caller: Caller) -> Deployment:
        """With its releases; volumes stay."""
        return self._submit(name, "remove", caller, lambda place: _removed(place, name))

    def roll_out_image(self, name: str, image: str, note: str, say: Say, new: Document | None = None) -> Done:
        """For builds: the app with another image, in its turn. `new` is what it is where there is none yet."""
        with self.place(say) as place, _turn(place, name):
            if new is not None and name not in _look(place):
                return _rolled_out(place, name, {**new, "image": image}, note)
            return _changed(place, name, lambda before: {**before, "image": image}, note, None)

    def _submit(self, name: str, what: str, caller: Caller, work: Callable[[Place], Done]) -> Deployment:
        def in_turn(say: Say) -> Done:
            with self.place(say) as place, _turn(place, name):
                return work(place)

        return self.deployments.submit(name, what, caller.user, caller.token, in_turn)

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


def _turn(place: Place, name: str) -> AbstractContextManager[None]:
    return turn(Path(tempfile.gettempdir()), name, place.say)


def _apps(observed: Observed, drafts: Mapping[str, Document]) -> dict[str, App]:
    found = {name: App(name, draft, (), None, 0) for name, draft in drafts.items()}
    for name in observed.releases.keys() & observed.services.keys():
        service, own = observed.services[name], observed.releases[name]
        running = next((release for release in own if release.number == running_number(service)), own[-1])
        # The number of replicas is the live one, and no wish that a change of something else would repeat.
        wanted = {key: value for key, value in running.document.items() if key != "replicas"}
        found[name] = App(name, wanted, own, service, 0)
    return found


def _changed(place: Place, name: str, change: Change, note: str, caller: Caller | None) -> Done:
    """Without a caller, somebody who was asked before, such as a build."""
    found = _look(place).get(name)
    if found is None:
        raise NoApp(f"There is no app {name}.")
    wanted = change(found.document)
    refuse_more(name, found.document, wanted, caller)
    if "image" not in wanted:
        app_drafts.change(place.engine, name, lambda _: wanted)
        return Done()
    return _rolled_out(place, name, wanted, note)


def _put(place: Place, name: str, wanted: Document, caller: Caller, note: str) -> Done:
    found = _look(place).get(name)
    refuse_more(name, {} if found is None else found.document, wanted, caller)
    return _rolled_out(place, name, wanted, note)


def _look(place: Place) -> dict[str, App]:
    return _apps(observe(place.engine, place.stack, place.domains), app_drafts.drafts(place.engine))


def _rolled_out(place: Place, name: str, wanted: Document, note: str) -> Done:
    app = parse_app(name, wanted)
    plan([app], observe(place.engine, place.stack, place.domains))
    outcome = roll_out(place, app, note)
    if not outcome.why:
        app_drafts.remove(place.engine, name)
    return _done(outcome)


def _rolled_back(place: Place, name: str, number: int | None) -> Done:
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
    outcome = roll_out(place, wanted, f"rollback to {release.number}")
    return _done(replace(outcome, back_to=release.number))


def _with_value(new: NewValue, name: str, note: str, place: Place) -> Done:
    is_live = False
    try:
        outcome = change(place, name, new.edit, note)
        is_live = not outcome.why
    finally:
        new.settle(place, is_live)
    return _done(outcome)


def _removed(place: Place, name: str) -> Done:
    remove(place, name)
    app_drafts.remove(place.engine, name)
    origin.remove(place.engine, name)
    return Done()


def _done(outcome: Outcome) -> Done:
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

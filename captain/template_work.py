"""One-click templates over HTTP: what one becomes, and its apps deployed one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from captain.accounts.book import Caller
from captain.apps.app_carrying import done
from captain.apps.app_document import document
from captain.apps.app_plan import Kind
from captain.apps.app_reach import refuse_more
from captain.apps.app_rollout import Outcome, Place, roll_out
from captain.apps.app_spec import AppSpec
from captain.apps.app_work import AppWork
from captain.apps.came_of import came_of, note_of
from captain.apps.observe import observe
from captain.apps.outcomes import as_json
from captain.apps.turn import turn
from captain.builds.builds import Builds
from captain.cli.said import outcome_lines
from captain.deployment import Deployment, Done, Wish
from captain.deployments import Asked, Say
from captain.oneclick.template import parse
from captain.oneclick.variables import id_of
from captain.templates.answers import with_name
from captain.templates.building import build_with
from captain.templates.installation import UNBUILT, Installation, earlier_values, install, prepare
from captain.templates.record import Record, kept

Deploy: TypeAlias = Callable[[Place, AppSpec, str], Outcome]

TEMPLATE = "template"
"""The kind of wish."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template's text and the name that it goes by, and what it is to become.

    `values` are by ids of variables, with or without `$$cap_`.
    """

    app: str
    template: str
    text: str
    values: Mapping[str, str]
    allowed_socket_apps: Sequence[str] = ()


class TemplateWork:
    """Templates of one captain, for several threads at once."""

    def __init__(self, work: AppWork, builds: Builds) -> None:
        self._work = work
        self._builds = builds
        work.deployments.on(TEMPLATE, self._queue)

    def record(self, app: str) -> Record | None:
        """What the app was made of, secrets and all; None where of no template."""
        with self._work.place() as place:
            return kept(place.engine, app)

    def prepared(self, wanted: Wanted, caller: Caller) -> Installation:
        """What it becomes. `CaptainError` says all that keeps it from being deployed by this caller; writes nothing."""
        with self._work.place() as place:
            return _prepared(place, wanted, caller)

    def submit(self, wanted: Wanted, caller: Caller) -> Deployment:
        """Deploy its apps in the order in which they need each other, until all are live or one is not.

        What of it keeps it from being deployed by then is the deployment's end. After a kill it goes on with the same
        secrets. Its log, which who may only read sees, has no instructions, in which secrets may be.
        """
        wish = Wish(TEMPLATE, wanted.app, f"template {wanted.template}", caller, asdict(wanted))
        return self._work.deployments.ask(wish)

    def _queue(self, asked: Asked) -> None:
        self._work.deployments.queue(asked.id, asked.wish.app, partial(self._in_turn, asked))

    def _in_turn(self, asked: Asked, say: Say) -> Done:
        wanted, caller, begun = Wanted(**asked.wish.words), asked.wish.caller, dict(asked.begun)
        deploy = partial(self._deployed, asked.id, begun)
        return self._work.patiently(lambda place: self._installed(place, wanted, caller, deploy), say)

    def _installed(self, place: Place, wanted: Wanted, caller: Caller, deploy: Deploy) -> Done:
        say = place.say
        installation = _prepared(place, wanted, caller)
        for entry in installation.becomes.unsupported:
            say(f"left out: {entry}")
        in_turn = partial(turn, Path(tempfile.gettempdir()), say=say)
        outcomes = install(place, installation, in_turn, partial(build_with, self._builds, say), deploy)
        *others, last = outcomes
        for line in outcome_lines(as_json(others)):
            say(line)
        if last.why:
            waiting = [found.spec.name for found in installation.becomes.apps[len(outcomes) :]]
            return replace(done(last), why=_why(last.app, last.why, waiting))
        return done(last)

    def _deployed(self, number: int, begun: dict[str, Any], place: Place, app: AppSpec, said: str) -> Outcome:
        """What became of the app if an earlier captain began it; else it is noted, and rolled out."""
        found = came_of(place, app.name, begun[app.name]) if app.name in begun else None
        if found is not None:
            kind = Kind[found.step.upper()]
            return Outcome(app.name, kind, found.release, found.seconds, found.why, found.log, ended=found.ended)
        begun[app.name] = note_of(observe(place.engine, place.stack, place.domains), app)
        self._work.deployments.begun(number, begun)
        return roll_out(place, app, said)


def _why(app: str, why: str, waiting: Sequence[str]) -> str:
    not_begun = f" Not begun: {', '.join(waiting)}." if waiting else ""
    return f"{app}: {why}{not_begun}"


def _prepared(place: Place, wanted: Wanted, caller: Caller) -> Installation:
    template = parse(wanted.text, wanted.template)
    ids = {variable.id for variable in template.variables}
    values = {id_of(name, ids) or name: value for name, value in wanted.values.items()}
    given = with_name({**earlier_values(place, wanted.app, template), **values}, wanted.app)
    installation = prepare(place, template, wanted.app, given, wanted.allowed_socket_apps)
    observed = observe(place.engine, place.stack, place.domains)
    for app in installation.becomes.apps:
        own = observed.releases.get(app.spec.name, ())
        becomes = document(replace(app.spec, image=app.spec.image or UNBUILT))
        refuse_more(app.spec.name, own[-1].document if own else {}, becomes, caller)
    return installation

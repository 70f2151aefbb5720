"""One-click templates over HTTP: what one becomes, and its apps deployed one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from captain.accounts.book import Caller
from captain.apps.app_document import document
from captain.apps.app_reach import refuse_more
from captain.apps.app_rollout import Place
from captain.apps.app_work import AppWork
from captain.apps.observe import observe
from captain.apps.turn import turn
from captain.builds.builds import Builds
from captain.deployments import Say
from captain.oneclick.template import parse
from captain.oneclick.variables import id_of
from captain.templates import documents
from captain.templates.answers import with_name
from captain.templates.building import build_with
from captain.templates.installation import UNBUILT, Installation, earlier_values, install, prepare
from captain.templates.record import kept


@dataclass(frozen=True, slots=True)
class Asked:
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

    def answered(self, app: str) -> tuple[str, tuple[str, ...]]:
        """Which template the app was made of, empty where of none, and the variables that have a value from then."""
        with self._work.place() as place:
            record = kept(place.engine, app)
        return ("", ()) if record is None else (record.template, tuple(sorted(record.values)))

    def prepared(self, asked: Asked, caller: Caller) -> Installation:
        """What it becomes. `CaptainError` says all that keeps it from being deployed by this caller; writes nothing."""
        with self._work.place() as place:
            return _prepared(place, asked, caller)

    def deploy(self, asked: Asked, caller: Caller, say: Say) -> dict[str, Any]:
        """Until all is live or one is not: `documents.ended`."""
        with self._work.place(say) as place:
            installation = _prepared(place, asked, caller)
            in_turn = partial(turn, Path(tempfile.gettempdir()), say=say)
            outcomes = install(place, installation, in_turn, partial(build_with, self._builds, say))
            return documents.ended(installation, outcomes)


def _prepared(place: Place, asked: Asked, caller: Caller) -> Installation:
    template = parse(asked.text, asked.template)
    ids = {variable.id for variable in template.variables}
    values = {id_of(name, ids) or name: value for name, value in asked.values.items()}
    given = with_name({**earlier_values(place, asked.app, template), **values}, asked.app)
    installation = prepare(place, template, asked.app, given, asked.allowed_socket_apps)
    observed = observe(place.engine, place.stack, place.domains)
    for app in installation.becomes.apps:
        own = observed.releases.get(app.spec.name, ())
        wanted = document(replace(app.spec, image=app.spec.image or UNBUILT))
        refuse_more(app.spec.name, own[-1].document if own else {}, wanted, caller)
    return installation

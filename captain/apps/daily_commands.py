"""The commands about an app that runs: its log, what happened to it, its environment, its secrets, its bounds."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from captain.apps import app_logs, app_secrets
from captain.apps.app_file import parse_autoscale, parse_basic_auth
from captain.apps.app_rollout import Outcome, Place
from captain.apps.app_spec import AppSpec, Autoscale, BasicAuth
from captain.apps.change import change, running_spec
from captain.apps.command_line import Write, place_of, told, turn_of
from captain.apps.happened import Happened
from captain.apps.happened import as_json as event_json
from captain.apps.log_reading import Wanted, rows
from captain.apps.observe import app_service, observe
from captain.apps.password import password_hash
from captain.apps.secret_change import keep, without
from captain.cli import said
from captain.cli.given import app_password, line_pattern, pairs, require_http, require_variables, secret_value
from captain.credentials import Domains
from captain.logs.kept_logs import KeptLogs
from captain.swarm_check import check_manager
from swarm.engine import Engine

_LOOK_SECONDS = 1.0
_MOST_LINES = 100_000
"""Of a log without `--tail`: all of them are in memory to be put in order, in a process beside captain's others."""
_MOST_LINES_BEFORE_MORE = 5000
"""Of a log that is followed, as over the API."""


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `daily_arguments.COMMANDS`; the exit code. Raises `CaptainError`."""
    check_manager(engine)
    place = place_of(engine, options, domains, write)
    answer: Mapping[str, Callable[[], int]] = {
        "logs": lambda: _logs(place, options, write),
        "events": lambda: _events(place, options, write),
        "env": lambda: _environment(place, options, write),
        "secret": lambda: _secret(place, options, write),
        "autoscale": lambda: _autoscale(place, options, write),
        "auth": lambda: _auth(place, options, write),
    }
    return answer[options.command]()


def _logs(place: Place, options: argparse.Namespace, write: Write) -> int:
    wanted = line_pattern(options.grep)
    most = _MOST_LINES_BEFORE_MORE if options.follow else _MOST_LINES
    lines = Wanted(
        app_logs.since(options.since, datetime.now(UTC)), options.tail, most=most if options.tail is None else None
    )
    kept = KeptLogs(Path(tempfile.gettempdir()))

    def cut() -> None:
        sys.stderr.write(said.newest_lines(most))

    for row in rows(place, kept, options.app, lines, options.follow, on_cut=cut):
        if wanted is None or wanted.search(str(row["line"])):
            write((_row(row) if options.json else said.log_line(row, with_time=options.timestamps)) + "\n")
    return 0


def _row(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _events(place: Place, options: argparse.Namespace, write: Write) -> int:
    happened = Happened(options.app, app_logs.since(options.since, datetime.now(UTC)))
    while True:
        for event in happened.new(place):
            row = event_json(event)
            write((_row(row) if options.json else said.event_line(row)) + "\n")
        if not options.follow:
            return 0
        place.sleep(_LOOK_SECONDS)


def _environment(place: Place, options: argparse.Namespace, write: Write) -> int:
    if options.action == "list":
        spec = running_spec(observe(place.engine, place.stack, place.domains), options.app)
        document = {"app": options.app, "environment": dict(spec.environment)}
        write(said.answer(document, said.environment_lines(spec.environment), options.json))
        return 0
    names = [entry.partition("=")[0] for entry in options.entries]
    if options.action == "set":
        changed = pairs(options.entries)

        def edit(app: AppSpec) -> AppSpec:
            return replace(app, environment={**app.environment, **changed})
    else:

        def edit(app: AppSpec) -> AppSpec:
            require_variables(app.name, app.environment, names)
            return replace(app, environment={n: value for n, value in app.environment.items() if n not in names})

    return told([_changed(place, options.app, edit, f"env {options.action} {' '.join(names)}")], options.json, write)


def _changed(place: Place, app: str, edit: Callable[[AppSpec], AppSpec], note: str) -> Outcome:
    with turn_of(place, app):
        return change(place, app, edit, note)


def _secret(place: Place, options: argparse.Namespace, write: Write) -> int:
    if options.action == "list":
        return _list_secrets(place, options.json, write)
    if options.action == "set":
        return _set_secret(place, options, write)
    name = options.name
    if options.app is None:
        app_secrets.remove(place.engine, observe(place.engine, place.stack, place.domains), name)
        write(said.answer({"removed": name}, said.secret_removed(name), options.json))
        return 0
    outcome = _changed(place, options.app, lambda app: without(app, name), f"secret rm {name}")
    return told([outcome], options.json, write)


def _list_secrets(place: Place, as_program: bool, write: Write) -> int:
    found = app_secrets.rows(place.engine.secrets(), observe(place.engine, place.stack, place.domains))
    listed = [app_secrets.as_json(row) for row in found]
    write(said.answer({"secrets": listed}, said.secret_lines(listed), as_program))
    return 0


def _set_secret(place: Place, options: argparse.Namespace, write: Write) -> int:
    name, observed = options.name, observe(place.engine, place.stack, place.domains)
    if options.app is not None:
        app_service(observed, options.app)  # before anybody is asked for the value
    new = keep(place.engine, observed, name, secret_value(), options.app)
    outcomes = [_changed(place, app, new.edit, f"secret set {name}") for app in new.apps]
    new.settle(place, *(not outcome.why for outcome in outcomes))
    if not outcomes:
        write(said.answer({"apps": []}, said.secret_kept(name), options.json))
        return 0
    return told(outcomes, options.json, write)


def _autoscale(place: Place, options: argparse.Namespace, write: Write) -> int:
    if not options.settings:
        now = running_spec(observe(place.engine, place.stack, place.domains), options.app).autoscale
        settings = {} if now is None else {"min": str(now.minimum), "max": str(now.maximum), **now.settings}
        document = {"app": options.app, "autoscale": settings or None}
        write(said.answer(document, said.autoscale_lines(options.app, settings), options.json))
        return 0
    off = options.settings == ["off"]
    changed = {} if off else pairs(options.settings)

    def edit(app: AppSpec) -> AppSpec:
        if off:
            return replace(app, autoscale=None)
        return replace(app, autoscale=_bounds(app, changed), replicas=None)

    return told([_changed(place, options.app, edit, f"autoscale {' '.join(options.settings)}")], options.json, write)


def _auth(place: Place, options: argparse.Namespace, write: Write) -> int:
    auth: BasicAuth | None = None
    if options.user != "off":
        given = {"user": options.user, "password_hash": password_hash(app_password())}
        auth = parse_basic_auth(given, f"{options.app}.auth")

    def edit(app: AppSpec) -> AppSpec:
        require_http(app.name, app.http is not None)
        return app if app.http is None else replace(app, http=replace(app.http, basic_auth=auth))

    return told([_changed(place, options.app, edit, f"auth {options.user}")], options.json, write)


def _bounds(app: AppSpec, changed: Mapping[str, str]) -> Autoscale | None:
    """What was set, over what is; as captain.yml would say it, so that the same mistakes are found."""
    now = app.autoscale
    before = {} if now is None else {"min": now.minimum, "max": now.maximum, **now.settings}
    return parse_autoscale({**before, **changed}, f"apps.{app.name}.autoscale")

"""The commands about an app that runs: its log, what happened to it, its environment, its secrets, its bounds."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from captain.apps import app_events, app_logs, app_secrets
from captain.apps.app_file import parse_autoscale, parse_basic_auth
from captain.apps.app_rollout import Outcome, Place
from captain.apps.app_spec import AppSpec, Autoscale, BasicAuth
from captain.apps.change import change, running_spec
from captain.apps.command_line import Write, place_of, said, show, turn_of
from captain.apps.observe import app_service, observe
from captain.apps.password import password_hash
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.jobs import book as job_book
from captain.jobs.report import events as job_events
from captain.rollout import by_service
from captain.swarm_check import check_manager
from swarm.engine import Engine, EngineError
from swarm.engine_logs import service_log

COMMANDS = ("logs", "events", "env", "secret", "autoscale", "auth")
_LOOK_SECONDS = 1.0
_NEW_TASKS_SECONDS = 1.0


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The commands' arguments; `shared` adds those that all have, such as --stack."""

    def command(
        parent: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, more: str = ""
    ) -> argparse.ArgumentParser:
        whole = f"{summary[0].upper()}{summary[1:]}. {more}".strip()
        parser = parent.add_parser(name, help=summary, description=whole)
        for add in shared:
            add(parser)
        parser.add_argument("--json", action="store_true", help="for programs; how it gets on goes to standard error")
        return parser

    logs = command(
        commands, "logs", "show what all replicas of an app write", "Of those that ended, as far as the Swarm has it."
    )
    logs.add_argument("app", metavar="APP", help="the app's name")
    logs.add_argument("-f", "--follow", action="store_true", help="go on, with the replicas that come")
    logs.add_argument("--since", default="", metavar="TIME", help="how long ago (10m), or a time")
    logs.add_argument("--grep", default="", metavar="EXPRESSION", help="only lines that fit somewhere")
    logs.add_argument("-n", "--tail", type=int, metavar="N", help="the last lines of each replica (all)")
    logs.add_argument("-t", "--timestamps", action="store_true", help="with the time of each line")

    happened = command(
        commands, "events", "say what happened to apps",
        "Releases, rollouts, jobs, and the last replicas, out of what the Swarm remembers.",
    )  # fmt: skip
    happened.add_argument("app", nargs="?", metavar="APP", help="one app; all without it")
    happened.add_argument("-f", "--follow", action="store_true", help="go on")
    happened.add_argument("--since", default="", metavar="TIME", help="how long ago (10m), or a time")

    environment = commands.add_parser(
        "env", help="list, set and unset an app's environment", description="An app's environment. A change rolls out."
    ).add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = command(environment, "list", "list the environment of an app's running release")
    setting = command(environment, "set", "set variables, and roll the app out")
    unsetting = command(environment, "unset", "take variables away, and roll the app out")
    for parser in (listing, setting, unsetting):
        parser.add_argument("app", metavar="APP", help="the app's name")
    setting.add_argument("entries", nargs="+", metavar="NAME=VALUE", help="a variable, and its value")
    unsetting.add_argument("entries", nargs="+", metavar="NAME", help="a variable")

    keeping = commands.add_parser(
        "secret",
        help="list, set and remove secrets of apps",
        description="Secrets of apps; their values are not shown.",
    ).add_subparsers(dest="action", required=True, metavar="ACTION")
    command(keeping, "list", "list the secrets that apps may have, and which have them")
    storing = command(
        keeping, "set", "set a secret's value from standard input, and roll out the apps that have it",
        "In the container it is the file /run/secrets/NAME.",
    )  # fmt: skip
    removing = command(keeping, "rm", "remove a secret that no app has")
    for parser in (storing, removing):
        parser.add_argument("name", metavar="NAME", help="the secret's name")
    storing.add_argument("--app", metavar="APP", help="give it to this app")
    removing.add_argument("--app", metavar="APP", help="take it from this app, and keep it")

    scaling = command(commands, "autoscale", "show or set an app's bounds for the autoscaler", "Restarts no replica.")
    scaling.add_argument("app", metavar="APP", help="the app's name")
    scaling.add_argument(
        "settings", nargs="*", metavar="NAME=VALUE",
        help="min=2 max=8 concurrency=6 … (docs/autoscaling.md); or off: the number stays as it is then",
    )  # fmt: skip

    entering = command(
        commands, "auth", "ask for a user and a password before an app, at the edge",
        "The password comes on standard input; only its hash is kept. Restarts no replica.",
    )  # fmt: skip
    entering.add_argument("app", metavar="APP", help="the app's name")
    entering.add_argument("user", metavar="USER", help="the user's name; or off: everybody may come in")


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `COMMANDS`; the exit code. Raises `CaptainError`."""
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
    service = app_service(observe(place.engine, place.stack, place.domains), options.app)
    wanted = app_logs.pattern(options.grep)
    lines = service_log(
        place.engine, service.id, since=app_logs.since(options.since, datetime.now(UTC)), last=options.tail,
        follow=options.follow,
    )  # fmt: skip
    if not options.follow:
        lines = iter(sorted(lines, key=lambda line: line.at))
    replicas = _replicas(place.engine, options.app)
    looked = time.monotonic()
    for line in app_logs.matching(lines, wanted):
        if line.task not in replicas and time.monotonic() - looked > _NEW_TASKS_SECONDS:
            replicas, looked = _replicas(place.engine, options.app), time.monotonic()
        if options.json:
            write(json.dumps(app_logs.as_json(line, options.app, replicas), ensure_ascii=False) + "\n")
        else:
            write(app_logs.as_line(line, replicas, with_time=options.timestamps) + "\n")
    return 0


def _replicas(engine: Engine, app: str) -> dict[str, str]:
    return {task.id: f"{app}.{task.slot}" for task in engine.tasks(app)}


def _events(place: Place, options: argparse.Namespace, write: Write) -> int:
    after = app_logs.since(options.since, datetime.now(UTC))
    told: set[app_events.Event] = set()
    counts: Mapping[str, int] = {}
    while True:
        found, now = _look(place, options.app)
        found += app_events.scaled(counts, now, datetime.now(UTC))
        counts = now
        for event in found:
            if event not in told and (after is None or event.at >= after):
                write(_event_line(event, options.json) + "\n")
        told.update(found)
        if not options.follow:
            return 0
        place.sleep(_LOOK_SECONDS)


def _look(place: Place, app: str | None) -> tuple[list[app_events.Event], dict[str, int]]:
    observed = observe(place.engine, place.stack, place.domains)
    if app is not None and app not in observed.releases:
        app_service(observed, app)
    names = [app] if app is not None else sorted(observed.releases)
    services = [observed.services[name] for name in names if name in observed.services]
    tasks = by_service(place.engine.tasks(filters={"service": [own.name for own in services]})) if services else {}
    nodes = {node.id: node.hostname for node in place.engine.nodes()}
    releases = {name: observed.releases[name] for name in names if name in observed.releases}
    kept = job_book.histories(place.engine)
    of_jobs = [event for name in names for event in job_events(name, kept.get(name, {}))]
    counts = {own.name: own.replicas for own in services if own.replicas is not None}
    found = [*app_events.events(releases, services, tasks, nodes), *of_jobs]
    return sorted(found, key=lambda event: event.at), counts


def _event_line(event: app_events.Event, as_program: bool) -> str:
    at = event.at.astimezone(UTC)
    if as_program:
        row = {"time": at.isoformat(), "app": event.app, "event": event.what, "text": event.text}
        return json.dumps(row, ensure_ascii=False)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC  {event.app}: {event.text}"


def _environment(place: Place, options: argparse.Namespace, write: Write) -> int:
    if options.action == "list":
        spec = running_spec(observe(place.engine, place.stack, place.domains), options.app)
        lines = [f"{name}={value}" for name, value in sorted(spec.environment.items())]
        show({"app": options.app, "environment": dict(spec.environment)}, lines, options.json, write)
        return 0
    names = [entry.partition("=")[0] for entry in options.entries]
    if options.action == "set":
        changed = _pairs(options.entries)

        def edit(app: AppSpec) -> AppSpec:
            return replace(app, environment={**app.environment, **changed})
    else:

        def edit(app: AppSpec) -> AppSpec:
            absent = [name for name in names if name not in app.environment]
            if absent:
                raise CaptainError(f"{app.name} has no {', '.join(absent)} in its environment; nothing was changed.")
            return replace(app, environment={n: value for n, value in app.environment.items() if n not in names})

    return said([_changed(place, options.app, edit, f"env {options.action} {' '.join(names)}")], options.json, write)


def _changed(place: Place, app: str, edit: Callable[[AppSpec], AppSpec], note: str) -> Outcome:
    with turn_of(place, app):
        return change(place, app, edit, note)


def _pairs(entries: Sequence[str]) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in entries]
    wrong = next((name for name, equals, _ in pairs if not equals or not name), None)
    if wrong is not None:
        raise CaptainError(f"'{wrong}' is not NAME=VALUE; nothing was changed.")
    return {name: value for name, _, value in pairs}


def _secret(place: Place, options: argparse.Namespace, write: Write) -> int:
    if options.action == "list":
        return _list_secrets(place, options.json, write)
    if options.action == "set":
        return _set_secret(place, options, write)
    name = options.name
    if options.app is None:
        app_secrets.remove(place.engine, observe(place.engine, place.stack, place.domains), name)
        show({"removed": name}, [f"the secret {name} is removed"], options.json, write)
        return 0

    def without(app: AppSpec) -> AppSpec:
        left = tuple(reference for reference in app.secrets if reference.source != name)
        if left == app.secrets:
            raise CaptainError(f"{app.name} has no secret {name}; nothing was changed.")
        return replace(app, secrets=left)

    return said([_changed(place, options.app, without, f"secret rm {name}")], options.json, write)


def _list_secrets(place: Place, as_program: bool, write: Write) -> int:
    found = app_secrets.rows(place.engine.secrets(), observe(place.engine, place.stack, place.domains))
    lines, listed = list[str](), list[dict[str, object]]()
    for row in found:
        at = row.created_at.astimezone(UTC) if row.created_at else None
        since = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "unknown since when"
        lines.append(f"{row.name}  {since}  {', '.join(row.apps) or 'no app has it'}")
        listed.append({"secret": row.name, "created_at": at.isoformat() if at else None, "apps": list(row.apps)})
    show({"secrets": listed}, lines or ["no secrets yet: captain secret set NAME"], as_program, write)
    return 0


def _set_secret(place: Place, options: argparse.Namespace, write: Write) -> int:
    name = options.name
    observed = observe(place.engine, place.stack, place.domains)
    users = list(app_secrets.used_by(observed).get(name, ()))
    if options.app is not None and options.app not in users:
        app_service(observed, options.app)
        users.append(options.app)
    value = getpass.getpass("Value: ").encode() if sys.stdin.isatty() else sys.stdin.buffer.read()
    stored = app_secrets.store(place.engine, name, value)
    outcomes = [
        _changed(place, app, lambda spec: replace(spec, secrets=app_secrets.given(spec, name)), f"secret set {name}")
        for app in users
    ]
    if outcomes and all(outcome.why for outcome in outcomes):
        with suppress(EngineError):  # somebody took it meanwhile: then it stays
            place.engine.remove_secret(stored)
        place.say(f"the secret {name} is what it was")
    else:
        app_secrets.forget_old(place.engine, name)
    if not users:
        show({"apps": []}, [f"the secret {name} is kept; no app has it yet"], options.json, write)
        return 0
    return said(outcomes, options.json, write)


def _autoscale(place: Place, options: argparse.Namespace, write: Write) -> int:
    if not options.settings:
        now = running_spec(observe(place.engine, place.stack, place.domains), options.app).autoscale
        settings = {} if now is None else {"min": str(now.minimum), "max": str(now.maximum), **now.settings}
        lines = [f"{name}={value}" for name, value in settings.items()] or [f"{options.app} is not autoscaled"]
        show({"app": options.app, "autoscale": settings or None}, lines, options.json, write)
        return 0
    off = options.settings == ["off"]
    changed = {} if off else _pairs(options.settings)

    def edit(app: AppSpec) -> AppSpec:
        if off:
            return replace(app, autoscale=None)
        return replace(app, autoscale=_bounds(app, changed), replicas=None)

    return said([_changed(place, options.app, edit, f"autoscale {' '.join(options.settings)}")], options.json, write)


def _auth(place: Place, options: argparse.Namespace, write: Write) -> int:
    auth: BasicAuth | None = None
    if options.user != "off":
        value = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        auth = parse_basic_auth({"user": options.user, "password_hash": password_hash(value)}, f"{options.app}.auth")

    def edit(app: AppSpec) -> AppSpec:
        if app.http is None:
            raise CaptainError(f"{app.name} has no http: the edge sends it nothing that it could ask a password for.")
        return replace(app, http=replace(app.http, basic_auth=auth))

    return said([_changed(place, options.app, edit, f"auth {options.user}")], options.json, write)


def _bounds(app: AppSpec, changed: Mapping[str, str]) -> Autoscale | None:
    """What was set, over what is; as captain.yml would say it, so that the same mistakes are found."""
    now = app.autoscale
    before = {} if now is None else {"min": now.minimum, "max": now.maximum, **now.settings}
    return parse_autoscale({**before, **changed}, f"apps.{app.name}.autoscale")

"""The commands about apps, on the Swarm itself."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from captain.apps import app_drafts, edges
from captain.apps.app_file import parse_apps
from captain.apps.app_plan import as_json, plan
from captain.apps.app_releases import Release, to_go_back_to
from captain.apps.app_rollout import Outcome, Place, remove, roll_out
from captain.apps.app_service import TEMPLATE_LABEL
from captain.apps.app_spec import AppSpec
from captain.apps.observe import app_service, observe
from captain.apps.outcomes import as_json as outcomes_json
from captain.apps.release_rows import app_row, release_rows
from captain.apps.scale import scale
from captain.apps.turn import turn
from captain.cli import said
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.git import origin
from captain.rollout import by_service
from captain.swarm_check import check_manager
from swarm.engine import Engine

Write: TypeAlias = Callable[[str], object]
_STANDARD_INPUT = "-"
_FAILED = 1


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `app_arguments.OF_APPS`; the exit code. Raises `CaptainError`."""
    check_manager(engine)
    place = place_of(engine, options, domains, write)
    answer: Mapping[str, Callable[[], int]] = {
        "plan": lambda: _plan(place, options, write),
        "apply": lambda: _apply(place, _apps(options), options.json, write),
        "apps": lambda: _list(place, options.json, write),
        "releases": lambda: _releases(place, options.app, options.json, write),
        "rollback": lambda: _rollback(place, options, write),
        "scale": lambda: _scale(place, options, write),
        "remove": lambda: _remove(place, options, write),
    }
    return answer[options.command]()


def place_of(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> Place:
    """Where a command works; how it gets on goes to standard error where its answer is for a program."""
    tell = sys.stderr.write if options.json else write
    sights = partial(edges.ask, engine, options.stack)
    return Place(engine, options.stack, domains, lambda line: tell(f"{line}\n"), sights)


def _apps(options: argparse.Namespace) -> tuple[AppSpec, ...]:
    if options.file == _STANDARD_INPUT:
        return parse_apps(sys.stdin.read(), options.called)
    try:
        text = Path(options.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaptainError(f"Cannot read {options.file}: {error}.") from error
    return parse_apps(text, options.file)


def _plan(place: Place, options: argparse.Namespace, write: Write) -> int:
    rows = as_json(plan(_apps(options), observe(place.engine, place.stack, place.domains)))
    write(said.answer({"steps": rows}, said.plan_lines(rows), options.json))
    return 0


def _apply(place: Place, apps: Sequence[AppSpec], as_program: bool, write: Write) -> int:
    # All of them before the first is touched: a mistake leaves nothing half done.
    for line in said.plan_lines(as_json(plan(apps, observe(place.engine, place.stack, place.domains)))):
        place.say(line)
    outcomes = []
    for app in apps:
        with turn_of(place, app.name):
            outcomes.append(roll_out(place, app))
    return told(outcomes, as_program, write)


def turn_of(place: Place, app: str) -> AbstractContextManager[None]:
    """The app's turn on this machine, for a block."""
    return turn(Path(tempfile.gettempdir()), app, place.say)


def told(outcomes: Sequence[Outcome], as_program: bool, write: Write) -> int:
    """What became of each; 1 if any failed."""
    rows = outcomes_json(outcomes)
    write(said.answer({"apps": rows}, said.outcome_lines(rows), as_program))
    return _FAILED if any(outcome.why for outcome in outcomes) else 0


def _list(place: Place, as_program: bool, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    names = sorted(observed.releases.keys() & observed.services.keys())
    tasks = by_service(place.engine.tasks(filters={"service": names})) if names else {}
    rows = []
    for name in names:
        rows.append(app_row(name, observed, tasks.get(observed.services[name].id, [])))
    write(said.answer({"apps": rows}, said.app_lines(rows), as_program))
    return 0


def _releases(place: Place, name: str, as_program: bool, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    rows = release_rows(observed.releases.get(name, ()), app_service(observed, name))
    write(said.answer({"app": name, "releases": rows}, said.release_lines(rows), as_program))
    return 0


def _rollback(place: Place, options: argparse.Namespace, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    service = app_service(observed, options.app)
    own = observed.releases[options.app]
    release: Release | None = to_go_back_to(own, service)
    if options.release is not None:
        release = next((found for found in own if found.number == options.release), None)
    if release is None:
        kept = ", ".join(str(found.number) for found in own)
        raise CaptainError(f"{options.app} has no such release to go back to; kept are {kept}.")
    # The count is the live one: it is not what is gone back on.
    with turn_of(place, options.app):
        outcome = roll_out(place, replace(release.spec(), replicas=None), f"rollback to {release.number}")
    return told([replace(outcome, back_to=release.number)], options.json, write)


def _scale(place: Place, options: argparse.Namespace, write: Write) -> int:
    with turn_of(place, options.app):
        outcome = scale(place, options.app, options.replicas)
    return told([outcome], options.json, write)


def _remove(place: Place, options: argparse.Namespace, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    of_a_template = any(own.labels.get(TEMPLATE_LABEL) == options.app for own in place.engine.configs())
    # What a kill left of a removal is removed, too, and what is kept of a template whose first app did not get live.
    if options.app not in observed.releases and not of_a_template:
        app_service(observed, options.app)
    with turn_of(place, options.app):
        remove(place, options.app)
        app_drafts.remove(place.engine, options.app)
        origin.remove(place.engine, options.app)
    write(said.answer({"removed": options.app}, said.app_removed(options.app), options.json))
    return 0

"""`captain template deploy` and `check --on-swarm`: one-click templates tried on the Swarm, and deployed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from captain.apps.app_plan import as_json as steps_json
from captain.apps.app_rollout import Outcome, Place
from captain.apps.command_line import Write, place_of, turn_of
from captain.apps.outcomes import as_json as outcomes_json
from captain.builds.settings import from_environment
from captain.cli import said
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.oneclick import report
from captain.oneclick.template import Template, parse
from captain.oneclick.variables import id_of
from captain.swarm_check import check_manager
from captain.template_look import template_files, tried_file
from captain.templates.acceptance import refusals, surroundings, sweep
from captain.templates.answers import ask, parse_answers, with_name
from captain.templates.building import build
from captain.templates.installation import UNBUILT, Installation, earlier_values, install, prepare, random_hex
from captain.templates.source import find
from swarm.engine import Engine


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """What is about a Swarm. Exit code: 1 if a template cannot be deployed, or is not live."""
    check_manager(engine)
    if options.action == "check":
        return _check_on(engine, options, write)
    return _deploy(place_of(engine, options, domains, write), options, write)


def _check_on(engine: Engine, options: argparse.Namespace, write: Write) -> int:
    sweep(engine)
    around = surroundings(engine, options.stack)
    trials = [tried_file(path) for path in template_files(options.paths)]
    refused = {trial.name: refusals(engine, trial, around) for trial in trials}
    good = sum(trial.becomes is not None and not refused[trial.name] for trial in trials)
    lines = []
    for trial in trials:
        lines.append(report.check_line(trial))
        lines += [f"    the Swarm refuses {sentence}" for sentence in refused[trial.name]]
    lines.append(f"The Swarm takes {good} of {len(trials)} templates.")
    rows = [{**report.check_json(trial), "refused": list(refused[trial.name])} for trial in trials]
    write(said.answer(rows, lines, options.json))
    return 0 if good == len(trials) else 1


def _deploy(place: Place, options: argparse.Namespace, write: Write) -> int:
    found = find(options.template, options.repository)
    template = parse(found.text, found.name)
    app = options.app or (found.name if Path(options.template).is_file() else options.template)
    given = with_name({**earlier_values(place, app, template), **_answers(template, options.var)}, app)
    if not options.yes:
        if options.json or not sys.stdin.isatty():
            raise CaptainError("There is nobody to ask: give values with --var NAME=VALUE, and --yes.")
        place.say(f"{template.display_name} from {found.where}")
        given = ask(template, given, place.domains.domain, random_hex, input, place.say)
    installation = prepare(place, template, app, given, options.allow_docker_socket)
    for line in (*said.plan_lines(steps_json(installation.steps)), *_built(installation), *_left_out(installation)):
        place.say(line.replace(UNBUILT, "is to be built"))
    if not options.yes and input("Deploy? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CaptainError("Nothing was changed.")
    # Before anything is done: what is wrong with the settings of builds.
    made = partial(build, options.socket, from_environment(), place.say)
    outcomes = install(place, installation, partial(turn_of, place), made)
    return _said(installation, outcomes, app, options.json, write)


def _said(installation: Installation, outcomes: Sequence[Outcome], app: str, as_program: bool, write: Write) -> int:
    failed = bool(outcomes[-1].why)
    rows = outcomes_json(outcomes)
    lines = said.outcome_lines(rows)
    if failed:
        waiting = [found.spec.name for found in installation.becomes.apps[len(outcomes) :]]
        if waiting:
            lines.append(f"not begun: {', '.join(waiting)}")
        lines.append(f"Run it again to go on with the same secrets, or take it away: captain remove {app}")
    elif installation.becomes.end:
        lines += ["", *installation.becomes.end.splitlines()]
    document: Mapping[str, object] = {
        "apps": rows,
        "steps": steps_json(installation.steps),
        "unsupported": [{"path": entry.path, "why": entry.why} for entry in installation.becomes.unsupported],
        "instructions": installation.becomes.end,
    }
    write(said.answer(document, lines, as_program))
    return 1 if failed else 0


def _answers(template: Template, entries: Sequence[str]) -> dict[str, str]:
    """By the ids of the template, so that they take the place of what was answered earlier."""
    ids = {variable.id for variable in template.variables}
    return {id_of(name, ids) or name: value for name, value in parse_answers(entries).items()}


def _built(installation: Installation) -> Iterator[str]:
    for app in installation.becomes.apps:
        if app.dockerfile_lines:
            yield f"{app.spec.name}: its image is built from {len(app.dockerfile_lines)} Dockerfile lines first"


def _left_out(installation: Installation) -> Iterator[str]:
    for entry in installation.becomes.unsupported:
        yield f"    {entry}"

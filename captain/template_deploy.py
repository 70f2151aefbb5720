"""`captain template deploy` and `check --on-swarm`: one-click templates tried on the Swarm, and deployed."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from captain.apps.app_rollout import Place
from captain.apps.command_line import Write, place_of, turn_of
from captain.builds.settings import from_environment
from captain.cli import said
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.oneclick import report
from captain.oneclick.template import parse
from captain.swarm_check import check_manager
from captain.template_look import template_files, tried_file
from captain.templates import documents, told
from captain.templates.acceptance import refusals, surroundings, sweep
from captain.templates.answers import answers, ask, with_name
from captain.templates.building import build
from captain.templates.installation import earlier_values, install, prepare, random_hex
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
    given = with_name({**earlier_values(place, app, template), **answers(template, options.var)}, app)
    if not options.yes:
        if options.json or not sys.stdin.isatty():
            raise CaptainError("There is nobody to ask: give values with --var NAME=VALUE, and --yes.")
        place.say(f"{template.display_name} from {found.where}")
        given = ask(template, given, place.domains.domain, random_hex, input, place.say)
    installation = prepare(place, template, app, given, options.allow_docker_socket)
    for line in told.plan_lines(documents.planned(installation)):
        place.say(line)
    if not options.yes and input("Deploy? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CaptainError("Nothing was changed.")
    # Before anything is done: what is wrong with the settings of builds.
    made = partial(build, options.socket, from_environment(), place.say)
    outcomes = install(place, installation, partial(turn_of, place), made)
    document = documents.ended(installation, outcomes)
    write(said.answer(document, told.ended_lines(app, document), options.json))
    return 1 if told.failed(document) else 0

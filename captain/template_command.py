"""`captain template`: one-click templates looked at, tried on the Swarm, deployed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from captain.apps.app_plan import as_json as steps_json
from captain.apps.app_plan import as_lines as steps_lines
from captain.apps.app_rollout import Outcome, Place
from captain.apps.command_line import Write, place_of, show, turn_of
from captain.apps.outcomes import as_json as outcomes_json
from captain.apps.outcomes import as_lines as outcomes_lines
from captain.builds.settings import from_environment
from captain.credentials import Domains
from captain.deploy import check_manager
from captain.errors import CaptainError
from captain.oneclick import report
from captain.oneclick.template import Template, parse
from captain.oneclick.trial import Trial, tried
from captain.oneclick.variables import id_of
from captain.templates.acceptance import refusals, surroundings, sweep
from captain.templates.answers import ask, parse_answers, with_name
from captain.templates.building import build
from captain.templates.installation import UNBUILT, Installation, earlier_values, install, prepare, random_hex
from captain.templates.source import OFFICIAL, SUFFIXES, find
from swarm.engine import Engine


def add_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The command's words; `shared` adds what commands about the Swarm have, such as --stack."""
    parser = commands.add_parser(
        "template",
        help="deploy a one-click template; say what templates would become, and what of them is left out",
        description="One-click templates (CapRover's format, version 4).",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser(
        "check",
        help="a line per template: services, variables, what is left out",
        description="Try every template with its defaults, and with made-up values where it has none. Exit code 1 if "
        "one cannot be deployed.",
    )
    checking.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a template, or a folder of templates")
    checking.add_argument(
        "--on-swarm", action="store_true",
        help="have the Swarm take every service as well: without a replica, and removed again",
    )  # fmt: skip
    showing = actions.add_parser("show", help="what a template asks, what it becomes, what is left out and why")
    showing.add_argument("path", type=Path, metavar="PATH", help="a template")
    deploying = actions.add_parser(
        "deploy",
        help="deploy a template as apps",
        description="Ask for what the template wants to know, deploy its apps in the order in which they need each "
        "other, and wait until they are live. Run again with the same name, it goes on where it was ended, with the "
        "same secrets.",
    )
    deploying.add_argument("template", metavar="NAME_OR_FILE", help="a template's name, or its file")
    deploying.add_argument(
        "--from", dest="repository", default="", metavar="PLACE",
        help=f"a folder, a file, or the address of a repository, for a name ({OFFICIAL})",
    )  # fmt: skip
    deploying.add_argument("--app", metavar="NAME", help="the app's name; the template's without it")
    deploying.add_argument(
        "--var", action="append", default=[], metavar="NAME=VALUE", help="a variable's value; the default without it"
    )
    deploying.add_argument(
        "--allow-docker-socket", action="append", default=[], metavar="APP",
        help="let this app be root on its node, by the Docker Engine's socket",
    )  # fmt: skip
    deploying.add_argument("--yes", action="store_true", help="ask nothing")
    for action in (checking, showing, deploying):
        action.add_argument("--json", action="store_true", help="for programs")
    for add in shared:
        add(checking)
        add(deploying)


def needs_engine(options: argparse.Namespace) -> bool:
    """Whether it is about a Swarm; looking at templates needs none."""
    action: str = options.action
    return action == "deploy" or (action == "check" and bool(options.on_swarm))


def run(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Exit code: 1 if a template cannot be deployed. `CaptainError` for a path that is not there."""
    if options.action == "show":
        trial = _tried(options.path)
        for text in [_json(report.show_json(trial))] if options.json else report.show_lines(trial):
            say(text)
        return 0 if trial.becomes is not None else 1
    trials = [_tried(path) for path in template_files(options.paths)]
    if options.json:
        say(_json([report.check_json(trial) for trial in trials]))
    else:
        for text in [*(report.check_line(trial) for trial in trials), report.check_summary(trials)]:
            say(text)
    return 0 if all(trial.becomes is not None for trial in trials) else 1


def run_on(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """What is about a Swarm. Exit code: 1 if a template cannot be deployed, or is not live."""
    check_manager(engine)
    if options.action == "check":
        return _check_on(engine, options, write)
    return _deploy(place_of(engine, options, domains, write), options, write)


def _check_on(engine: Engine, options: argparse.Namespace, write: Write) -> int:
    sweep(engine)
    around = surroundings(engine, options.stack)
    trials = [_tried(path) for path in template_files(options.paths)]
    refused = {trial.name: refusals(engine, trial, around) for trial in trials}
    good = sum(trial.becomes is not None and not refused[trial.name] for trial in trials)
    lines = []
    for trial in trials:
        lines.append(report.check_line(trial))
        lines += [f"    the Swarm refuses {sentence}" for sentence in refused[trial.name]]
    lines.append(f"The Swarm takes {good} of {len(trials)} templates.")
    rows = [{**report.check_json(trial), "refused": list(refused[trial.name])} for trial in trials]
    show(rows, lines, options.json, write)
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
    for line in (*steps_lines(installation.steps), *_built(installation), *_left_out(installation)):
        place.say(line.replace(UNBUILT, "is to be built"))
    if not options.yes and input("Deploy? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CaptainError("Nothing was changed.")
    # Before anything is done: what is wrong with the settings of builds.
    made = partial(build, options.socket, from_environment(), place.say)
    outcomes = install(place, installation, partial(turn_of, place), made)
    return _said(installation, outcomes, app, options.json, write)


def _said(installation: Installation, outcomes: Sequence[Outcome], app: str, as_program: bool, write: Write) -> int:
    failed = bool(outcomes[-1].why)
    lines = outcomes_lines(outcomes)
    if failed:
        waiting = [found.spec.name for found in installation.becomes.apps[len(outcomes) :]]
        if waiting:
            lines.append(f"not begun: {', '.join(waiting)}")
        lines.append(f"Run it again to go on with the same secrets, or take it away: captain remove {app}")
    elif installation.becomes.end:
        lines += ["", *installation.becomes.end.splitlines()]
    document: Mapping[str, object] = {
        "apps": outcomes_json(outcomes),
        "steps": steps_json(installation.steps),
        "unsupported": [{"path": entry.path, "why": entry.why} for entry in installation.becomes.unsupported],
        "instructions": installation.becomes.end,
    }
    show(document, lines, as_program, write)
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


def template_files(paths: Sequence[Path]) -> list[Path]:
    """The files, and those of the folders that end in .yml, .yaml or .json, in the order of their names.

    `CaptainError` for a path that is not there, and a folder without any.
    """
    return [file for path in paths for file in _files(path)]


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if not path.exists():
            raise CaptainError(f"{path} is not there: name a template or a folder of templates.")
        yield path
        return
    found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
    if not found:
        raise CaptainError(f"{path} has no templates: their names end in {', '.join(SUFFIXES)}.")
    yield from found


def _tried(path: Path) -> Trial:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Trial(path.name, mistake=f"{path} cannot be read: {error}.")
    return tried(text, path.name)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

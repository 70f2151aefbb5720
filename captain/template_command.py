"""`captain template`: one-click templates looked at, before anything is deployed. Needs neither Swarm nor network."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from captain.errors import CaptainError
from captain.oneclick import report
from captain.oneclick.trial import Trial, tried

_SUFFIXES = (".yml", ".yaml", ".json")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's words."""
    parser = commands.add_parser(
        "template",
        help="say what one-click templates would become, and what of them is left out",
        description="Look at one-click templates (CapRover's format, version 4). Deploys nothing.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser(
        "check",
        help="a line per template: services, variables, what is left out",
        description="Try every template with its defaults, and with made-up values where it has none. Exit code 1 if "
        "one cannot be deployed.",
    )
    checking.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a template, or a folder of templates")
    checking.add_argument("--json", action="store_true", help="for programs")
    showing = actions.add_parser("show", help="what a template asks, what it becomes, what is left out and why")
    showing.add_argument("path", type=Path, metavar="PATH", help="a template")
    showing.add_argument("--json", action="store_true", help="for programs")


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
    found = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        raise CaptainError(f"{path} has no templates: their names end in {', '.join(_SUFFIXES)}.")
    yield from found


def _tried(path: Path) -> Trial:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Trial(path.name, mistake=f"{path} cannot be read: {error}.")
    return tried(text, path.name)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

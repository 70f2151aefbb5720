"""`captain template check` and `show`: looking at one-click templates, which needs no Swarm."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from captain.errors import CaptainError
from captain.oneclick import report
from captain.oneclick.trial import Trial, tried
from captain.templates.source import SUFFIXES


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """Exit code: 1 if a template cannot be deployed. `CaptainError` for a path that is not there."""
    if options.action == "show":
        trial = tried_file(options.path)
        for text in [_json(report.show_json(trial))] if options.json else report.show_lines(trial):
            write(f"{text}\n")
        return 0 if trial.becomes is not None else 1
    trials = [tried_file(path) for path in template_files(options.paths)]
    if options.json:
        write(f"{_json([report.check_json(trial) for trial in trials])}\n")
    else:
        for text in [*(report.check_line(trial) for trial in trials), report.check_summary(trials)]:
            write(f"{text}\n")
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
    found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
    if not found:
        raise CaptainError(f"{path} has no templates: their names end in {', '.join(SUFFIXES)}.")
    yield from found


def tried_file(path: Path) -> Trial:
    """A template with its defaults; one that cannot be read is a mistake of its own."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Trial(path.name, mistake=f"{path} cannot be read: {error}.")
    return tried(text, path.name)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

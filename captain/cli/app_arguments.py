"""Arguments of the commands that make apps: what there is to be, what there is, from a source, once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from captain.caprover.definition import FILE
from captain.errors import CaptainError

OF_APPS = ("plan", "apply", "apps", "releases", "rollback", "scale", "remove")
OF_BUILDS = ("deploy", "builds")
OF_INSIDE = ("exec", "run")
USUAL_PORT = 80
"""Where a new app listens."""


def add_apps(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The commands' arguments; `shared` adds those that all have, such as --stack."""

    def command(name: str, summary: str, more: str = "") -> argparse.ArgumentParser:
        whole = f"{summary[0].upper()}{summary[1:]}. {more}".strip()
        parser = commands.add_parser(name, help=summary, description=whole)
        for add in shared:
            add(parser)
        parser.add_argument("--json", action="store_true", help="for programs; how it gets on goes to standard error")
        return parser

    planning = command("plan", "say what apply would do, and what it restarts", "Writes nothing.")
    applying = command(
        "apply",
        "make apps as a captain.yml says",
        "An app is deployed when every replica is healthy and every edge routes to it; otherwise it is put back to "
        "what ran before, the reason is said, and the exit code is 1.",
    )
    for parser in (planning, applying):
        parser.add_argument(
            "-f", "--file", default="captain.yml", metavar="FILE", help="the file, - for standard input (%(default)s)"
        )
        parser.add_argument(
            "--called", default="standard input", metavar="NAME", help="what mistakes call the standard input"
        )
    command("apps", "list apps")
    releases = command("releases", "list an app's releases, and what each changed")
    back = command("rollback", "go back to an earlier release", "It becomes a release of its own.")
    scaling = command("scale", "set an app's number of replicas, and wait for them")
    removing = command("remove", "take an app away with its releases; volumes stay")
    for parser in (releases, back, scaling, removing):
        parser.add_argument("app", metavar="APP", help="the app's name")
    back.add_argument("release", nargs="?", type=int, metavar="RELEASE", help="its number; the one before without it")
    scaling.add_argument("replicas", type=int, metavar="N", help="how many")


def add_builds(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The commands' arguments; `shared` adds those that all have, such as --stack."""
    listing = commands.add_parser(
        "builds",
        help="list an app's last builds, or show what one said",
        description="List an app's last builds and how they ended, or show what one said. They are kept over restarts.",
    )
    listing.add_argument("app", metavar="APP", help="the app's name")
    listing.add_argument("build", nargs="?", type=int, metavar="BUILD", help="its number; a list without it")
    listing.add_argument("--json", action="store_true", help="for programs")
    for add in shared:
        add(listing)
    parser = commands.add_parser(
        "deploy",
        help="build a source, or take an image, and make it an app's new release",
        description="Build a source, or take an image, and make it the app's new release; the rest of the app stays as "
        "it is, and a new app is made. If the build fails, or the release does not get healthy and routed, the old one "
        "goes on serving, and the exit code is 1.",
    )
    for add in shared:
        add(parser)
    parser.add_argument("app", metavar="APP", help="the app's name")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--tar", metavar="FILE", help="a tar of the source, plain or with gzip; - for standard input")
    what.add_argument("--source", type=Path, metavar="DIR", help="a folder with the source; its .git is left out")
    what.add_argument("--image", metavar="NAME", help="an image that is there already; nothing is built")
    parser.add_argument(
        "--definition", default=FILE, metavar="PATH", help="where the source has its captain-definition (%(default)s)"
    )
    parser.add_argument(
        "--port", type=int, metavar="PORT", help=f"where a new app listens in its container ({USUAL_PORT})"
    )
    parser.add_argument("--json", action="store_true", help="for programs; how it gets on goes to standard error")


def add_exec(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The command's arguments; `shared` adds those that all have, such as --stack."""
    executing = commands.add_parser(
        "exec",
        help="run a command in a replica of an app",
        description="Run a command in a replica of an app, on whatever node. On a manager it has this terminal or "
        "standard input; over captain's API it gets no input. Its exit code is this command's.",
    )
    executing.add_argument(
        "--replica", type=int, metavar="N", help="which one (one on captain's node where there is one)"
    )
    _add_words(executing, shared)


def add_run(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The command's arguments; `shared` adds those that all have, such as --stack."""
    running = commands.add_parser(
        "run",
        help="run a command once, in a task of its own with an app's image and environment",
        description="Run a command once, in a task of its own with the app's image, environment, secrets and volumes, "
        "on any node. It gets no input. Its exit code is this command's.",
    )
    _add_words(running, shared)


def given_words(options: argparse.Namespace) -> list[str]:
    """The command of one of `OF_INSIDE`. `CaptainError` without one.

    argparse takes for the command all that follows the app's name: `--replica` there is put where it belongs.
    """
    words: list[str] = list(options.words)
    if options.command == "exec" and words and words[0].partition("=")[0] == "--replica":
        _, has_value, number = words.pop(0).partition("=")
        if not has_value:
            number = words.pop(0) if words else ""
        if not number.isdecimal():
            raise CaptainError(f"--replica takes the number of one, not '{number}'.")
        options.replica = int(number)
    words = words[1:] if words[:1] == ["--"] else words
    if not words:
        raise CaptainError(f"What is to be run? captain {options.command} {options.app} -- COMMAND")
    return words


def _add_words(parser: argparse.ArgumentParser, shared: Sequence[Callable[[argparse.ArgumentParser], object]]) -> None:
    for add in shared:
        add(parser)
    parser.add_argument("app", metavar="APP", help="the app's name")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command")

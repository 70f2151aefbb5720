"""The words of `captain template`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from captain.templates.source import OFFICIAL


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

"""Arguments of the commands about an app that runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

COMMANDS = ("logs", "events", "env", "secret", "autoscale", "auth")


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

    logs = command(commands, "logs", "show what all replicas of an app write", "Of those that are gone, what is kept.")
    logs.add_argument("app", metavar="APP", help="the app's name")
    logs.add_argument("-f", "--follow", action="store_true", help="go on, with the replicas that come")
    logs.add_argument("--since", default="", metavar="TIME", help="how long ago (10m), or a time")
    logs.add_argument("--grep", default="", metavar="EXPRESSION", help="only lines that fit somewhere")
    logs.add_argument(
        "-n",
        "--tail",
        type=int,
        metavar="N",
        help="the last lines of each replica (the newest of all)",
    )
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

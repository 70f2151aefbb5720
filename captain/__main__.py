"""The command line: arguments and environment in, one of the commands, exit codes out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from captain import completion, template_words
from captain.cli import app_arguments, daily_arguments, progress_line
from captain.errors import CaptainError
from swarm.engine_errors import SOCKET, EngineError

_STACK, _STATUS = "captain.stack_commands", "captain.status_commands"
_WITH_WORDS = {
    "captain.jobs.command_line": ("jobs", "job"),
    "captain.registry.command_line": ("push",),
}
"""Modules that add their own commands' words."""
COMMANDS = {
    **dict.fromkeys(("secrets", "up", "rotate", "doctor", "down"), _STACK),
    **dict.fromkeys(("status", "explain"), _STATUS),
    **dict.fromkeys(app_arguments.OF_APPS, "captain.apps.command_line"),
    **dict.fromkeys(app_arguments.OF_BUILDS, "captain.builds.command_line"),
    **dict.fromkeys(daily_arguments.COMMANDS, "captain.apps.daily_commands"),
    **dict.fromkeys(app_arguments.OF_INSIDE, "captain.apps.inside_commands"),
    "metrics": "captain.apps.metrics_command",
    **{command: module for module, commands in _WITH_WORDS.items() for command in commands},
    "template": "captain.template_deploy",
}
"""The module that does a command with an engine: no other is imported for it, which would take longer than the work."""
_FAILED = 1
_INTERRUPTED = 130


class _Program(Protocol):
    """A module of `COMMANDS`."""

    def run(
        self, engine: object, options: argparse.Namespace, domains: object, write: Callable[[str], object], /
    ) -> int: ...

    def add_parsers(
        self,
        commands: argparse._SubParsersAction[argparse.ArgumentParser],
        shared: Sequence[Callable[[argparse.ArgumentParser], object]],
        /,
    ) -> None: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 failed with a sentence on stderr, 2 wrong usage, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = parser_for(given)
    options = parser.parse_args(given)
    if options.command == "rotate":
        from captain.rotation import PLANS

        unknown = [name for name in options.what if name not in PLANS]
        if unknown:
            parser.error(f"{unknown[0]} is no secret that can be rotated; there are {', '.join(sorted(PLANS))}")
    try:
        return _run(options)
    except (CaptainError, EngineError) as error:
        print(f"captain: {error}", file=sys.stderr)  # noqa: T201  (for people)
        return _FAILED
    except BrokenPipeError:  # whoever reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except KeyboardInterrupt:
        print("captain: interrupted; run it again to go on", file=sys.stderr)  # noqa: T201  (for people)
        return _INTERRUPTED


def parser_for(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The words of the command that is asked for first; those of all where none is."""
    first = next((word for word in arguments if not word.startswith("-")), "")
    asked = first if first in (*COMMANDS, "user", "completion", "serve") and arguments[0] == first else ""
    return _parser(asked)


def _parser(only: str = "") -> argparse.ArgumentParser:
    """Every command's words; with `only`, none but those of that command for which more would have to be imported."""
    parser = argparse.ArgumentParser(prog="captain", description="The controller of a Flotilla.")
    parser.add_argument("--socket", default=SOCKET, help="the Docker Engine's socket (%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    secrets = commands.add_parser(
        "secrets",
        help="create the Swarm secrets that are missing",
        description="Create the Swarm secrets that are missing; never change one. Prints shell assignments: "
        "the secrets' names, and the API token if it was made now.",
    )
    _stack_option(secrets)
    _domain_options(secrets)

    deploying = commands.add_parser(
        "up",
        help="make the Swarm as the stack file says, and wait until it is up",
        description="Create and update what differs from the stack file, and wait until all is ready and "
        "requests get through the edge. Writes nothing where nothing differs. Variables come from the "
        "environment.",
    )
    _stack_option(deploying)
    deploying.add_argument(
        "-c", "--compose-file", dest="files", action="append", type=Path, required=True, metavar="FILE",
        help="a stack file; later ones go over earlier ones",
    )  # fmt: skip
    _domain_options(deploying)
    deploying.add_argument(
        "--timeout", type=float, default=360.0, metavar="SECONDS", help="how long to wait (%(default)g)"
    )
    deploying.add_argument("--prune", action="store_true", help="remove services that are no longer in the stack file")

    deploying.add_argument(
        "--database-file", type=Path, metavar="FILE", help="where the database is from now on (swarm/up.sh writes it)"
    )

    measuring = commands.add_parser(
        "metrics",
        help="show an app's requests, errors, times, CPU and memory",
        description="Show what Prometheus says of an app, as means over the last half minute. What is not known is a "
        "dash, and null with --json.",
    )
    measuring.add_argument("app", metavar="APP", help="the app's name")
    _stack_option(measuring)
    measuring.add_argument("--json", action="store_true", help="for programs")
    _prometheus_option(measuring)

    showing = commands.add_parser("status", help="show what runs, where, and the autoscaler's last decisions")
    _stack_option(showing)
    showing.add_argument("--json", action="store_true", help="for programs")
    _url_options(showing)

    explaining = commands.add_parser(
        "explain",
        help="say in sentences why a service has the replicas that it has",
        description="Ask the autoscaler what it sees of a service, what it would do and why, and what would change "
        "its mind.",
    )
    explaining.add_argument("service", help="full name of the service, such as flotilla_app")
    _url_options(explaining)

    examining = commands.add_parser(
        "doctor",
        help="say what is wrong and which command mends it",
        description="Look at everything, say what is wrong and which command mends it. Exit code 1 if anything is.",
    )
    _stack_option(examining)
    _domain_options(examining)
    examining.add_argument("--json", action="store_true", help="for programs")
    examining.add_argument(
        "--host", action="store_true", help="facts about this machine come on standard input (captain.sh sends them)"
    )
    _url_options(examining)

    if only in ("", "rotate"):
        _rotate_words(commands)
    template_words.add_parser(commands, (_stack_option, _domain_options))

    ending = commands.add_parser("down", help="remove the stack; data and secrets stay")
    _stack_option(ending)
    ending.add_argument("--volumes", action="store_true", help="remove data and secrets too, for good")
    ending.add_argument(
        "--timeout", type=float, default=180.0, metavar="SECONDS", help="how long to wait (%(default)g)"
    )

    shared = (_stack_option, _domain_options)
    for add in (
        app_arguments.add_apps,
        app_arguments.add_builds,
        daily_arguments.add_parsers,
        app_arguments.add_exec,
        app_arguments.add_run,
    ):
        add(commands, shared)
    for module, names in _WITH_WORDS.items():
        if only in ("", *names):
            _program(module).add_parsers(commands, shared)
    if only in ("", "user"):
        from captain.accounts import command_line as accounts

        accounts.add_parser(commands)
    commands.add_parser("completion", help='make bash complete captain\'s words: eval "$(captain completion)"')

    serving = commands.add_parser("serve", help="serve captain's page, health and metrics; end rollouts that hang")
    _stack_option(serving)
    _domain_options(serving)
    _url_options(serving)
    serving.add_argument("--port", type=int, default=8000, help="the port to listen on (%(default)s)")
    serving.add_argument(
        "--routes-port", type=int, default=9105, metavar="PORT",
        help="where edges ask for the routes of apps; nothing outside reaches it (%(default)s)",
    )  # fmt: skip
    serving.add_argument(
        "--key-file", type=Path, default=Path("/run/secrets/captain_key"), metavar="FILE",
        help="what the secrets of webhooks and deploy keys are made from (%(default)s)",
    )  # fmt: skip
    return parser


def _rotate_words(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from captain.rotation import PLANS

    rotating = commands.add_parser(
        "rotate",
        help="replace secrets everywhere, without a failed request",
        description="Make another generation of a secret, bring it to every service that uses it, and remove the "
        "old one. Several at once take hardly longer than one. Interrupted, it goes on when run again.",
    )
    rotating.add_argument(
        "what", nargs="*", metavar="SECRET", help=f"{', '.join(sorted(PLANS))}; without one, how old each is"
    )
    _stack_option(rotating)
    _domain_options(rotating)
    rotating.add_argument(
        "--grace", type=float, default=300.0, metavar="SECONDS",
        help="api_token: how long the old one is still taken (%(default)g)",
    )  # fmt: skip
    rotating.add_argument(
        "--timeout", type=float, default=300.0, metavar="SECONDS", help="how long to wait for each step (%(default)g)"
    )


def _stack_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", default="flotilla", help="the stack's name (%(default)s)")


def _url_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--autoscaler-url", default=os.environ.get("FLOTILLA_AUTOSCALER_URL", ""), metavar="URL",
        help="where the autoscaler answers (FLOTILLA_AUTOSCALER_URL)",
    )  # fmt: skip
    _prometheus_option(parser)


def _prometheus_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prometheus-url", default=os.environ.get("FLOTILLA_PROMETHEUS_URL", ""), metavar="URL",
        help="where Prometheus answers (FLOTILLA_PROMETHEUS_URL)",
    )  # fmt: skip


def _domain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--domain", default=os.environ.get("FLOTILLA_DOMAIN", ""),
        help="the platform's (FLOTILLA_DOMAIN, localhost)",
    )  # fmt: skip
    parser.add_argument(
        "--blog-domain", default=os.environ.get("FLOTILLA_BLOG_DOMAIN", ""), metavar="DOMAIN",
        help="where sites live (FLOTILLA_BLOG_DOMAIN, blogs.<domain>)",
    )  # fmt: skip


def _program(module: str) -> _Program:
    return cast(_Program, import_module(module))


def _run(options: argparse.Namespace) -> int:
    if options.command == "completion":
        _write(completion.script(_parser()))
        return 0
    if options.command == "template" and not template_words.needs_engine(options):
        from captain import template_look

        return template_look.run(options, _write)
    if options.command == "user":
        from captain.accounts import command_line as accounts

        return accounts.run(options, _write)
    from captain.credentials import Domains

    domains = Domains.of(getattr(options, "domain", ""), getattr(options, "blog_domain", ""))
    if options.command == "serve":
        from captain.serve import Urls, serve

        urls = Urls(options.autoscaler_url, options.prometheus_url)
        serve(options.port, options.routes_port, options.socket, options.stack, domains, urls, options.key_file)
        return 0
    from captain.registry.settings import connect

    options.environment = dict(os.environ)
    engine = connect(options.socket)
    try:
        is_shown = options.command in progress_line.OF and not options.json
        with progress_line.shown(is_shown) as write:
            return _program(COMMANDS[options.command]).run(engine, options, domains, write)
    finally:
        engine.close()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

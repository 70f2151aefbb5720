"""The command line: arguments and environment in, one of the commands, exit codes out."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from captain import completion, deploy, doctor, down, prometheus, rotate, secret_ages, status, template_command
from captain.accounts import command_line as accounts
from captain.apps import command_line, daily_commands, inside_commands
from captain.builds import command_line as build_commands
from captain.credentials import BUNDLED, Domains, base_of, database_of, ensure_secrets
from captain.doctor_facts import Unknown, parse_host
from captain.doctor_findings import examine
from captain.doctor_look import gather
from captain.errors import CaptainError
from captain.rotation import PLANS
from swarm.engine import SOCKET, Engine, EngineError

_OF_APPS = (command_line, build_commands, daily_commands, inside_commands)
_Command: TypeAlias = Callable[[Engine, argparse.Namespace, Domains, Callable[[str], object]], int]
_ABOUT_APPS: dict[str, _Command] = {
    "template": template_command.run_on,
    **{name: module.run for module in _OF_APPS for name in module.COMMANDS},
}
_FAILED = 1
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 failed with a sentence on stderr, 2 wrong usage, 130 interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    unknown = [name for name in getattr(options, "what", ()) if name not in PLANS]
    if unknown:
        parser.error(f"{unknown[0]} is no secret that can be rotated; there are {', '.join(sorted(PLANS))}")
    try:
        return _run(options)
    except (CaptainError, EngineError) as error:
        print(f"captain: {error}", file=sys.stderr)  # noqa: T201
        return _FAILED
    except BrokenPipeError:  # whoever reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except KeyboardInterrupt:
        print("captain: interrupted; run it again to go on", file=sys.stderr)  # noqa: T201
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
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

    template_command.add_parser(commands, (_stack_option, _domain_options))

    ending = commands.add_parser("down", help="remove the stack; data and secrets stay")
    _stack_option(ending)
    ending.add_argument("--volumes", action="store_true", help="remove data and secrets too, for good")
    ending.add_argument(
        "--timeout", type=float, default=180.0, metavar="SECONDS", help="how long to wait (%(default)g)"
    )

    for about_apps in _OF_APPS:
        about_apps.add_parsers(commands, (_stack_option, _domain_options))
    accounts.add_parser(commands)
    commands.add_parser("completion", help='make bash complete captain\'s words: eval "$(captain completion)"')

    serving = commands.add_parser("serve", help="serve captain's page, health and metrics; end rollouts that hang")
    _stack_option(serving)
    _domain_options(serving)
    serving.add_argument("--port", type=int, default=8000, help="the port to listen on (%(default)s)")
    serving.add_argument(
        "--routes-port", type=int, default=9105, metavar="PORT",
        help="where edges ask for the routes of apps; nothing outside reaches it (%(default)s)",
    )  # fmt: skip
    return parser


def _stack_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", default="flotilla", help="the stack's name (%(default)s)")


def _url_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--autoscaler-url", default=os.environ.get("FLOTILLA_AUTOSCALER_URL", ""), metavar="URL",
        help="where the autoscaler answers (FLOTILLA_AUTOSCALER_URL)",
    )  # fmt: skip
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


def _run(options: argparse.Namespace) -> int:
    if options.command == "serve":
        from captain.serve import serve  # noqa: PLC0415  (a web framework that no other command needs)

        domains = Domains.of(options.domain, options.blog_domain)
        serve(options.port, options.routes_port, options.socket, options.stack, domains)
        return 0
    if options.command == "completion":
        _write(completion.script(_parser()))
        return 0
    if options.command == "template" and not template_command.needs_engine(options):
        return template_command.run(options, _say)
    if options.command == "user":
        return accounts.run(options, _write)
    engine = Engine.from_socket(options.socket)
    try:
        if options.command == "secrets":
            _secrets(engine, options)
        elif options.command == "up":
            _deploy(engine, options)
        elif options.command == "rotate" and options.what:
            _rotate(engine, options)
        elif options.command == "rotate":
            _secret_ages(engine, options)
        elif options.command == "status":
            _status(engine, options)
        elif options.command == "explain":
            _say(status.explanation(options.autoscaler_url, options.service, engine.service))
        elif options.command == "doctor":
            return _doctor(engine, options)
        elif options.command in _ABOUT_APPS:
            domains = Domains.of(options.domain, options.blog_domain)
            return _ABOUT_APPS[options.command](engine, options, domains, _write)
        else:
            down.down(engine, options.stack, options.volumes, options.timeout, _say)
    finally:
        engine.close()
    return 0


def _secrets(engine: Engine, options: argparse.Namespace) -> None:
    deploy.check_manager(engine)
    own_certificate = os.environ.get("FLOTILLA_CERTIFICATE_SECRET", "")
    domains = Domains.of(options.domain, options.blog_domain)
    made = ensure_secrets(engine, options.stack, domains, own_certificate)
    for name in made.created:
        print(f"secret {name} created", file=sys.stderr)  # noqa: T201
    for variable, name in sorted(made.names.items()):
        _say(f"{variable}={name}")


def _deploy(engine: Engine, options: argparse.Namespace) -> None:
    domains = Domains.of(options.domain, options.blog_domain)
    variables = dict(os.environ)
    if options.domain:
        variables["FLOTILLA_DOMAIN"] = options.domain
    if options.blog_domain:
        variables["FLOTILLA_BLOG_DOMAIN"] = options.blog_domain
    request = deploy.Request(
        stack=options.stack,
        files=tuple(options.files),
        variables=variables,
        domains=domains,
        timeout_seconds=options.timeout,
        prune=options.prune,
        width=_width(),
        database=options.database_file.read_text(encoding="utf-8").strip() if options.database_file else "",
    )
    deploy.deploy(engine, request, _write)
    _write(accounts.first_user(options.socket, options.stack))


def _rotate(engine: Engine, options: argparse.Namespace) -> None:
    request = rotate.Request(
        stack=options.stack,
        what=tuple(options.what),
        domains=Domains.of(options.domain, options.blog_domain),
        grace_seconds=options.grace,
        timeout_seconds=options.timeout,
        width=_width(),
    )
    rotate.rotate(engine, request, _write)


def _secret_ages(engine: Engine, options: argparse.Namespace) -> None:
    domains = Domains.of(options.domain, options.blog_domain)
    names = (*sorted(PLANS), *secret_ages.NOT_ROTATED)
    for text in secret_ages.lines(
        {name: base_of(name, domains) for name in names}, engine.secrets(), datetime.now(UTC)
    ):
        _say(text)


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def _status(engine: Engine, options: argparse.Namespace) -> None:
    rows = status.status(engine, options.stack, options.autoscaler_url.rstrip("/"))
    if options.json:
        _say(json.dumps(status.as_json(options.stack, rows), indent=2, ensure_ascii=False))
        return
    at = database_of(engine.secrets())
    elsewhere = [] if at == BUNDLED else [f"DATABASE  {at}, by swarm/up.sh --database-url; the bundle's postgres rests"]
    for text in [*status.as_table(rows), "", *elsewhere, *status.as_lines(prometheus.firing(options.prometheus_url))]:
        _say(text)


def _doctor(engine: Engine, options: argparse.Namespace) -> int:
    host = parse_host(sys.stdin.read()) if options.host else Unknown("captain.sh sends it")
    domains = Domains.of(options.domain, options.blog_domain)
    facts = gather(engine, options.stack, domains, options.prometheus_url, options.autoscaler_url.rstrip("/"), host)
    findings = examine(facts)
    if options.json:
        _say(json.dumps(doctor.as_json(facts, findings), indent=2, ensure_ascii=False))
    else:
        for text in doctor.report(facts, findings):
            _say(text)
    return 0 if doctor.is_well(findings) else _FAILED


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _say(text: str) -> None:
    _write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())

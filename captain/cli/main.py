"""`captain` on a laptop: arguments and environment in, captain's API, exit codes out.

What is in the image is `captain.__main__`, which works over the engine's socket and takes the same words.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from captain import completion, template_words
from captain.cli import (
    app_arguments,
    daily_arguments,
    login,
    progress_line,
    remote_apps,
    remote_daily,
    remote_template,
    trust,
)
from captain.cli.login import Login, LoginFile
from captain.cli.remote_apps import Remote
from captain.cli.server import Server
from captain.errors import CaptainError

_FAILED = 1
_INTERRUPTED = 130
_STANDARD_INPUT = "-"
_ELSEWHERE = ("jobs", "job", "doctor", "explain", "rotate", "user")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 failed with a sentence on stderr, 2 wrong usage, 130 interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return _run(parser, options)
    except CaptainError as error:
        print(f"captain: {error}", file=sys.stderr)  # noqa: T201  (for people)
        return _FAILED
    except BrokenPipeError:  # whoever reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except KeyboardInterrupt:
        print("captain: interrupted; what is being rolled out goes on: captain events", file=sys.stderr)  # noqa: T201  (for people)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="captain", description="Apps on a Flotilla, from anywhere: captain login, then what you want."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    entering = commands.add_parser(
        "login",
        help="say where captain is, and with which token",
        description="Say where captain is, and with which token. It is checked at once, and kept for this user alone.",
    )
    entering.add_argument("url", metavar="URL", help="captain's address, such as https://captain.example.com")
    entering.add_argument(
        "--token", choices=[_STANDARD_INPUT], metavar="-",
        help="the token comes on standard input (CAPTAIN_TOKEN; asked for at a terminal)",
    )  # fmt: skip
    entering.add_argument(
        "--fingerprint", default="", metavar="SHA256",
        help="trust the certificate that has it, and no other (asked for at a terminal where it is needed)",
    )  # fmt: skip
    commands.add_parser("logout", help="forget where captain is, and the token")
    showing = commands.add_parser("status", help="show what runs, where, and the autoscaler's last decisions")
    showing.add_argument("--json", action="store_true", help="for programs")
    measuring = commands.add_parser("metrics", help="show an app's requests, errors, times, CPU and memory")
    measuring.add_argument("app", metavar="APP", help="the app's name")
    measuring.add_argument("--json", action="store_true", help="for programs")
    app_arguments.add_apps(commands, ())
    app_arguments.add_builds(commands, ())
    daily_arguments.add_parsers(commands, ())
    app_arguments.add_exec(commands, ())
    app_arguments.add_run(commands, ())
    template_words.add_parser(commands, ())
    for name in _ELSEWHERE:
        there = commands.add_parser(name, help="only on a manager of the Swarm: ./swarm/captain.sh", add_help=False)
        there.add_argument("words", nargs=argparse.REMAINDER, metavar="…")
    commands.add_parser("completion", help='make bash complete captain\'s words: eval "$(captain completion)"')
    return parser


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    file = LoginFile(_folder(os.environ) / "captain" / "login.json")
    if options.command == "completion":
        _write(completion.script(parser))
        return 0
    if options.command in _ELSEWHERE:
        words = " ".join(["./swarm/captain.sh", options.command, *options.words])
        raise CaptainError(f"{options.command} is not to be had over captain's API. On a manager of the Swarm: {words}")
    if options.command == "login":
        return _log_in(options, file, os.environ.get("CAPTAIN_TOKEN", ""))
    if options.command == "logout":
        _write(
            "logged out; captain.sh user revoke ends the token itself\n" if file.forget() else "nobody was logged in\n"
        )
        return 0
    if options.command == "template" and options.action != "deploy":
        return remote_template.look(options, _write)
    server = Server(file.read())
    try:
        return run(server, options)
    finally:
        server.close()


def run(server: Server, options: argparse.Namespace) -> int:
    """A command over the API; the exit code. Raises `CaptainError`."""
    if options.command in app_arguments.OF_INSIDE:
        options.json = True  # what captain itself says goes to standard error
    of_apps = (*app_arguments.OF_APPS, *app_arguments.OF_BUILDS)
    if options.command == "template":
        command = remote_template.deploy
    else:
        command = remote_apps.run if options.command in of_apps else remote_daily.run
    with progress_line.shown(options.command in progress_line.OF and not options.json) as write:
        tell = _say if options.json else write
        return command(Remote(server, options, write, lambda line: tell(f"{line}\n")))


def _log_in(options: argparse.Namespace, file: LoginFile, from_environment: str) -> int:
    url = login.address(options.url)
    fingerprint = login.fingerprint(options.fingerprint) if options.fingerprint else _agreed_fingerprint(url)
    if options.token == _STANDARD_INPUT:
        token = sys.stdin.readline().strip()
    elif from_environment:
        token = from_environment
    elif sys.stdin.isatty():
        token = getpass.getpass("Token: ").strip()
    else:
        raise CaptainError("There is nobody to ask: give the token with --token - on standard input, or CAPTAIN_TOKEN.")
    made = Login(url, token, fingerprint)
    server = Server(made)
    try:
        who = server.get("/me")
    finally:
        server.close()
    file.write(made)
    which = f" {', '.join(who['apps'])}" if who["apps"] else ""
    _write(f"logged in to {url} as {who['user']}, who may {who['scope']}{which}\n")
    return 0


def _agreed_fingerprint(url: str) -> str:
    """Empty where this machine trusts the certificate; `CaptainError` where nobody agrees to another."""
    try:
        found = trust.untrusted_fingerprint(url)
    except OSError as error:
        raise CaptainError(f"Nobody answers at {url} ({error}): check the address.") from error
    if not found:
        return ""
    sys.stderr.write(
        f"This machine does not trust the certificate that {url} shows. Its SHA-256 fingerprint is\n"
        f"  {login.shown(found)}\nOn a manager of the Swarm this says what it should be:\n"
        "  openssl s_client -connect localhost:443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256\n"
    )
    if not sys.stdin.isatty():
        raise CaptainError("There is nobody to agree to it: give --fingerprint SHA256.")
    if input("Trust it, and no other, from now on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CaptainError("Nothing was kept.")
    return found


def _folder(environment: Mapping[str, str]) -> Path:
    """Where this user's configuration is."""
    given = environment.get("XDG_CONFIG_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".config"


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

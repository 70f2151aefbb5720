"""`captain user`: captain's own users and their tokens, for whoever has the Docker socket anyway."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from captain.accounts.book import Scope, Token
from captain.accounts.users import FIRST_USER, Users
from captain.errors import CaptainError
from swarm.engine import Engine

_WORDS = [scope.value for scope in Scope]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Its arguments."""
    users = commands.add_parser(
        "user",
        help="list, make and remove captain's users and their tokens",
        description="Captain's users, apart from the platform's accounts. A token is told once, when it is made.",
    )
    users.add_argument("--stack", default="flotilla", help="the stack's name (%(default)s)")
    users.add_argument("--json", action="store_true", help="for programs")
    actions = users.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all users with their tokens")
    adding = actions.add_parser("add", help="make a user, and print a token of theirs")
    adding.add_argument("--scope", choices=_WORDS, default=Scope.DEPLOY.value, help="what they may do (%(default)s)")
    removing = actions.add_parser("remove", help="remove a user with all tokens")
    password = actions.add_parser("password", help="set a user's password; it comes on standard input")
    token = actions.add_parser("token", help="print another token of a user")
    for parser in (adding, removing, password, token):
        parser.add_argument("name", metavar="USER", help="the user's name")
    token.add_argument("--name", dest="label", default="token", help="by which it is listed (%(default)s)")
    token.add_argument("--scope", choices=_WORDS, default=Scope.DEPLOY.value, help="what it may do (%(default)s)")
    token.add_argument("--app", action="append", default=[], metavar="APP", help="only this app; may be repeated")
    token.add_argument("--days", type=int, metavar="N", help="how long it is good; for ever without it")
    revoking = actions.add_parser("revoke", help="end a token")
    revoking.add_argument("id", metavar="TOKEN", help="its id, as list says it")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """One of the actions; the exit code. Raises `CaptainError`."""
    users = Users(partial(Engine.from_socket, options.socket), options.stack)
    match options.action:
        case "list":
            _list(users, options.json, write)
        case "add":
            _tell(users.add_user(options.name, Scope(options.scope)), options.json, write)
        case "remove":
            users.remove_user(options.name)
        case "password":
            users.set_password(options.name, sys.stdin.readline().rstrip("\n"))
        case "token":
            scope, lasts = Scope(options.scope), lifetime(options.days)
            _tell(users.add_token(options.name, options.label, scope, options.app, lasts), options.json, write)
        case _:
            users.remove_token(options.id)
    return 0


def first_user(socket: str, stack: str) -> str:
    """What `up.sh` tells of the first user, if that was made now; nothing where there is one."""
    token = Users(partial(Engine.from_socket, socket), stack).add_first()
    if token is None:
        return ""
    return (
        f"captain's first user is {FIRST_USER}; this token is not shown again, and is also the password of\n"
        f"`caprover login`:\n  {token}\n"
    )


def _tell(token: str, as_program: bool, write: Callable[[str], object]) -> None:
    write(f"{json.dumps({'token': token}) if as_program else token}\n")


def _list(users: Users, as_program: bool, write: Callable[[str], object]) -> None:
    found = sorted(users.book().users.values(), key=lambda user: user.name)
    if as_program:
        shown = [
            {
                "name": user.name,
                "scope": user.scope.value,
                "has_password": bool(user.password),
                "tokens": [token_row(token) for token in user.tokens],
            }
            for user in found
        ]
        write(json.dumps({"users": shown}, indent=2) + "\n")
        return
    for user in found:
        write(f"{user.name}  {user.scope.value}{'  has a password' if user.password else ''}\n")
        for token in user.tokens:
            write(f"    {token.id}  {_sentence(token)}\n")


def token_row(token: Token) -> dict[str, object]:
    """A token for programs, without its secret, which nobody has."""
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope.value,
        "apps": list(token.apps),
        "is_session": token.is_session,
        "created_at": token.created_at.isoformat(timespec="seconds"),
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(timespec="seconds"),
    }


def _sentence(token: Token) -> str:
    which = f" for {', '.join(token.apps)}" if token.apps else ""
    until = "" if token.expires_at is None else f", until {token.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    over = " (over)" if token.expires_at is not None and token.expires_at <= datetime.now(UTC) else ""
    return f"{token.name}  {token.scope.value}{which}{until}{over}"


def lifetime(days: int | None) -> timedelta | None:
    """How long a token is good; `CaptainError` for what is no time."""
    if days is not None and not 1 <= days <= 3650:
        raise CaptainError(f"A token is good for 1 to 3650 days, not {days}.")
    return None if days is None else timedelta(days=days)

"""`python -m app key create`, `key list` and `key revoke`: API keys for whoever has the machine's shell."""

from __future__ import annotations

import argparse
import asyncio
import sys
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import acting
from app.db import Database
from app.errors import PlatformError
from app.keys import queries
from app.keys.queries import KeyRow, NewKeyRow
from app.models.base import DEFAULT_ORGANISATION, NO_ID
from app.models.scopes import Scope
from app.settings import SettingsError, load

GOOD_FOR_DAYS = 365
MOST_LISTED = 1000

_ORGANISATION = text("SELECT id FROM organisation WHERE id = CAST(:id AS uuid)")


def main() -> int:
    """Exit codes: 0 done, 1 there is no such key or organisation or the database is away, 2 an argument is wrong."""
    options = _parser().parse_args()
    try:
        lines = asyncio.run(_done(options))
    except SettingsError as error:
        print(f"python -m app key: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    except PlatformError as error:
        print(f"python -m app key: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    print("\n".join(lines))  # noqa: T201 - a command's answer
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app key", description="Keys with which programs use the API.")
    commands = parser.add_subparsers(dest="command", required=True)
    creating = commands.add_parser(
        "create",
        help="make one",
        description="Make a key and print its secret, which is shown this once; nothing else goes to standard output.",
    )
    creating.add_argument("--name", required=True, type=_name, help="what it is for, up to 200 characters")
    scopes = [scope.value for scope in Scope]
    creating.add_argument("--scope", required=True, choices=scopes, help="what it may do; each holds those before")
    creating.add_argument("--site", type=_identity, metavar="ID", help="for this site alone")
    creating.add_argument(
        "--days", type=_days, default=GOOD_FOR_DAYS, help="how long it is good (%(default)d); 0: until it is revoked"
    )
    listing = commands.add_parser("list", help="those of an organisation, in the order of their making")
    revoking = commands.add_parser("revoke", help="make one useless for good, within seconds")
    revoking.add_argument("id", type=_identity, help="as `list` prints it")
    for command in (creating, listing, revoking):
        command.add_argument(
            "--organisation",
            type=_identity,
            metavar="ID",
            default=DEFAULT_ORGANISATION,
            help="whose (default: the one that came with the platform)",
        )
    return parser


async def _done(options: argparse.Namespace) -> list[str]:
    database = Database(load(), application="flotilla-key", pool_size=1)
    acts = acting.organisation(options.organisation)
    try:
        if options.command == "create":
            made = await database.write(acts, _create, options)
            return [_told(made)]
        if options.command == "revoke":
            await database.write(acts, queries.revoke, options.id, versions=None)
            return [f"{options.id} is revoked; replicas that know it let it in for some seconds more."]
        found = await database.read(acts, queries.page, after=NO_ID, limit=MOST_LISTED + 1)
    finally:
        await database.close()
    more = [f"There are more than {MOST_LISTED}; list them over the API."] if len(found) > MOST_LISTED else []
    return [_line(key) for key in found[:MOST_LISTED]] + more or ["There is no key."]


async def _create(connection: AsyncConnection, options: argparse.Namespace) -> NewKeyRow:
    if (await connection.execute(_ORGANISATION, {"id": options.organisation})).first() is None:
        raise PlatformError(404, "not_found", f"There is no organisation {options.organisation}.")
    expires_at = datetime.now(UTC) + timedelta(days=options.days) if options.days else None
    return await queries.create(
        connection, name=options.name, scopes=[options.scope], site_id=options.site, expires_at=expires_at
    )


def _told(made: NewKeyRow) -> str:
    until = f"until {made['expires_at']:%Y-%m-%d %H:%M} UTC" if made["expires_at"] else "until it is revoked"
    print(  # noqa: T201 - a command's answer
        f"The key {made['id']} is good {until}; its secret is shown this once:", file=sys.stderr
    )
    return made["secret"]


def _line(key: KeyRow) -> str:
    state = f"until {key['expires_at']:%Y-%m-%d}" if key["expires_at"] else "until revoked"
    if key["revoked_at"]:
        state = f"revoked {key['revoked_at']:%Y-%m-%d}"
    used = f"used {key['last_used_at']:%Y-%m-%d %H:%M}" if key["last_used_at"] else "never used"
    site = f"  site {key['site_id']}" if key["site_id"] else ""
    return f"{key['id']}  {key['prefix']}…  {','.join(key['scopes'])}  {state}  {used}  {key['name']}{site}"


def _identity(given: str) -> str:
    return str(uuid.UUID(given))


def _name(given: str) -> str:
    name = given.strip()
    if not (1 <= len(name) <= 200 and name.isprintable()):
        raise argparse.ArgumentTypeError("a name is one line of 1 to 200 characters")
    return name


def _days(given: str) -> int:
    if not (given.isascii() and given.isdigit() and int(given) <= 36_500):
        raise argparse.ArgumentTypeError("days are a whole number from 0 to 36500")
    return int(given)


if __name__ == "__main__":
    sys.exit(main())

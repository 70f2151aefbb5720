"""`python -m app accounts first-administrator`: the link that makes the first administrator, while there is none."""

from __future__ import annotations

import argparse
import asyncio
import sys

from app.accounts import administrators
from app.accounts.service import create
from app.db import Database
from app.errors import PlatformError
from app.settings import Settings, SettingsError, load, read_generations


def main() -> int:
    """Exit codes: 0 printed, or there is an administrator, 1 the database is away, 2 a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m app accounts", description="Accounts of the platform.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "first-administrator",
        help="print a link that makes the first administrator",
        description="Print a link that makes the first administrator of the platform. It works once, for 7 days; each "
        "run prints another one. Once there is an administrator, say so instead.",
    )
    parser.parse_args()
    try:
        link = asyncio.run(_first_link(load()))
    except SettingsError as error:
        print(f"python -m app accounts: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    except PlatformError as error:
        print(f"python -m app accounts: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    print(link or "The platform has an administrator already.")  # noqa: T201 - a command's answer
    return 0


async def _first_link(settings: Settings) -> str | None:
    database = Database(settings, application="flotilla-accounts", pool_size=1)
    try:
        secret = await administrators.first_link_secret(database)
    finally:
        await database.close()
    secrets = read_generations(settings.database_password_file)
    return None if secret is None else create(settings, database, secrets).link("welcome", secret)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m app mail list` and `mail show ID`: what is in the outbox."""

from __future__ import annotations

import argparse
import asyncio
import sys
import uuid
from datetime import datetime

from app import acting
from app.db import Database
from app.errors import PlatformError
from app.mail import outbox
from app.settings import SettingsError, load

KEPT = "kept"


def main() -> int:
    """Exit codes: 0 printed, 1 there is no such mail or the database is away, 2 an argument or a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m app mail", description="Mail that the platform sends.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="the newest mails, with whether they are sent, and if not, why")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (%(default)d)")
    showing = commands.add_parser("show", help="what one says; its text is gone once it is sent or dropped")
    showing.add_argument("id", type=_identity, help="as `list` prints it")
    options = parser.parse_args()
    try:
        lines = asyncio.run(_asked(None if options.command == "list" else options.id, getattr(options, "limit", 0)))
    except SettingsError as error:
        print(f"python -m app mail: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    except PlatformError as error:
        print(f"python -m app mail: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    print("\n".join(lines))  # noqa: T201 - a command's answer
    return 0


async def _asked(mail_id: str | None, limit: int) -> list[str]:
    database = Database(load(), application="flotilla-mail", pool_size=1)
    try:
        if mail_id is None:
            mails = await database.read(acting.worker(), outbox.newest, limit=limit)
            return [_line(mail) for mail in mails] or ["There is no mail."]
        mail = await database.read(acting.worker(), outbox.by_id, mail_id)
    finally:
        await database.close()
    if mail is None:
        raise PlatformError(404, "not_found", "There is no such mail; see python -m app mail list.")
    gone = f"({_state(mail['sent_at'], mail['dropped_at'])}; its text is gone)"
    return [f"To: {mail['recipient']}", f"Subject: {mail['subject']}", "", mail["body_text"] or gone]


def _line(mail: outbox.Listed) -> str:
    state = _state(mail["sent_at"], mail["dropped_at"])
    if state == KEPT:
        until = f" until {mail['expires_at']:%Y-%m-%d %H:%M:%S}" if mail["expires_at"] else ""
        state = f"{KEPT}{until}, {mail['attempts']} attempts"
    told = f"  {mail['last_error']}" if mail["last_error"] else ""
    return (
        f"{mail['id']}  {mail['created_at']:%Y-%m-%d %H:%M:%S}  {state}  {mail['recipient']}  {mail['subject']}{told}"
    )


def _state(sent_at: datetime | None, dropped_at: datetime | None) -> str:
    if sent_at:
        return f"sent {sent_at:%Y-%m-%d %H:%M:%S}"
    return f"dropped {dropped_at:%Y-%m-%d %H:%M:%S}" if dropped_at else KEPT


def _identity(given: str) -> str:
    return str(uuid.UUID(given))


if __name__ == "__main__":
    sys.exit(main())

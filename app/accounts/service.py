"""What everything about accounts works with."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.hashing import Passwords
from app.accounts.sessions import Sessions
from app.db import Database
from app.settings import Settings


@dataclass(frozen=True)
class Service:
    """One per process. `app_url` is the dashboard's address, to which links in mails lead."""

    database: Database
    passwords: Passwords
    sessions: Sessions
    app_url: str

    def link(self, page: str, secret: str) -> str:
        """The address of a page with a secret behind `#`, which no browser sends to a server."""
        return f"{self.app_url}/{page}#{secret}"


def create(settings: Settings, database: Database) -> Service:
    """Nothing is opened, and nothing heavy imported, before it is used."""
    return Service(database, Passwords(), Sessions(database), settings.dashboard_url())

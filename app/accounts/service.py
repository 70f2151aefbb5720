"""What everything about accounts works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.hashing import Passwords
from app.accounts.sealing_keys import SealingKeys
from app.accounts.sessions import Sessions
from app.db import Database
from app.settings import Settings


@dataclass(frozen=True)
class Service:
    """One per process. `app_url` is the dashboard's address, to which links in mails lead."""

    database: Database
    passwords: Passwords
    sessions: Sessions
    sealing: SealingKeys
    app_url: str

    def link(self, page: str, secret: str) -> str:
        """The address of a page with a secret behind `#`, which no browser sends to a server."""
        return f"{self.app_url}/{page}#{secret}"


def create(settings: Settings, database: Database, secrets: Sequence[str]) -> Service:
    """Nothing is opened, and nothing heavy imported, before it is used.

    `secrets` are generations of one of the installation's, the present one first: they open the keys of second factors.
    """
    sealing = SealingKeys(database, secrets)
    return Service(database, Passwords(), Sessions(database), sealing, settings.dashboard_url())

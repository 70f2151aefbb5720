"""An address with an account and one without cost the same work: the same units in order, and hashing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.accounts import changing_address, passwords, queries, signing_in, signing_up
from app.accounts.hashing import Passwords
from app.accounts.sealing_keys import SealingKeys
from app.accounts.service import Service
from app.accounts.sessions import Identity, Sessions
from app.accounts.visitor import Visitor
from app.acting import Acting
from app.db import Database
from app.errors import PlatformError
from tests.unit.app.accounts.test_accounts_hashing import Counting

KNOWN = "0198a0c1-2f3e-7abc-8def-0123456789ab"
OWN = Identity(
    *("0198a0c1-2f3e-7abc-8def-0123456789ac", "0198a0c1-2f3e-7abc-8def-0123456789ad", "own@example.org", "Ada"),
    *(None, None, False, False, ""),
)
VISITOR = Visitor("192.0.2.1", "", None)


class Recording(Database):
    """Answers two questions, and tells which units of work were asked for, reading or writing."""

    def __init__(self, kept: str) -> None:
        self.units: list[str] = []
        self._answers: dict[object, Callable[..., object]] = {
            queries.account_of_address: lambda email: KNOWN if email == "known@example.org" else None,
            queries.credential: lambda account: {"password_hash": kept} if account in {KNOWN, OWN.account_id} else None,
        }

    async def read(self, acting: Acting, work: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.units.append(f"read {work.__name__}")
        return self._answers[work](*args)

    async def write(self, acting: Acting, work: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.units.append(f"write {work.__name__}")


async def work_of(ask: Callable[[Service, str], Awaitable[object]], email: str) -> tuple[list[str], int, str]:
    """Units of work, hashes, and how it ended."""
    hasher = Counting()
    hashing = Passwords(lambda: hasher)
    database = Recording(await hashing.hash("a quiet harbour"))
    service = Service(database, hashing, Sessions(database), SealingKeys(database, ["x"]), "https://app.example.com")
    try:
        await ask(service, email)
        ended = "done"
    except PlatformError as error:
        ended = error.code
    return database.units, hasher.verified, ended


async def by_password(service: Service, email: str) -> object:
    return await signing_in.by_password(service, email, "not the password", None, VISITOR)


async def sign_up(service: Service, email: str) -> object:
    return await signing_up.begin(service, email, VISITOR)


async def link(service: Service, email: str) -> object:
    return await signing_in.send_link(service, email, VISITOR)


async def reset(service: Service, email: str) -> object:
    return await passwords.send_reset(service, email, VISITOR)


async def change_of_address(service: Service, email: str) -> object:
    return await changing_address.begin(service, OWN, email, "a quiet harbour", None, VISITOR)


@pytest.mark.parametrize("ask", [by_password, sign_up, link, reset, change_of_address])
async def test_an_unknown_address_costs_the_same_work(ask: Callable[[Service, str], Awaitable[object]]) -> None:
    """So that neither the answer nor its time tells which addresses have an account."""
    known, unknown = [await work_of(ask, email) for email in ("known@example.org", "unknown@example.org")]
    assert known == unknown
    assert len(known[0]) >= 3
    assert (known[1] == 1) == (ask in (by_password, change_of_address))

"""Hashing passwords: the same work for everybody, few at once, beside the event loop."""

from __future__ import annotations

import asyncio
import threading

from argon2 import PasswordHasher

from app.accounts import hashing
from app.accounts.hashing import Passwords


class Counting(PasswordHasher):
    """A cheap hasher that tells what it did."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0
        self.at_work = 0
        self.most_at_work = 0
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        with self._lock:
            self.verified += 1
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            return super().verify(hash, password)
        finally:
            with self._lock:
                self.at_work -= 1


async def test_a_password_is_told_from_others() -> None:
    """And a hash that is none is no password's."""
    passwords = Passwords(Counting)
    kept = await passwords.hash("a quiet harbour")
    assert kept.startswith("$argon2id$")
    assert await passwords.verify(kept, "a quiet harbour")
    assert not await passwords.verify(kept, "a loud harbour")
    assert not await passwords.verify("broken", "a quiet harbour")


async def test_an_account_that_is_not_there_costs_the_same_work() -> None:
    """One verification each, whether there is a hash or not; and nobody's password lets nobody in."""
    made = Counting()
    passwords = Passwords(lambda: made)
    kept = await passwords.hash("a quiet harbour")
    await passwords.verify(kept, "wrong")
    assert made.verified == 1
    assert not await passwords.verify(None, "nobody's password")
    assert made.verified == 2


async def test_few_are_hashed_at_once_and_the_loop_goes_on() -> None:
    """However many sign in."""
    made = Counting()
    passwords = Passwords(lambda: made)
    kept = await passwords.hash("a quiet harbour")
    ticks = 0
    together = asyncio.gather(*(passwords.verify(kept, "a quiet harbour") for _ in range(30)))
    while not together.done():
        ticks += 1
        await asyncio.sleep(0)
    assert all(await together)
    assert made.most_at_work <= hashing.AT_ONCE
    assert ticks > 1


async def test_a_hash_with_older_parameters_is_outdated() -> None:
    """So that it is replaced at the next sign-in."""
    passwords = Passwords()
    older = await Passwords(Counting).hash("a quiet harbour")
    assert passwords.outdated(older)
    assert not passwords.outdated(await passwords.hash("a quiet harbour"))

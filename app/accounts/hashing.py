"""Passwords hashed with argon2id, few at once, in threads so that the event loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# OWASP's second choice: 19 MiB and two passes, about 30 ms of a core. Two at once take a sixth of the
# memory of a replica, which has 256 MiB; who comes third waits.
MEMORY_KIB = 19_456
PASSES = 2
AT_ONCE = 2


def argon2id() -> PasswordHasher:
    """argon2-cffi with the platform's parameters; imported at the first password and not at the start."""
    from argon2 import PasswordHasher  # noqa: PLC0415 - at the first password, not at the start

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)


class Passwords:
    """`make` is what gives the hasher; the tests count what it does."""

    def __init__(self, make: Callable[[], PasswordHasher] = argon2id) -> None:
        self._make = make
        self._made: PasswordHasher | None = None
        self._nobodys = ""
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """What the database keeps."""
        async with self._slots:
            return await asyncio.to_thread(self._hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password. Without one that is kept (no account, none set) the same work, and False."""
        async with self._slots:
            return await asyncio.to_thread(self._verify, kept, password)

    def outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than today's: then it is to be hashed anew."""
        return self._hasher().check_needs_rehash(kept)

    def _hasher(self) -> PasswordHasher:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _hash(self, password: str) -> str:
        return self._hasher().hash(password)

    def _verify(self, kept: str | None, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerifyMismatchError  # noqa: PLC0415 - not at the start

        if not self._nobodys:
            self._nobodys = self._hasher().hash("nobody's password")
        try:
            self._hasher().verify(kept or self._nobodys, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return kept is not None

"""The engine pool's order: so many connections and never more, which stay open and go to whoever has waited longest.

In SQLAlchemy's pool whoever comes at the right moment overtakes those who wait, and who was overtaken waits behind all
others again: with more requests than connections some were passed over again and again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PoolBusy(Exception):
    """No connection came back in time."""


class Pool(Generic[T]):
    """At most `size` things that `connect` opens and `close` closes.

    One that is not `is_alive` when it is taken is replaced; one that is not `is_fit` when it comes back is closed.
    """

    def __init__(
        self,
        size: int,
        connect: Callable[[], Awaitable[T]],
        *,
        is_alive: Callable[[T], bool],
        is_fit: Callable[[T], bool],
        close: Callable[[T], Awaitable[None]],
    ) -> None:
        self.size = size
        self._connect = connect
        self._is_alive = is_alive
        self._is_fit = is_fit
        self._close = close
        # None is the place of one that is not open. They take turns, so that each is looked at, and opened again, soon.
        self._idle: deque[T | None] = deque([None] * size)
        self._waiting: deque[asyncio.Future[T | None]] = deque()

    @property
    def checked_out(self) -> int:
        """How many are at work, or being opened for somebody."""
        return self.size - len(self._idle)

    async def take(self, deadline: float) -> T:
        """One that is alive; it has to be given back.

        Raises PoolBusy at the deadline (the loop's time), and what opening one raises, TimeoutError among it.
        """
        found = self._idle.popleft() if self._idle else await self._turn(deadline)
        if found is not None and self._is_alive(found):
            return found
        try:
            async with asyncio.timeout_at(deadline):
                if found is not None:
                    await self._close(found)
                return await self._connect()
        except BaseException:  # whoever asked may have gone: the place is the next one's, the error is the caller's
            self._pass_on(None)
            raise

    async def give(self, one: T) -> None:
        """Takes one back."""
        if self._is_fit(one):
            self._pass_on(one)
            return
        try:
            await self._close(one)
        finally:
            self._pass_on(None)

    async def close(self) -> None:
        """Closes those that are idle. For the end: those at work end with the process."""
        idle, self._idle = self._idle, deque([None] * len(self._idle))
        for one in idle:
            if one is not None:
                await self._close(one)

    async def _turn(self, deadline: float) -> T | None:
        """Waits in line for one, or for the place of one; None is a place."""
        turn: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout_at(deadline):
                return await turn
        except BaseException as error:  # the deadline, or whoever waited has gone
            if turn.done() and not turn.cancelled():  # it came in the moment in which the wait ended
                self._pass_on(turn.result())
            if isinstance(error, TimeoutError):
                raise PoolBusy from error
            raise

    def _pass_on(self, one: T | None) -> None:
        """To whoever has waited longest; with nobody waiting, it is idle."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(one)
                return
        self._idle.append(one)

"""What a unit of work acts for, sent together with its statements: psycopg's cursors that do so.

A connection has one of these as its cursor factory for as long as the unit of work has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from psycopg import AsyncConnection, AsyncCursor
from psycopg.abc import Params, Query

from app.acting import Acting
from app.one_message import OneMessage


class Reading:
    """Makes the cursors of a read."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self.before = acting.statement

    def __call__(self, connection: AsyncConnection[Any], **options: Any) -> OneMessage:
        """A cursor, as psycopg asks for it."""
        return OneMessage(self._acting, connection, **options)


class Writing:
    """Makes the cursors of a write, whose transaction begins with its first statement."""

    def __init__(self, acting: Acting) -> None:
        self._due: Sequence[str] = ("BEGIN", acting.statement)

    def due(self) -> Sequence[str]:
        """What has to be sent before the next statement; nothing the second time."""
        due, self._due = self._due, ()
        return due

    def __call__(self, connection: AsyncConnection[Any], **options: Any) -> _InTransaction:
        """A cursor, as psycopg asks for it."""
        return _InTransaction(self, connection, **options)


class _InTransaction(AsyncCursor[Any]):
    """Begins the transaction if it has not begun yet."""

    def __init__(self, writing: Writing, connection: AsyncConnection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self._writing = writing

    async def execute(
        self, query: Any, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        """As any cursor's, which takes a query in many forms."""
        await self._begin()
        return await super().execute(query, params, prepare=prepare, binary=binary)

    async def executemany(self, query: Query, params_seq: Iterable[Params], *, returning: bool = False) -> None:
        """As any cursor's."""
        await self._begin()
        await super().executemany(query, params_seq, returning=returning)

    async def _begin(self) -> None:
        if due := self._writing.due():
            await super().execute("; ".join(due), prepare=False)

"""A read and what it acts for, in one message to the database."""

from __future__ import annotations

from typing import Any, Self

from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.abc import Params, Query

from app.acting import Acting


class OneMessage(AsyncClientCursor[Any]):
    """Sends what sets the scene and the statement together, and has the statement's rows.

    PostgreSQL runs all statements of a message in one transaction, so that the settings hold for the second and end
    with it: one round trip, where BEGIN, the settings, the statement and COMMIT would be four. Such a message carries
    no parameters, so psycopg writes them into the statement, quoted by libpq. That is for reads alone, whose parameters
    are ids and names; what is written goes apart from its statement, and so into no log.
    """

    def __init__(self, acting: Acting, connection: AsyncConnection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self._before = acting.statement

    async def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        """As any cursor's."""
        await super().execute(f"{self._before}; {query!s}", params, prepare=prepare, binary=binary)
        while self.nextset():
            pass
        return self

"""Acting for somebody else from here on, in the same transaction: finding out who somebody is, then acting for them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.acting import Acting


async def act(connection: AsyncConnection, acting: Acting) -> None:
    """In a transaction of `Database.write`."""
    await connection.exec_driver_sql(acting.statement)


async def new_id(connection: AsyncConnection) -> str:
    """An id for a row that the transaction has to act for before it is there."""
    made: str = (await connection.execute(text("SELECT uuid7()"))).scalar_one()
    return made

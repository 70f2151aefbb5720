"""psycopg's connections under SQLAlchemy's: looked at when they are taken, committed, cleared, ended in time."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.json import JsonbDumper
from psycopg.types.string import TextLoader
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

# A unit of work that got its connection at the last moment still has this long.
LEAST_WORK_SECONDS = 1.0


def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """psycopg's connection under SQLAlchemy's."""
    fairy: Any = connection.sync_connection
    driver: psycopg.AsyncConnection[Any] = fairy.connection.driver_connection
    return driver


async def commit(driver: psycopg.AsyncConnection[Any]) -> None:
    """Commits. A transaction in which a statement failed is refused: PostgreSQL would take its COMMIT as a ROLLBACK."""
    if driver.pgconn.transaction_status == TransactionStatus.INERROR:
        raise RuntimeError("a unit of work went on after one of its statements had failed; nothing was saved")
    await driver.commit()


async def clear(driver: psycopg.AsyncConnection[Any]) -> None:
    """Ends what a failed unit of work left behind; a connection that cannot be cleared is closed."""
    if driver.closed or driver.pgconn.transaction_status == TransactionStatus.IDLE:
        return
    try:
        await driver.rollback()
    except psycopg.Error:
        await driver.close()


def adapt_types(adapted: Any, record: Any) -> None:
    """UUIDs only pass through: an object of each would cost more than the rest of its row. A dict is JSON."""
    adapters = adapted.driver_connection.adapters
    adapters.register_loader("uuid", TextLoader)
    adapters.register_dumper(dict, JsonbDumper)


def is_alive(connection: AsyncConnection) -> bool:
    """Whether an idle connection is still open: one with something to read was closed by the other side.

    One poll(2) in place of the round trip that `pool_pre_ping` costs every request.
    """
    driver = driver_of(connection)
    if driver.closed:
        return False
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return not poll.poll(0)


def is_fit(connection: AsyncConnection) -> bool:
    """Whether a connection that comes back is open, and nothing is under way on it."""
    if connection.invalidated or connection.closed:
        return False
    driver = driver_of(connection)
    return not driver.closed and driver.pgconn.transaction_status == TransactionStatus.IDLE


async def close(connection: AsyncConnection) -> None:
    """Closes it; of one that is broken nothing is expected."""
    with contextlib.suppress(SQLAlchemyError, psycopg.Error, OSError):
        await connection.close()


def expire_at(driver: psycopg.AsyncConnection[Any], deadline: float) -> asyncio.TimerHandle:
    """Breaks the connection at the deadline.

    Cancelling the task instead would make the driver ask the server to stop, and wait for seconds if it is gone.
    """
    loop = asyncio.get_running_loop()

    def expire() -> None:
        if not driver.closed:
            with socket.socket(fileno=socket.dup(driver.fileno())) as descriptor:
                descriptor.shutdown(socket.SHUT_RDWR)

    return loop.call_at(max(deadline, loop.time() + LEAST_WORK_SECONDS), expire)

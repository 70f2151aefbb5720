"""A replica's start: wait for the database and a fitting schema, open and warm the engine pool."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database
from app.errors import PlatformError
from app.lifecycle import Lifecycle
from app.schema import SchemaMismatch, require_fitting

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25


async def warm(
    database: Database,
    lifecycle: Lifecycle,
    warm_up: Callable[[AsyncConnection], Awaitable[object]],
    make_ready: Callable[[], Awaitable[None]],
) -> None:
    """Tries until it succeeds; then the replica is warm.

    `warm_up` runs on every connection of the pool, `make_ready` once, when it is open.
    """

    async def prepare(connection: AsyncConnection) -> None:
        await require_fitting(connection)
        await warm_up(connection)

    told = ""
    while True:
        reason = await _try_to_open(database, prepare, make_ready)
        if reason is None:
            lifecycle.warm()
            log.info("warm: the engine pool is open")
            return
        lifecycle.wait_for(reason)
        if reason != told:  # a line per reason, not four a second
            log.warning("waiting for %s", reason)
            told = reason
        await asyncio.sleep(PAUSE_SECONDS)


async def _try_to_open(
    database: Database, prepare: Callable[[AsyncConnection], Awaitable[None]], make_ready: Callable[[], Awaitable[None]]
) -> str | None:
    """What is still missing, or None when the pool is open."""
    try:
        await database.open(prepare)
        await make_ready()
    except SchemaMismatch as mismatch:
        return str(mismatch)
    except PlatformError as unavailable:
        return f"the database ({unavailable})"
    except TimeoutError:
        return "the database (no answer in time)"
    except (SQLAlchemyError, psycopg.Error, OSError) as error:
        return f"the database ({' '.join(str(getattr(error, 'orig', None) or error).split())})"
    return None

"""Runs in the app's image: lists of 20 posts over connections that are kept, and over one for each list. JSON out.

api_pool.py SITE SECONDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import psycopg

from app import acting
from app.models.base import DEFAULT_ORGANISATION
from app.one_message import OneMessage
from app.settings import load, read_secret

CLIENTS = 3
LIST = "SELECT id, site_id, title, body, created_at FROM post WHERE site_id = %s ORDER BY id LIMIT 21"


async def connect() -> psycopg.AsyncConnection[tuple[object, ...]]:
    settings = load()
    return await psycopg.AsyncConnection.connect(
        host=settings.database_host,
        port=settings.database_port,
        user=settings.database_user,
        password=read_secret(settings.database_password_file),
        dbname=settings.database_name,
        autocommit=True,
        prepare_threshold=None,
    )


async def ask(connection: psycopg.AsyncConnection[tuple[object, ...]], site: str) -> None:
    cursor = OneMessage(acting.organisation(DEFAULT_ORGANISATION), connection)
    await cursor.execute(LIST, (site,))
    assert len(await cursor.fetchall()) == 21


async def rate(client: Callable[[float], Awaitable[int]], seconds: float) -> dict[str, float]:
    """Lists per second and per CPU-second of this process."""
    began, spent = time.monotonic(), time.process_time()
    counts = await asyncio.gather(*(client(began + seconds) for _ in range(CLIENTS)))
    taken, cpu = time.monotonic() - began, time.process_time() - spent
    return {"per_second": round(sum(counts) / taken), "per_cpu_second": round(sum(counts) / cpu)}


async def main(site: str, seconds: float) -> None:
    async def keeping(until: float) -> int:
        count = 0
        async with await connect() as connection:
            while time.monotonic() < until:
                await ask(connection, site)
                count += 1
        return count

    async def connecting(until: float) -> int:
        count = 0
        while time.monotonic() < until:
            async with await connect() as connection:
                await ask(connection, site)
            count += 1
        return count

    await rate(keeping, 1)  # what is done once, such as imports, is done
    print(json.dumps({"kept": await rate(keeping, seconds), "connecting": await rate(connecting, seconds)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))

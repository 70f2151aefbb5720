"""The worker's job that calls webhooks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from app import acting
from app.db import Database
from app.webhooks import deliveries, signing
from app.webhooks.address import Address

log = logging.getLogger(__name__)

SECONDS = 10.0
"""What one statement on deliveries may take."""

AT_ONCE = 20
"""Messages that are under way at a time; one of each webhook."""

AT_ONCE_OF_ONE = 5
"""Of them, of one organisation: one with addresses that do not answer does not hold up the others."""


class Delivering:
    """Sends what is due; each message at least once.

    `allowed` says to which addresses, if not to those on the internet alone; `stopping`, whether to begin no more.
    """

    def __init__(
        self,
        database: Database,
        stopping: Callable[[], bool],
        allowed: Callable[[Address], bool] | None = None,
    ) -> None:
        self._database = database
        self._stopping = stopping
        self._allowed = allowed

    async def run_once(self) -> int:
        """Sends until nothing is due; how many messages arrived. PlatformError when the database cannot be had."""
        under_way: dict[asyncio.Task[bool], deliveries.Due] = {}
        arrived = 0
        try:
            while True:
                while len(under_way) < AT_ONCE and (due := await self._take(under_way.values())):
                    under_way[asyncio.create_task(self._deliver(due))] = due
                if not under_way:
                    return arrived
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del under_way[task]
                    arrived += task.result()
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)  # what has begun ends; the first error is told

    async def _take(self, under_way: Collection[deliveries.Due]) -> deliveries.Due | None:
        if self._stopping():
            return None
        of_each = Counter(due["organisation_id"] for due in under_way)
        return await self._database.write_within(
            SECONDS,
            acting.worker(),
            deliveries.take,
            webhooks=[due["webhook_id"] for due in under_way],
            organisations=[organisation for organisation, many in of_each.items() if many >= AT_ONCE_OF_ONE],
        )

    async def _deliver(self, due: deliveries.Due) -> bool:
        from app.webhooks import sending  # noqa: PLC0415 - ssl and h11 at the first message, not at the start

        body = due["body"].encode()
        headers = signing.headers(due["signing_key"], due["id"], datetime.now(UTC), body)
        began = time.monotonic()
        try:
            status = await sending.send(due["url"], headers, body, allowed=self._allowed or sending.may_be_reached)
        except sending.NotDelivered as error:
            took = time.monotonic() - began
            await self._database.write_within(
                SECONDS, acting.worker(), deliveries.mark_failed, due["id"], str(error), error.status, took
            )
            log.warning("delivery %s did not arrive (attempt %d): %s", due["id"], due["attempts"], error)
            return False
        took = time.monotonic() - began
        await self._database.write_within(SECONDS, acting.worker(), deliveries.mark_delivered, due["id"], status, took)
        return True

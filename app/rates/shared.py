"""Limits on requests that all replicas keep together, without a request ever waiting for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import acting
from app.db import Database
from app.errors import PlatformError
from app.keys.caller import Caller
from app.rates.window import WINDOW_SECONDS, Windows, seconds_left

log = logging.getLogger(__name__)

SHARE_SECONDS = 1.0
LIMITS_SECONDS = 10.0
"""How long a limit is believed."""
MOST_CALLERS = 10_000

_LIMITS = text(
    "SELECT organisation.id, coalesce(own.most, plan_limit.most) FROM organisation"
    " LEFT JOIN organisation_limit own"
    " ON own.organisation_id = organisation.id AND own.resource = 'requests_per_minute'"
    " LEFT JOIN plan_limit"
    " ON plan_limit.plan_id = organisation.plan_id AND plan_limit.resource = 'requests_per_minute'"
    " WHERE organisation.id = ANY(CAST(:organisations AS uuid[]))"
)
# In the order of the keys: two replicas that lock the same rows in another order would wait for each other.
_SHARE = text(
    "INSERT INTO request_count AS present (organisation_id, caller_id, minute_at, requests)"
    " SELECT * FROM (SELECT organisation, caller, to_timestamp(minute * 60), requests"
    " FROM unnest(CAST(:organisations AS uuid[]), CAST(:callers AS uuid[]), CAST(:minutes AS bigint[]),"
    " CAST(:requests AS bigint[])) AS given (organisation, caller, minute, requests) ORDER BY 1, 2, 3) AS given"
    " ON CONFLICT (organisation_id, caller_id, minute_at)"
    " DO UPDATE SET requests = present.requests + excluded.requests"
    " RETURNING organisation_id, caller_id, CAST(extract(epoch FROM minute_at) / 60 AS bigint), requests"
)
_FORGET = text("DELETE FROM request_count WHERE minute_at < now() - interval '1 hour'")

Due = Sequence[tuple[str, str, int, int]]


@dataclass(frozen=True)
class Standing:
    """Where a caller stands: of `most` in a minute, `left` are left, and `seconds` of the minute."""

    most: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 has them."""
        return {
            "RateLimit-Policy": f'"minute";q={self.most};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={self.left};t={self.seconds}',
        }


class Rates:
    """One process's counting. A limit binds from a second or so after a caller's first request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._windows = Windows(MOST_CALLERS)
        self._limits: dict[str, int | None] = {}
        self._limits_until: dict[str, float] = {}
        self._sharing: asyncio.Task[None] | None = None

    def count(self, caller: Caller) -> Standing | None:
        """Counts a request; None where there is no limit. Raises PlatformError 429 beyond it."""
        now = time.time()
        total = self._windows.count(caller.organisation_id, caller.id, int(now // WINDOW_SECONDS))
        if self._sharing is None or self._sharing.done():
            self._sharing = asyncio.create_task(self._share(), name="request counts")
        most = self._limits.get(caller.organisation_id)
        if most is None:
            return None
        standing = Standing(most, max(0, most - total), seconds_left(now))
        if total > most:
            raise PlatformError(
                429,
                "rate_limited",
                f"This key has sent its {most} requests of this minute; go on in {standing.seconds} s.",
                {"Retry-After": str(standing.seconds), **standing.headers()},
            )
        return standing

    async def _share(self) -> None:
        """A second after a first request, and each second while there are more."""
        while True:
            await asyncio.sleep(SHARE_SECONDS)
            due = self._windows.due()
            if not due:
                self._windows.forget(int(time.time() // WINDOW_SECONDS))
                return
            try:
                await self._ask_for_limits({organisation for organisation, *_ in due})
                limited = [one for one in due if self._limits.get(one[0]) is not None]
                if limited:
                    rows = await self._database.write(acting.worker(), _share, limited)
                    sent = {one[:3]: one[3] for one in limited}
                    for organisation, caller, minute, total in rows:
                        told = (organisation, caller, minute)
                        self._windows.told(*told, sent=sent[told], total=total)
            except PlatformError as error:
                log.warning("requests are counted by this replica alone for now: %s", error)
            else:
                for organisation, caller, minute, requests in due:
                    if self._limits.get(organisation) is None:
                        self._windows.told(organisation, caller, minute, sent=requests, total=requests)
            self._windows.forget(int(time.time() // WINDOW_SECONDS))

    async def _ask_for_limits(self, organisations: set[str]) -> None:
        now = time.monotonic()
        unknown = [one for one in organisations if self._limits_until.get(one, 0.0) <= now]
        if not unknown:
            return
        if len(self._limits) > MOST_CALLERS:
            self._limits.clear()
            self._limits_until.clear()
        found = await self._database.read(acting.worker(), _limits, unknown)
        for organisation in unknown:
            self._limits[organisation] = found.get(organisation)
            self._limits_until[organisation] = now + LIMITS_SECONDS


async def _limits(connection: AsyncConnection, organisations: list[str]) -> dict[str, int | None]:
    rows = (await connection.execute(_LIMITS, {"organisations": organisations})).all()
    return {row[0]: row[1] for row in rows}


async def _share(connection: AsyncConnection, due: Due) -> list[tuple[str, str, int, int]]:
    organisations, callers, minutes, requests = zip(*due, strict=True)
    given = {"organisations": list(organisations), "callers": list(callers), "minutes": list(minutes)}
    rows = (await connection.execute(_SHARE, {**given, "requests": list(requests)})).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def forget(connection: AsyncConnection) -> int:
    """Forgets counts of minutes that are over; how many. For the worker."""
    return (await connection.execute(_FORGET)).rowcount

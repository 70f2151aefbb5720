"""The worker: `python -m app.worker` runs the periodic jobs, beside as many other workers as there are."""

from __future__ import annotations

import asyncio
import logging
import sys

import uvloop
from sqlalchemy.ext.asyncio import AsyncConnection

from app import acting, start
from app.asgi import Receive, Scope, Send, answer_error
from app.db import Database
from app.entrance import Probes
from app.errors import PlatformError
from app.lifecycle import Lifecycle
from app.observability import Metrics, job_id, log_as_json
from app.posts.publishing import publish_due
from app.posts.recounting import recount
from app.rates import shared
from app.repeats import once
from app.server import DrainingServer
from app.settings import Settings, SettingsError, load

log = logging.getLogger(__name__)

CLEAN_SECONDS = 600.0
"""Between two times that what is kept for a while is forgotten."""


class Jobs:
    """Runs the jobs, one after the other, until it is asked to stop; a job that has begun is finished."""

    def __init__(self, settings: Settings, database: Database, metrics: Metrics) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._clean_at = 0.0  # the loop's time

    def stop(self) -> None:
        """No new job from now on."""
        self._stopping.set()

    async def run(self) -> None:
        """Returns once `stop` was called and the running job is done."""
        while not self._stopping.is_set():
            with job_id():
                await self.publish()
            with job_id():
                await self.recount()
            if (now := asyncio.get_running_loop().time()) >= self._clean_at:
                self._clean_at = now + CLEAN_SECONDS
                with job_id():
                    await self.clean()
            try:
                async with asyncio.timeout(self._settings.recount_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def publish(self) -> None:
        """Publishes what was scheduled for now. If the database cannot be had, the next time will do."""
        try:
            published = await self._database.write_within(self._settings.finish_seconds, acting.worker(), publish_due)
        except PlatformError as error:
            log.warning("publish: %s", error)
            self._metrics.job_ran("publish", "failed")
            return
        if published:
            log.info("publish: %d posts", published)
        self._metrics.job_ran("publish", "done")

    async def recount(self) -> None:
        """Recounts the posts. If the database cannot be had, the next time will do."""
        try:
            corrected = await self._database.write_within(self._settings.finish_seconds, acting.worker(), recount)
        except PlatformError as error:
            log.warning("recount: %s", error)
            self._metrics.job_ran("recount", "failed")
            return
        if corrected:
            log.info("recount: %d sites corrected", corrected)
        self._metrics.job_ran("recount", "elsewhere" if corrected is None else "done")

    async def clean(self) -> None:
        """Forgets answers of yesterday's requests and counts of past minutes. If it fails, the next time will do."""
        try:
            forgotten = await self._database.write_within(self._settings.finish_seconds, acting.worker(), _forget)
        except PlatformError as error:
            log.warning("clean: %s", error)
            self._metrics.job_ran("clean", "failed")
            return
        if forgotten:
            log.info("clean: %d rows deleted", forgotten)
        self._metrics.job_ran("clean", "done")


async def _forget(connection: AsyncConnection) -> int:
    return await once.forget(connection) + await shared.forget(connection)


async def serve(settings: Settings) -> None:
    """Works until SIGTERM, finishes the running job, returns."""
    metrics = Metrics()
    lifecycle = Lifecycle()
    database = Database(settings, application="flotilla-worker", pool_size=1, on_wait=metrics.waited_for_connection)
    metrics.watch_database(database.use().size, lambda: database.use().checked_out, lambda: database.away)
    probes = Probes(lifecycle, metrics)
    jobs = Jobs(settings, database, metrics)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in Probes.PATHS:
            await probes(scope, receive, send)
        else:
            await answer_error(scope, send, PlatformError(404, "not_found", "The worker answers only probes."))

    async def work() -> None:
        await start.warm(database, lifecycle, _nothing)
        await jobs.run()

    server = DrainingServer(app, settings, lifecycle, drain_seconds=0)
    working = asyncio.create_task(work())
    working.add_done_callback(lambda task: server.drain())
    await server.serve()
    jobs.stop()
    if not lifecycle.healthy:
        working.cancel()  # it still waits for the database
    outcome = (await asyncio.gather(working, return_exceptions=True))[0]
    await database.close()
    if isinstance(outcome, Exception):
        raise outcome
    log.info("drained")


async def _nothing(connection: AsyncConnection) -> None:
    """The worker's one connection needs no warming."""


def main() -> int:
    """Exit codes: 0 drained after a signal, 2 a setting or a secret is wrong."""
    log_as_json()
    try:
        uvloop.run(serve(load()))
    except SettingsError as error:
        log.critical("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The worker: `python -m app.worker` runs the periodic jobs, beside as many other workers as there are."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable

import uvloop
from sqlalchemy.ext.asyncio import AsyncConnection

from app import acting, start
from app.accounts.tidying import tidy
from app.asgi import Receive, Scope, Send, answer_error
from app.db import Database
from app.entrance import Probes
from app.errors import PlatformError
from app.lifecycle import Lifecycle
from app.mail import outbox
from app.mail.address import SmtpServer, SmtpUrlError, parse
from app.mail.sending import Sending
from app.observability import Metrics, job_id, log_as_json
from app.posts.publishing import publish_due
from app.posts.recounting import recount
from app.rates import shared
from app.repeats import once
from app.server import DrainingServer
from app.settings import Settings, SettingsError, load, read_optional_secret
from app.webhooks import deliveries
from app.webhooks.delivering import Delivering

log = logging.getLogger(__name__)

CLEAN_SECONDS = 600.0
"""Between two times that what is kept for a while is forgotten."""


class Jobs:
    """Runs the jobs until it is asked to stop; one that has begun is finished. Each kind runs beside the others."""

    def __init__(self, settings: Settings, database: Database, metrics: Metrics, server: SmtpServer | None) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._sending = Sending(database, server)
        self._stopping = asyncio.Event()
        self._delivering = Delivering(database, self._stopping.is_set)

    def stop(self) -> None:
        """No new job from now on."""
        self._stopping.set()

    async def run(self) -> None:
        """Returns once `stop` was called and the running jobs are done."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self.posts, self._settings.recount_seconds))
            group.create_task(self._repeat(self.send_mail, self._settings.mail_seconds))
            group.create_task(self._repeat(self.call_webhooks, self._settings.webhook_seconds))
            group.create_task(self._repeat(self.clean, CLEAN_SECONDS))

    async def _repeat(self, job: Callable[[], Awaitable[None]], seconds: float) -> None:
        while not self._stopping.is_set():
            with job_id():
                await job()
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def posts(self) -> None:
        """Publishes, then counts."""
        await self.publish()
        await self.recount()

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

    async def send_mail(self) -> None:
        """Sends what is in the outbox. If the database cannot be had, the next time will do."""
        try:
            await self._sending.run_once()
        except PlatformError as error:
            log.warning("mail: %s", error)
            self._metrics.job_ran("mail", "failed")
            return
        self._metrics.job_ran("mail", "done")

    async def call_webhooks(self) -> None:
        """Tells webhooks what has happened. If the database cannot be had, the next time will do."""
        try:
            arrived = await self._delivering.run_once()
        except PlatformError as error:
            log.warning("webhooks: %s", error)
            self._metrics.job_ran("webhooks", "failed")
            return
        if arrived:
            log.info("webhooks: %d messages have arrived", arrived)
        self._metrics.job_ran("webhooks", "done")

    async def clean(self) -> None:
        """Forgets what has expired: answers of yesterday's requests, counts, sessions, links, mails, deliveries.

        If it fails, the next time will do.
        """
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
    forgotten = [
        await forget(connection) for forget in (once.forget, shared.forget, tidy, outbox.tidy, deliveries.tidy)
    ]
    return sum(forgotten)


async def serve(settings: Settings) -> None:
    """Works until SIGTERM, finishes the running job, returns."""
    try:
        mail_server = parse(read_optional_secret(settings.smtp_url_file), settings.domain)
    except SmtpUrlError as error:
        raise SettingsError(f"{settings.smtp_url_file}: {error}") from error
    metrics = Metrics()
    lifecycle = Lifecycle()
    database = Database(settings, application="flotilla-worker", pool_size=1, on_wait=metrics.waited_for_connection)
    metrics.watch_database(database.use().size, lambda: database.use().checked_out, lambda: database.away)
    probes = Probes(lifecycle, metrics)
    jobs = Jobs(settings, database, metrics, mail_server)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in Probes.PATHS:
            await probes(scope, receive, send)
        else:
            await answer_error(scope, send, PlatformError(404, "not_found", "The worker answers only probes."))

    async def work() -> None:
        await start.warm(database, lifecycle, _not_warmed, _nothing)
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


async def _not_warmed(connection: AsyncConnection) -> None:
    """The worker's one connection needs no warming."""


async def _nothing() -> None:
    """Nor does the worker need anything else."""


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

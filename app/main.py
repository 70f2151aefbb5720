"""The app: what it is made of, and its life from start to exit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app import start
from app.accounts import service
from app.asgi import App
from app.db import Database
from app.entrance import Entrance
from app.hosts import Hosts, Surface
from app.lifecycle import Lifecycle
from app.models.base import DEFAULT_ORGANISATION, NO_ID
from app.observability import Metrics
from app.posts import queries as posts
from app.server import DrainingServer
from app.settings import Settings, read_bundle_tokens, read_generations
from app.surfaces import admin, api, blog, dashboard, marketing
from app.surfaces.pages import no_such_host

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Platform:
    """One process of the platform."""

    app: Entrance
    database: Database
    lifecycle: Lifecycle
    make_ready: Callable[[], Awaitable[None]]


def create_app(settings: Settings) -> Platform:
    """Puts the platform together; nothing is opened yet. Raises SettingsError for a missing secret."""
    metrics = Metrics()
    lifecycle = Lifecycle()
    database = Database(settings, application="flotilla-app", on_wait=metrics.waited_for_connection)
    metrics.watch_database(database.use().size, lambda: database.use().checked_out, lambda: database.away)
    secrets = read_generations(settings.database_password_file)
    accounts = service.create(settings, database, secrets)
    surfaces: dict[Surface, App] = {
        Surface.MARKETING: marketing.create(settings),
        Surface.DASHBOARD: dashboard.create(settings),
        Surface.ADMIN: admin.create(settings, accounts, secrets=secrets),
        Surface.API: api.create(
            database,
            tokens=read_bundle_tokens(settings.api_token_file),
            organisation_id=DEFAULT_ORGANISATION,
            accounts=accounts,
        ),
        Surface.BLOG: blog.create(settings, database),
        Surface.NONE: no_such_host,
    }
    hosts = Hosts(settings.domain.lower(), settings.sites_domain().lower())
    entrance = Entrance(hosts, surfaces, lifecycle, metrics, settings, api.is_upload)
    return Platform(entrance, database, lifecycle, accounts.sealing.prepare)


async def warm_up(connection: AsyncConnection) -> None:
    """What each connection does before its first request: the statement that most requests begin with."""
    await posts.page(connection, NO_ID, after=NO_ID, limit=1)


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM, drains, returns.

    The listener is there from the start, so that probes can say what is missing.
    """
    platform = create_app(settings)
    server = DrainingServer(platform.app, settings, platform.lifecycle, drain_seconds=settings.drain_seconds)
    warming = asyncio.create_task(start.warm(platform.database, platform.lifecycle, warm_up, platform.make_ready))
    warming.add_done_callback(lambda task: None if platform.lifecycle.healthy else server.drain())
    await server.serve()
    if not warming.done():
        warming.cancel()
    await platform.database.close()
    outcome = (await asyncio.gather(warming, return_exceptions=True))[0]
    if isinstance(outcome, Exception):
        raise outcome
    log.info("drained")

"""`captain serve`: the controller's own address (a page, its APIs, health and metrics), and the watch over rollouts."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import resources
from pathlib import Path

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.process_collector import ProcessCollector

from captain.accounts.users import Users
from captain.api import service as own_api
from captain.api.status_routes import Status
from captain.apps import route_server
from captain.apps.app_work import AppWork, open_place
from captain.apps.unfinished import Finisher
from captain.audit import Audit
from captain.audit_drain import AuditMetrics, Drain
from captain.audit_spool import Spool
from captain.audit_store import PostgresStore
from captain.builds.builds import Builds
from captain.builds.settings import from_environment
from captain.caprover.service import CapRover
from captain.credentials import Domains
from captain.deployments import Deployments
from captain.git.fetch import Fetching
from captain.git.keys import Keys
from captain.git.origins import Origins
from captain.git.repositories import Repositories
from captain.git.service import GitService
from captain.jobs.scheduler import Scheduler
from captain.jsonlines import JsonLines
from captain.ledger import Ledger
from captain.logs.keeper import Keeper as LogKeeper
from captain.logs.keeper import LogMetrics
from captain.logs.kept_logs import KeptLogs
from captain.overview import Overview
from captain.registry.bundle import BundleKeeper
from captain.registry.settings import connect
from captain.resuming import resume_when_ready
from captain.source_work import SourceWork
from captain.status import document
from captain.template_work import TemplateWork
from captain.watch import RolloutWatch, WatchMetrics
from swarm.engine import Engine
from swarm.engine_follow import Followed, follow

log = logging.getLogger("captain")

_REQUEST_THREADS = 16
_SECRETS = Path("/run/secrets")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@asynccontextmanager
async def _with_few_threads(_: FastAPI) -> AsyncIterator[None]:
    """Requests that ask the engine do so in threads, of which the container may have 50 in all."""
    to_thread.current_default_thread_limiter().total_tokens = _REQUEST_THREADS
    yield


def create_app(registry: CollectorRegistry | None = None) -> FastAPI:
    """`/`, `/healthz`, `/readyz`, `/metrics`: what needs no token, and tells nothing of the Swarm."""
    app = FastAPI(title="captain", openapi_url=None, lifespan=_with_few_threads)
    registry = registry or CollectorRegistry()
    ProcessCollector(registry=registry)
    pages = Counter("flotilla_captain_pages_total", "Pages served", registry=registry)
    page = resources.files("captain").joinpath("page.html").read_text(encoding="utf-8")

    @app.get("/", response_class=HTMLResponse)
    async def index() -> HTMLResponse:
        pages.inc()
        return HTMLResponse(page, headers=_HEADERS)

    @app.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        return "ok\n"

    @app.get("/readyz", response_class=PlainTextResponse)
    async def readyz() -> str:
        return "ready\n"

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the autoscaler and Prometheus answer; empty where that is not known."""

    autoscaler: str
    prometheus: str


def _status(connect: Callable[[], Engine], stack: str, urls: Urls) -> Status:
    engine = connect()
    try:
        return document(engine, stack, urls.autoscaler, urls.prometheus)
    finally:
        engine.close()


def _builds(connect: Callable[[], Engine]) -> Builds:
    settings = from_environment()
    return Builds(connect, Path(tempfile.gettempdir()), settings.limits, settings.parallel)


def _followed(socket: str, engine: Engine, service: str, since: datetime | None, last: int | None) -> Followed:
    return follow(socket, engine.api_version, service, since, last)


def keys_in(file: Path) -> Keys:
    """Made from what the file holds. Where it is not there, whoever needs one is told so."""
    return Keys(file.read_bytes().strip() if file.exists() else b"")


def add_interfaces(
    app: FastAPI,
    work: AppWork,
    sources: SourceWork,
    users: Users,
    audit: Audit,
    keys: Keys,
    domains: Domains,
    status: Callable[[], Status],
    prometheus_url: str = "",
) -> None:
    """CapRover's API, captain's own, and what `git push` speaks to; all ask for a token, or a webhook's secret."""
    work.deployments.look_up(users.rights)
    origins = Origins(work, sources, Fetching(sources.builds.folder / "fetches", keys), keys)
    templates = TemplateWork(work, sources.builds)
    app.include_router(CapRover(work, sources, users, audit, origins, templates, domains.domain).router())
    repositories = Repositories(sources.builds.folder / "git")
    app.include_router(GitService(work, sources, users, audit, repositories).router())
    domain = domains.domain
    own = own_api.create(work, sources, users, audit, origins, templates, domain, status, prometheus_url)
    app.mount(own_api.PREFIX, own)


def serve(port: int, routes_port: int, socket: str, stack: str, domains: Domains, urls: Urls, key_file: Path) -> None:
    """Serve, and watch the stack's rollouts, until SIGTERM or SIGINT; finish what is in flight, return.

    Edges ask for the routes of apps at `routes_port`; they are not for `port`, which has a host of its own. In
    `key_file` is what the secrets of webhooks and deploy keys are made from.
    """
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[output])
    logging.getLogger("captain").setLevel(logging.INFO)
    logging.captureWarnings(True)
    engine, folder = partial(connect, socket), Path(tempfile.gettempdir())
    registry, stop = CollectorRegistry(), threading.Event()
    metrics = WatchMetrics(registry)
    watch = RolloutWatch(engine, stack, metrics)
    threading.Thread(target=watch.run, args=(stop,), daemon=True, name="rollouts").start()
    overview = Overview(engine)
    registry.register(overview)
    overview.start()
    finisher = Finisher(partial(open_place, engine, stack, domains, log.info), failed=metrics.failed_looks.inc)
    threading.Thread(target=finisher.run, args=(stop,), daemon=True, name="unfinished").start()
    scheduler = Scheduler(partial(open_place, engine, stack, domains, log.info), failed=metrics.failed_looks.inc)
    registry.register(scheduler)
    threading.Thread(target=scheduler.run, args=(stop,), daemon=True, name="jobs").start()
    keeper = BundleKeeper(engine, stack, metrics.failed_looks.inc)
    threading.Thread(target=keeper.run, args=(stop,), daemon=True, name="bundle").start()
    log_keeper = LogKeeper(engine, partial(_followed, socket), KeptLogs(folder), LogMetrics(registry))
    threading.Thread(target=log_keeper.run, args=(stop,), daemon=True, name="logs").start()
    route_server.start(route_server.RouteSource(engine, domains.domain), routes_port)
    # uvicorn drains on the signal and then raises it again for whoever handled it before: an end that was
    # asked for is no failure, so nobody does.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = create_app(registry)
    keys = keys_in(key_file)
    ledger = Ledger(folder / "flotilla-changes", keys.changes() if keys.master else b"")
    work = AppWork(partial(open_place, engine, stack, domains), Deployments(ledger))
    spool, store = Spool(folder), PostgresStore(_SECRETS)
    audit = Audit(spool, store, AuditMetrics(registry, spool).dropped.inc)
    drain = threading.Thread(target=Drain(spool, store).run, args=(stop,), daemon=True, name="audit")
    drain.start()
    sources = SourceWork(_builds(engine), work)
    looked = partial(_status, engine, stack, urls)
    add_interfaces(app, work, sources, Users(engine, stack), audit, keys, domains, looked, urls.prometheus)
    resume = partial(resume_when_ready, work, stop, failed=metrics.failed_looks.inc)
    threading.Thread(target=resume, daemon=True, name="changes").start()
    config = uvicorn.Config(
        app, host="0.0.0.0", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    uvicorn.Server(config).run()
    stop.set()
    work.deployments.close()
    store.close()

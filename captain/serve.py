"""`captain serve`: the controller's own address (a page, health and metrics), and the watch over rollouts."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from functools import partial
from importlib import resources

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.process_collector import ProcessCollector

from captain.apps import edges, route_server
from captain.apps.app_rollout import Place
from captain.apps.unfinished import Finisher
from captain.credentials import Domains
from captain.jsonlines import JsonLines
from captain.overview import Overview
from captain.watch import RolloutWatch, WatchMetrics
from swarm.engine import Engine

log = logging.getLogger("captain")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def create_app(registry: CollectorRegistry | None = None) -> FastAPI:
    """`/`, `/healthz`, `/readyz`, `/metrics`. Nothing of the Swarm is told: nobody signs in here yet."""
    app = FastAPI(title="captain", openapi_url=None)
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


def _place(socket: str, stack: str, domain: str) -> Place:
    engine = Engine.from_socket(socket)
    return Place(engine, stack, Domains.of(domain), log.info, partial(edges.ask, engine, stack))


def serve(port: int, routes_port: int, socket: str, stack: str, domain: str) -> None:
    """Serve, and watch the stack's rollouts, until SIGTERM or SIGINT; finish what is in flight, return.

    Edges ask for the routes of apps at `routes_port`; they are not for `port`, which has a host of its own.
    """
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[output])
    logging.getLogger("captain").setLevel(logging.INFO)
    logging.captureWarnings(True)
    registry, stop = CollectorRegistry(), threading.Event()
    watch = RolloutWatch(partial(Engine.from_socket, socket), stack, WatchMetrics(registry))
    threading.Thread(target=watch.run, args=(stop,), daemon=True, name="rollouts").start()
    overview = Overview(partial(Engine.from_socket, socket))
    registry.register(overview)
    overview.start()
    finisher = Finisher(partial(_place, socket, stack, domain))
    threading.Thread(target=finisher.run, args=(stop,), daemon=True, name="unfinished").start()
    route_server.start(route_server.RouteSource(partial(Engine.from_socket, socket), domain), routes_port)
    # uvicorn drains on the signal and then raises it again for whoever handled it before: an end that was
    # asked for is no failure, so nobody does.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = create_app(registry)
    config = uvicorn.Config(
        app, host="0.0.0.0", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    uvicorn.Server(config).run()
    stop.set()

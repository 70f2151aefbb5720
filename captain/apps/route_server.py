"""Tells edges the routes of apps, on a port of its own that no host leads to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from captain.apps.app_routes import routes
from captain.labels import APP_LABEL
from swarm.engine import Engine, EngineError

_FRESH_SECONDS = 0.5


class RouteSource:
    """The routes as the Swarm has them, asked for at most twice a second however many edges there are."""

    def __init__(self, connect: Callable[[], Engine], domain: str) -> None:
        self._connect = connect
        self._domain = domain
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._answer: list[dict[str, object]] = []
        self._at: float | None = None

    def routes(self) -> list[dict[str, object]]:
        """Entries for the edge; raises `EngineError` rather than leave any out."""
        with self._lock:
            now = time.monotonic()
            if self._at is None or now - self._at >= _FRESH_SECONDS:
                self._engine = self._engine or self._connect()
                self._answer = routes(self._engine.services_with_counts(APP_LABEL), self._domain)
                self._at = now
            return self._answer


def create_app(source: RouteSource) -> FastAPI:
    """`/routes`: 200 with all of them, or 503 while the engine does not answer: an edge keeps what it has."""
    app = FastAPI(title="captain's routes", openapi_url=None)

    @app.get("/routes")
    def told() -> JSONResponse:
        try:
            return JSONResponse({"routes": source.routes()})
        except EngineError as error:
            return JSONResponse({"error": str(error)}, status_code=503)

    return app


def start(source: RouteSource, port: int) -> None:
    """Serve in a thread that ends with the program; only its main thread hears signals."""
    config = uvicorn.Config(create_app(source), host="0.0.0.0", port=port, log_config=None, access_log=False)
    threading.Thread(target=uvicorn.Server(config).run, daemon=True, name="routes").start()

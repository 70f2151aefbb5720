"""uvicorn, except for how it ends: SIGTERM drains first, and only then closes the listener."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Generator

import uvicorn

from app.asgi import App
from app.lifecycle import Lifecycle
from app.settings import Settings

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class DrainingServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, then in three steps.

    Not ready at once, and for `drain_seconds` still accepting; then the listener closes and what is in flight
    gets `finish_seconds`; then `serve` returns. A replica that never was warm has no requests to drain and
    skips the first.
    """

    def __init__(self, app: App, settings: Settings, lifecycle: Lifecycle, *, drain_seconds: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host="0.0.0.0",
                port=settings.port,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=2048,
                timeout_keep_alive=settings.keep_alive_seconds,
                timeout_graceful_shutdown=max(1, round(settings.finish_seconds)),
            )
        )
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """uvicorn's hook for signals.

        Its own would end the process by the signal again, with an exit code other than 0.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.drain)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def drain(self) -> None:
        """Begins the end. A second signal changes nothing: whoever is in a hurry sends KILL."""
        if self._lifecycle.draining:
            return
        pause = self._drain_seconds if self._lifecycle.ready else 0.0
        self._lifecycle.drain()
        asyncio.get_running_loop().call_later(pause, self._close)

    def _close(self) -> None:
        self.should_exit = True

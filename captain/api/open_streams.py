"""Answers that go on for as long as somebody reads them: so many at a time, and nothing of one that is left goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from captain.api.problems import Problem
from captain.deployments import MISTAKE
from captain.errors import CaptainError
from swarm.engine import EngineError

MOST_OPEN = 64
"""Streams of one captain that cost it no thread."""
MOST_WITH_THREAD = 8
"""Those that do: logs and events that are followed, commands that run. The container may have 50 threads."""
MOST_UPLOADS = 4
"""Sources that are received: each may fill a gibibyte of the disk."""
_PAUSE_SECONDS = 0.1
_KEPT_ALIVE_SECONDS = 15.0
_MOST_AHEAD = 200

log = logging.getLogger("captain.api")

Put = Callable[[str], None]
"""Gives the reader another piece, waiting while too many are unread. Raises `Left` when nobody reads any more."""


def event(kind: str, data: object) -> str:
    """A server-sent event, in ASCII: some clients take U+2028 and U+0085 for the end of a line."""
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"


class Left(Exception):
    """Whoever read it has gone."""


class OpenStreams:
    """Counts them; `take` is refused beyond the most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self._lock = threading.Lock()

    def take(self) -> Callable[[], None]:
        """A place, and how it is given back. `Problem` where there is none."""
        with self._lock:
            if self._open >= self._most:
                detail = f"{self._most} streams of this kind are open already: end one, or try again later."
                raise Problem(429, "too_many_streams", detail, {"Retry-After": "5"})
            self._open += 1
        return self._give_back

    def _give_back(self) -> None:
        with self._lock:
            self._open -= 1


class EventStream(StreamingResponse):
    """Server-sent events that hold a place until they end, however that comes about."""

    def __init__(self, pieces: AsyncIterator[str], give_back: Callable[[], None]) -> None:
        super().__init__(pieces, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._give_back = give_back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._give_back()


async def from_thread(produce: Callable[[Put], object], stop: Callable[[], None]) -> AsyncIterator[str]:
    """What `produce` puts, in a thread of its own, as it comes; why it failed is an event of its own, `problem`.

    `stop` is called from this thread once nobody reads any more, and has to end what `produce` waits for.
    """
    pieces: queue.Queue[str] = queue.Queue(_MOST_AHEAD)
    left = threading.Event()

    def put(piece: str) -> None:
        while not left.is_set():
            with suppress(queue.Full):
                pieces.put(piece, timeout=_PAUSE_SECONDS)
                return
        raise Left

    def run() -> None:
        with suppress(Left):
            try:
                produce(put)
            except (CaptainError, EngineError) as error:
                put(event("problem", {"detail": str(error)}))
            except Exception:  # the thread's outer edge: whoever reads is told
                log.exception("A stream ended in an error of captain's own.")
                put(event("problem", {"detail": MISTAKE}))

    thread = threading.Thread(target=run, daemon=True, name="stream")
    thread.start()
    quiet_since = time.monotonic()
    try:
        while True:
            is_over = not thread.is_alive()
            found = list(_unread(pieces))
            for piece in found:
                yield piece
            if is_over:
                return
            if found:
                quiet_since = time.monotonic()
                continue
            if time.monotonic() - quiet_since >= _KEPT_ALIVE_SECONDS:
                quiet_since = time.monotonic()
                yield ": still here\n\n"
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        left.set()
        stop()


def _unread(pieces: queue.Queue[str]) -> Iterator[str]:
    with suppress(queue.Empty):
        while True:
            yield pieces.get_nowait()

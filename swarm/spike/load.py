"""The open loop: every request is begun at its time, whatever became of those before it. Nothing is ever
repeated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from swarm.spike import wire
from swarm.spike.samples import Leg, Request
from swarm.spike.schedule import Planned

# Shorter than any server's idle time: what the server has closed just now must not be taken for an open
# connection.
IDLE_SECONDS = 5.0
PAGE = 20


@dataclass(frozen=True, slots=True)
class Target:
    """Where the requests go: an edge's address, the Host header, the site and the token."""

    address: str
    port: int
    host: str
    token: str
    site: str


def body_of(key: str) -> bytes:
    """A post with the key as its title: what comes back is recognised by it."""
    return json.dumps({"title": key, "body": f"Spike post {key}. " + "All work and no play. " * 8}).encode()


class OpenLoop:
    """Sends a schedule through connections kept alive per source address, and hands on a sample for each
    request.

    ``sources`` are local addresses; an empty string is whatever the system takes.
    """

    def __init__(
        self,
        target: Target,
        sources: Sequence[str],
        on_sample: Callable[[Request], None],
        *,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._target = target
        self._sources = sources
        self._on_sample = on_sample
        self._timeout = timeout_seconds
        self._idle: list[list[wire.Connection]] = [[] for _ in sources]
        path = f"/api/v1/sites/{target.site}/posts"
        self._get = wire.request_bytes("GET", f"{path}?limit={PAGE}", target.host, token=target.token)
        self._post_path = path

    async def run(
        self, leg: Leg, planned: Iterable[Planned], step_at: float, stop: asyncio.Event | None = None
    ) -> None:
        """Sends until the schedule ends or ``stop`` is set, then waits for the answers (bounded by the time
        limit).

        ``step_at`` is the loop's time of second 0.
        """
        loop = asyncio.get_running_loop()
        flying: set[asyncio.Task[None]] = set()
        try:
            for request in planned:
                while (wait := step_at + request.at - loop.time()) > 0:
                    if stop is not None and stop.is_set():
                        break
                    await asyncio.sleep(min(wait, 0.25))
                if stop is not None and stop.is_set():
                    break
                task = asyncio.create_task(self.one(leg, request, step_at))
                flying.add(task)
                task.add_done_callback(flying.discard)
            if flying:
                await asyncio.gather(*flying)
        finally:
            for task in flying:
                task.cancel()
            self.close()

    def close(self) -> None:
        """Closes the idle connections."""
        for idle in self._idle:
            for connection in idle:
                connection.close()
            idle.clear()

    async def one(self, leg: Leg, planned: Planned, step_at: float) -> None:
        """Sends one request, now, and hands on its sample, whatever becomes of it."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        number = planned.source % len(self._sources)
        sent: float | None = None
        status: int | None = None
        error: str | None = None
        connection: wire.Connection | None = None
        try:
            async with asyncio.timeout_at(step_at + planned.at + self._timeout):
                connection = self._take(number, started) or await wire.connect(
                    self._target.address, self._target.port, self._sources[number] or None
                )
                sent = loop.time()
                response = await connection.ask(self._bytes(planned))
            status = response.status
            if response.reusable:
                connection.idle_since = loop.time()
                self._idle[number].append(connection)
        except TimeoutError:
            error = f"no answer within {self._timeout:g} s"
        except (wire.WireError, OSError) as failure:
            error = str(failure) or type(failure).__name__
        finally:
            if connection is not None and status is None:
                connection.close()
        self._on_sample(
            Request(
                leg=leg,
                index=planned.index,
                phase=planned.phase,
                kind=planned.kind,
                key=planned.key,
                source=self._sources[number],
                intended=planned.at,
                started=round(started - step_at, 6),
                sent=None if sent is None else round(sent - step_at, 6),
                done=round(loop.time() - step_at, 6),
                status=status,
                error=error,
            )
        )

    def _bytes(self, planned: Planned) -> bytes:
        if planned.key is None:
            return self._get
        return wire.request_bytes(
            "POST", self._post_path, self._target.host, token=self._target.token, body=body_of(planned.key)
        )

    def _take(self, number: int, now: float) -> wire.Connection | None:
        idle = self._idle[number]
        while idle:
            connection = idle.pop()
            if connection.open and now - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.close()
        return None

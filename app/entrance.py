"""Where every request comes in: request id, metrics, the host's surface, and the last word on errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from app.asgi import TEXT, App, Message, Receive, Scope, Send, answer, answer_error, header
from app.errors import PlatformError, internal, too_large
from app.hosts import Hosts, Surface
from app.lifecycle import Lifecycle
from app.observability import CONTENT_TYPE, Metrics, new_request_id, request_id, well_formed
from app.settings import Settings

log = logging.getLogger(__name__)

_CLOSE = (b"connection", b"close")


class Probes:
    """`/healthz`, `/readyz`, `/metrics`: answered from memory, on any host, never by asking the database."""

    PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

    def __init__(self, lifecycle: Lifecycle, metrics: Metrics) -> None:
        self._lifecycle = lifecycle
        self._metrics = metrics
        metrics.watch_ready(lambda: lifecycle.ready)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        closing = [_CLOSE] if self._lifecycle.draining else []
        if scope["path"] == "/metrics":
            await answer(scope, send, 200, CONTENT_TYPE, self._metrics.exposition(), closing)
            return
        good = self._lifecycle.healthy if scope["path"] == "/healthz" else self._lifecycle.ready
        body = f"{self._lifecycle.explain()}\n".encode()
        await answer(scope, send, 200 if good else 503, TEXT, body, closing)


class Entrance:
    """The platform as one ASGI application. `surfaces` has an application per `Surface`.

    A surface finds the site's slug in `scope["flotilla.slug"]`, and raises PlatformError or answers. Those
    requests to the API that are an upload by `is_upload` may have a larger body.
    """

    def __init__(
        self,
        hosts: Hosts,
        surfaces: Mapping[Surface, App],
        lifecycle: Lifecycle,
        metrics: Metrics,
        settings: Settings,
        is_upload: Callable[[Scope], bool],
    ) -> None:
        self._hosts = hosts
        self._surfaces = surfaces
        self._lifecycle = lifecycle
        self._metrics = metrics
        self._access_log = settings.access_log
        self._max_body_bytes = settings.max_body_bytes
        self._max_media_bytes = settings.max_media_bytes
        self._is_upload = is_upload
        self._probes = Probes(lifecycle, metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path in Probes.PATHS:
            await self._probes(scope, receive, send)
            return
        began = time.perf_counter()
        identity = _identity(header(scope, b"x-request-id"))
        request_id.set(identity)
        address = self._hosts.address(header(scope, b"host"), path)
        scope["flotilla.slug"] = address.slug
        status = 0
        complete = False
        identity_header = (b"x-request-id", identity.encode())

        async def send_with_headers(message: Message) -> None:
            nonlocal status, complete
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], identity_header]
                if self._lifecycle.draining:
                    headers.append(_CLOSE)
                message = {**message, "headers": headers}
            elif message["type"] == "http.response.body":
                complete = not message.get("more_body", False)
            await send(message)

        try:
            upload = address.surface is Surface.API and self._is_upload(scope)
            bounded = _bounded(scope, receive, self._max_media_bytes if upload else self._max_body_bytes)
            await self._surfaces[address.surface](scope, bounded, send_with_headers)
        except PlatformError as error:
            if status:
                raise  # half an answer is out already: the server has to break the connection
            await answer_error(scope, send_with_headers, error)
        except Exception:
            # Nothing is hidden: logged with its traceback, and said to the client.
            log.exception("%s %s failed", scope["method"], path)
            if status and not complete:
                raise
            if not status:
                await answer_error(scope, send_with_headers, internal())
        finally:
            seconds = time.perf_counter() - began
            self._metrics.answered(address.surface.value, scope["method"], status, seconds)
            if self._access_log:
                fields = {
                    "method": scope["method"],
                    "path": path,
                    "surface": address.surface.value,
                    "status": status,
                    "seconds": round(seconds, 6),
                }
                log.info("request", extra={"fields": fields})


def _identity(given: str) -> str:
    """The edge's id for the request, or a new one if there is none or it is not one that a log can carry."""
    return given if well_formed(given) else new_request_id()


def _bounded(scope: Scope, receive: Receive, max_bytes: int) -> Receive:
    """`receive` for bodies of at most `max_bytes`.

    Raises PlatformError 413, at once if the length is announced.
    """
    announced = header(scope, b"content-length")
    if announced:  # digits, and what follows is no longer: the server sees to both
        if int(announced) > max_bytes:
            raise too_large(max_bytes)
        return receive
    if not header(scope, b"transfer-encoding"):
        return receive
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise too_large(max_bytes)
        return message

    return counted

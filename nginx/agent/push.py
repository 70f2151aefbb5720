"""Tells nginx the routes and the replica lists: one document, over its unix socket, without a reload."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from nginx.agent.replicas import ReplicaList, is_starting
from nginx.agent.routes import Route, Routes

TIMEOUT_SECONDS = 2


class PushError(OSError):
    """nginx could not be told; the text says why."""


def document(
    domain: str,
    routes: Routes,
    lists: Mapping[str, ReplicaList],
    now: float,
    certificates: Mapping[str, float] | None = None,
) -> bytes:
    """The whole picture as JSON; the same picture is the same bytes (nginx compares).

    `certificates`: Unix time at which the certificate of a name ends. Of a service that DNS has said nothing
    about the replicas are null: nginx keeps what it had.
    """
    return json.dumps(
        {
            "domain": domain,
            "routes": [_routed(route) for route in routes.routes],
            "redirects": [{"host": r.host, "to": r.to} for r in routes.redirects],
            "services": [
                {
                    "name": service.name,
                    "max_in_flight": service.max_in_flight,
                    "queue_length": service.queue_length,
                    "queue_seconds": service.queue_seconds,
                    "replicas": _described(lists[service.name], now),
                }
                for service in routes.services
            ],
            "certificates": [{"name": name, "expires": at} for name, at in sorted((certificates or {}).items())],
        }
    ).encode()


def _routed(route: Route) -> dict[str, object]:
    auth = {} if route.auth is None else {"auth": {"user": route.auth.user, "hash": route.auth.hash}}
    return {"host": route.host, "service": route.service, "port": route.port, **auth}


def _described(replica_list: ReplicaList, now: float) -> list[dict[str, object]] | None:
    if not replica_list.looked:
        return None
    return [
        {"address": replica.address, "ready": replica.ready, "starting": is_starting(replica, now)}
        for replica in replica_list.replicas
    ]


async def push(socket: Path, body: bytes) -> None:
    """Sends the document; raises PushError when nginx is not there, not in time, or does not take it."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answer = await _put(socket, body)
    except TimeoutError as error:
        raise PushError(f"nginx did not answer within {TIMEOUT_SECONDS} s") from error
    except OSError as error:
        raise PushError(f"nginx cannot be reached at {socket}: {error}") from error
    head, _, text = answer.partition(b"\r\n\r\n")
    if head.split(maxsplit=2)[1:2] != [b"204"]:
        raise PushError(f"nginx did not take the lists: {text.decode(errors='replace').strip() or head[:80]!r}")


async def _put(socket: Path, body: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        writer.write(
            b"PUT /state HTTP/1.1\r\nHost: edge\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()

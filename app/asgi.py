"""The few pieces of ASGI that need no framework: types, and a whole answer in one call."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from app.errors import PlatformError
from app.observability import request_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PROBLEM = b"application/problem+json"
HTML = b"text/html; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"


async def answer(
    scope: Scope,
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Sends a complete answer; without the body if the request is a HEAD."""
    all_headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def answer_error(scope: Scope, send: Send, error: PlatformError) -> None:
    """Sends an error as the JSON that all of them have."""
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    body = json.dumps(error.body(request_id.get()), default=str).encode()
    await answer(scope, send, error.status, PROBLEM, body, headers)


def header(scope: Scope, name: bytes) -> str:
    """The first value of a request's header (`name` in lower case), or an empty string."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return ""

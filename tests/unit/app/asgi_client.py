"""Asks an ASGI application without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.asgi import App, Message


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and the whole body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: App,
    path: str = "/",
    *,
    method: str = "GET",
    host: str = "localhost",
    headers: Iterable[tuple[str, str]] = (),
    body: Iterable[bytes] = (),
) -> Answer:
    """Sends one request; `body` in the parts in which it arrives."""
    parts = list(body) or [b""]
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (("host", host), *headers)],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answer(
        status=sent[0]["status"],
        headers={name.decode().lower(): value.decode() for name, value in sent[0]["headers"]},
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )

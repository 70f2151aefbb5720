"""A server that answers like the platform, Prometheus and the autoscaler at once, with faults on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "stub-token"


@dataclass
class Stub:
    """``delay(n)`` (s), ``status(n)``, ``hang_up(n)`` of the n-th request; ``copies(n)``: rows of a post."""

    delay: Callable[[int], float] = lambda n: 0.0
    status: Callable[[int], int] = lambda n: 0  # 0: as it should be
    copies: Callable[[int], int] = lambda n: 1
    hang_up: Callable[[int], bool] = lambda n: False
    metrics: bool = True
    rows: list[str] = field(default_factory=list)
    peers: set[str] = field(default_factory=set)
    connections: int = 0
    loads: int = 0
    posts: int = 0
    port: int = 0

    async def __aenter__(self) -> Stub:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                method, target, _ = lines[0].split(" ")
                headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                answer = await self._answer(method, target, headers, body, writer)
                if answer is None:
                    break
                status, value = answer
                payload = json.dumps(value).encode()
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is done
        finally:
            writer.close()

    async def _answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> tuple[int, Any] | None:
        url = urlsplit(target)
        query = parse_qs(url.query)
        if url.path == "/api/v1/query":
            value = "7" if "pgbouncer" in target else "3"
            result = [{"metric": {}, "value": [0, value]}] if self.metrics else []
            return 200, {"data": {"resultType": "vector", "result": result}}
        if url.path == "/decisions":
            return 200, {"decisions": [{"reason": "concurrency"}] if self.metrics else []}
        if headers.get("authorization") != f"Bearer {TOKEN}" or headers["host"] != "app.localhost":
            return 401, {}
        if url.path == "/api/v1/sites":
            return 201, {"id": 1}
        if query.get("limit") == ["1000"]:
            after = int(query.get("after", ["0"])[0])
            page = self.rows[after : after + 1000]
            following = after + 1000 if after + 1000 < len(self.rows) else None
            return 200, {"items": [{"title": title} for title in page], "next": following}
        self.loads += 1
        number = self.loads
        self.peers.add(writer.get_extra_info("peername")[0])
        await asyncio.sleep(self.delay(number))
        if self.hang_up(number):
            return None
        if (status := self.status(number)) != 0:
            return status, {}
        if method == "POST":
            self.posts += 1
            self.rows += [json.loads(body)["title"]] * self.copies(self.posts)
            return 201, {}
        return 200, {"items": [], "next": None}

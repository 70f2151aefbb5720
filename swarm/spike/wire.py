"""HTTP/1.1 with as little as possible between the clock and the socket: one request at a time on a
connection.

A general client costs about a millisecond of CPU per request; this one shares its cores with what it
measures.
"""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Any

MAX_HEAD_BYTES = 65536


class WireError(Exception):
    """The connection failed or what came was not HTTP; the text says which."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. ``reusable``: the connection may carry another request."""

    status: int
    body: bytes
    reusable: bool


def request_bytes(method: str, path: str, host: str, *, token: str | None = None, body: bytes | None = None) -> bytes:
    """A request, ready to be written."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    if body is None:
        return (head + "\r\n").encode()
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Parser:
    """Collects one answer at a time; `feed` returns it once it is whole. Raises WireError for anything but
    HTTP/1.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._status = 0
        self._need = 0  # length of the body; -1: chunked; -2: until the end of the connection
        self._reusable = True

    def feed(self, data: bytes) -> Response | None:
        """Takes bytes as they come."""
        buffer = self._buffer
        buffer += data
        while not self._status:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(buffer) > MAX_HEAD_BYTES:
                    raise WireError("The answer's head has no end.")
                return None
            self._head(bytes(buffer[:end]))
            del buffer[: end + 4]
        if self._need >= 0:
            if len(buffer) < self._need:
                return None
            body = bytes(buffer[: self._need])
            del buffer[: self._need]
            return self._whole(body)
        if self._need == -1:
            chunks = self._chunks()
            return None if chunks is None else self._whole(chunks)
        return None

    def end(self) -> Response | None:
        """The connection ended: an answer without a length is whole now."""
        if self._status and self._need == -2:
            body = bytes(self._buffer)
            self._buffer.clear()
            return self._whole(body)
        return None

    def _head(self, head: bytes) -> None:
        lines = head.split(b"\r\n")
        first = lines[0]
        if not first.startswith(b"HTTP/1.") or not first[9:12].isdigit():
            raise WireError(f"Not an HTTP answer: {first[:40]!r}")
        status = int(first[9:12])
        if status < 200:  # interim; the real one follows
            return
        self._need = -2
        self._reusable = first.startswith(b"HTTP/1.1")
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            name = name.lower()
            try:
                if name == b"content-length":
                    self._need = max(self._need, int(value))
                elif name == b"transfer-encoding" and b"chunked" in value.lower():
                    self._need = -1
                elif name == b"connection" and b"close" in value.lower():
                    self._reusable = False
            except ValueError as error:
                raise WireError(f"Not a length: {value[:40]!r}") from error
        if status in (204, 304):
            self._need = 0
        self._status = status

    def _chunks(self) -> bytes | None:
        buffer, position = self._buffer, 0
        parts: list[bytes] = []
        while True:
            end = buffer.find(b"\r\n", position)
            if end < 0:
                return None
            try:
                size = int(bytes(buffer[position:end]).partition(b";")[0], 16)
            except ValueError as error:
                raise WireError("Not a chunk's length.") from error
            begin = end + 2
            if len(buffer) < begin + size + 2:
                return None
            if size == 0:
                del buffer[: begin + 2]
                return b"".join(parts)
            parts.append(bytes(buffer[begin : begin + size]))
            position = begin + size + 2

    def _whole(self, body: bytes) -> Response:
        reusable = self._reusable and self._need != -2 and not self._buffer
        response = Response(self._status, body, reusable)
        self._status = 0
        return response


class Connection(asyncio.Protocol):
    """One connection, one request at a time. Never repeats anything."""

    def __init__(self) -> None:
        self._parser = Parser()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Response] | None = None
        self.idle_since = 0.0
        self.open = False

    async def ask(self, request: bytes) -> Response:
        """Writes a request and returns its answer. Raises WireError when the connection ends first."""
        if self._transport is None or not self.open:
            raise WireError("The connection is closed.")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Ends it at once."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.open = True

    def data_received(self, data: bytes) -> None:
        try:
            response = self._parser.feed(data)
        except WireError as error:
            self._settle(error)
            self.close()
            return
        if response is not None:
            if not response.reusable:
                self.close()
            self._settle(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        response = self._parser.end() if exc is None else None
        self._settle(response or WireError(f"The connection ended before the answer ({exc or 'closed'})."))

    def _settle(self, outcome: Response | WireError) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            return
        if isinstance(outcome, WireError):
            waiting.set_exception(outcome)
        else:
            waiting.set_result(outcome)


async def connect(host: str, port: int, source: str | None = None) -> Connection:
    """Opens a connection, from a source address if one is given. Raises OSError."""
    loop = asyncio.get_running_loop()
    if source is None:
        _, connection = await loop.create_connection(Connection, host, port)
        return connection
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # The port is chosen at connect: bound earlier, every connection would need one of its own on this
        # address.
        sock.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
        sock.bind((source, 0))
        await loop.sock_connect(sock, (host, port))
        _, connection = await loop.create_connection(Connection, sock=sock)
    except BaseException:
        sock.close()
        raise
    return connection


async def fetch(host: str, port: int, request: bytes, *, timeout_seconds: float) -> Response:
    """One request on a connection of its own. Raises WireError, OSError or TimeoutError."""
    async with asyncio.timeout(timeout_seconds):
        connection = await connect(host, port)
        try:
            return await connection.ask(request)
        finally:
            connection.close()


def decoded(response: Response) -> dict[str, Any]:
    """The JSON object of a 2xx answer; WireError for anything else."""
    if not 200 <= response.status < 300:
        raise WireError(f"Answered {response.status}: {response.body[:200].decode(errors='replace')}")
    try:
        value = json.loads(response.body)
    except ValueError as error:
        raise WireError("The answer is not JSON.") from error
    if not isinstance(value, dict):
        raise WireError("The answer is not a JSON object.")
    return value

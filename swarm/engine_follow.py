"""Logs of many services as they come, for one thread: each is a socket that a selector waits for.

A part of the client (`swarm.engine`). `engine_logs` reads one log, and waits in its thread while nothing comes.
"""

from __future__ import annotations

import socket
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from swarm.engine import EngineError, refusal
from swarm.engine_frames import Frames
from swarm.engine_logs import LogLine, log_query, parse_line

READ_BYTES = 65536
"""Of one log at a time, so that one that has much to say does not keep the others waiting."""
_CONNECT_SECONDS = 5.0
_MOST_HEAD_BYTES = 65536
_HEAD_END = b"\r\n\r\n"


class Followed:
    """The log of a service from a moment on. `fileno` is for a selector; then `read`; `close` in any case."""

    def __init__(self, connection: socket.socket, doing: str) -> None:
        """`connection` has been asked for the log; see `follow`."""
        self._connection, self._doing = connection, doing
        self._head, self._frames = b"", Frames()
        self._status = 0

    def fileno(self) -> int:
        return self._connection.fileno()

    def close(self) -> None:
        """The engine need not send any more."""
        self._connection.close()

    def read(self) -> list[LogLine] | None:
        """What has come, and may be nothing; None at the end. Raises `EngineError` when the engine refuses."""
        try:
            piece = self._connection.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            raise EngineError(f"Could not {self._doing}: the Docker Engine does not answer ({error}).") from error
        if not piece:
            return self._ended()
        if not self._status:
            piece = self._after_head(piece)
        if self._status >= 400:
            self._head = (self._head + piece)[:_MOST_HEAD_BYTES]
            return []
        return _lines(self._frames.feed(piece))

    def _after_head(self, piece: bytes) -> bytes:
        """What of the body has come with the head, which is taken off."""
        self._head += piece
        head, end, body = self._head.partition(_HEAD_END)
        if not end:
            if len(self._head) > _MOST_HEAD_BYTES:
                raise EngineError(f"Could not {self._doing}: what answers is no Docker Engine.")
            return b""
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) < 2 or not words[1].isdigit():
            raise EngineError(f"Could not {self._doing}: what answers is no Docker Engine.")
        self._status, self._head = int(words[1]), b""
        return body

    def _ended(self) -> list[LogLine] | None:
        if self._status >= 400:
            raise refusal(self._doing, self._status, self._head)
        return _lines(self._frames.end()) or None


def follow(
    address: str, api_version: str, service: str, since: datetime | None = None, last: int | None = None
) -> Followed:
    """Ask for the log of a service from `since` on, of each task the `last` lines; see `engine_logs.service_log`.

    `address` is one of `Engine.from_socket`, `api_version` what that agreed upon. Raises `EngineError`.
    """
    doing = f"read the log of {service}"
    path = f"/v{api_version}/services/{quote(service, safe='')}/logs?{urlencode(log_query(since, last, True))}"
    connection: socket.socket | None = None
    try:
        connection = _connected(address)
        # HTTP/1.0: what comes is the log itself, to the end of the connection, and in no chunks.
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n".encode())
        connection.setblocking(False)
    except OSError as error:
        if connection is not None:
            connection.close()
        raise EngineError(f"Could not {doing}: the Docker Engine does not answer ({error}).") from error
    return Followed(connection, doing)


def _connected(address: str) -> socket.socket:
    if address.startswith("tcp://"):
        where = urlsplit(address)
        return socket.create_connection((where.hostname or "", where.port or 0), _CONNECT_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_CONNECT_SECONDS)
    try:
        connection.connect(address.removeprefix("unix://"))
    except OSError:
        connection.close()
        raise
    return connection


def _lines(found: list[tuple[int, bytes]]) -> list[LogLine]:
    return [line for stream, content in found if (line := parse_line(stream, content)) is not None]

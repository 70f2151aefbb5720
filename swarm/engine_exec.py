"""Commands in containers of one engine, with their input and output. A part of the client (`swarm.engine`).

The engine turns the connection of such a request into the command's own streams, which no HTTP library goes along with:
the request is written by hand.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from swarm.engine import Engine, EngineError, NotFound, refusal
from swarm.engine_frames import frames

_PIECE = 2**16
_STARTED = (b"101", b"200")
_LOOKS, _LOOK_SECONDS = 50, 0.1


@dataclass(frozen=True, slots=True)
class Terminal:
    """Its size, in characters."""

    columns: int
    rows: int


class Exec:
    """One command. `start`, then `output` to its end, then `exit_code`; `write` and `close_input` from any thread."""

    def __init__(self, engine: Engine, container: str, command: Sequence[str], terminal: Terminal | None) -> None:
        """`NotFound` where there is no such container."""
        self._engine, self._terminal = engine, terminal
        body = {
            "AttachStdin": True, "AttachStdout": True, "AttachStderr": True,
            "Tty": terminal is not None, "Cmd": list(command),
        }  # fmt: skip
        # Engines from 23 on give the command its size before it begins; `start` tells older ones.
        self._size = {} if terminal is None else {"ConsoleSize": [terminal.rows, terminal.columns]}
        body |= self._size
        path = f"/containers/{quote(container)}/exec"
        self._id = str(engine._request(f"prepare a command in {container}", "POST", path, body=body)["Id"])
        self._connection: socket.socket | None = None
        self._first = b""

    def start(self) -> None:
        """Run it. `EngineError` when the engine refuses, or does not answer."""
        self._connection = _connect(self._engine.address, self._engine._timeout)
        body = json.dumps({"Detach": False, "Tty": self._terminal is not None, **self._size}).encode()
        asked = (
            f"POST /v{self._engine.api_version}/exec/{self._id}/start HTTP/1.1\r\nHost: docker\r\n"
            "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        try:
            head, self._first = _answered(self._connection, asked + body)
            self._connection.settimeout(None)  # from here on the command may be silent as long as it likes
        except OSError as error:
            raise EngineError(f"Could not run the command: the Docker Engine does not answer ({error}).") from error
        status = head.split(maxsplit=2)[1]
        if status not in _STARTED:
            raise refusal("run the command", int(status), self._first)
        if self._terminal is not None:
            self.resize(self._terminal)

    def output(self) -> Iterator[tuple[int, bytes]]:
        """What it writes, as it comes: 1 and output, 2 and errors; with a terminal all is output."""
        if self._terminal is not None:
            yield from ((1, piece) for piece in self._pieces())
        else:
            yield from frames(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        assert self._connection is not None
        if self._first:
            yield self._first
        try:
            while piece := self._connection.recv(_PIECE):
                yield piece
        except OSError as error:
            raise EngineError(f"The connection to the command broke off: {error}") from error

    def write(self, content: bytes) -> None:
        """Give it input."""
        assert self._connection is not None
        self._connection.sendall(content)

    def close_input(self) -> None:
        """There is no more input."""
        assert self._connection is not None
        self._connection.shutdown(socket.SHUT_WR)

    def resize(self, terminal: Terminal) -> None:
        """The terminal has another size."""
        query = {"h": str(terminal.rows), "w": str(terminal.columns)}
        self._engine._request("size the terminal", "POST", f"/exec/{self._id}/resize", query)

    def exit_code(self) -> int:
        """Once it has ended. `EngineError` where the engine does not know one."""
        for _ in range(_LOOKS):  # its output may be over a moment before the engine has noticed its end
            try:
                code = self._engine._request("read the command's end", "GET", f"/exec/{self._id}/json")["ExitCode"]
            except NotFound as error:
                raise EngineError(f"The replica ended while the command ran: {error}") from error
            if code is not None:
                return int(code)
            time.sleep(_LOOK_SECONDS)
        raise EngineError("The command closed its output and has not ended: its exit code is not known.")

    def close(self) -> None:
        """Close the connection; whoever reads its output has read it."""
        if self._connection is not None:
            with suppress(OSError):  # the engine was faster
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()


def _connect(address: str, timeout_seconds: float) -> socket.socket:
    try:
        if address.startswith("tcp://"):
            parts = urlsplit(address)
            return socket.create_connection((parts.hostname or "", parts.port or 2375), timeout_seconds)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout_seconds)
        connection.connect(address)
    except OSError as error:
        raise EngineError(f"The Docker Engine at {address} does not answer: {error}") from error
    return connection


def _answered(connection: socket.socket, asked: bytes) -> tuple[bytes, bytes]:
    """The head of the engine's answer, and what came with it. Raises `OSError`."""
    connection.sendall(asked)
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(_PIECE)
        if not piece:
            raise EngineError("Could not run the command: the Docker Engine closed the connection.")
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest

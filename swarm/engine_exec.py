"""Commands in containers of one engine, with their input and output. A part of the client (`swarm.engine`).

The engine turns the connection of such a request into the command's own streams, which no HTTP library goes along with:
the request is written by hand.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from swarm.engine import Engine, EngineError, refusal
from swarm.engine_frames import frames

_PIECE = 2**16
_STARTED = (b"101", b"200")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Its size, in characters."""

    columns: int
    rows: int


class Exec:
    """One command. `start`, then `output` to its end, then `exit_code`; `write` and `close_input` from any thread."""

    def __init__(
        self, engine: Engine, address: str, container: str, command: Sequence[str], terminal: Terminal | None
    ) -> None:
        """`address` is that of `Engine.from_socket`. `NotFound` where there is no such container."""
        self._engine, self._address, self._terminal = engine, address, terminal
        body = {
            "AttachStdin": True, "AttachStdout": True, "AttachStderr": True,
            "Tty": terminal is not None, "Cmd": list(command),
        }  # fmt: skip
        path = f"/containers/{quote(container)}/exec"
        self._id = str(engine._request(f"prepare a command in {container}", "POST", path, body=body)["Id"])
        self._connection: socket.socket | None = None
        self._first = b""

    def start(self) -> None:
        """Run it. `EngineError` when the engine refuses."""
        self._connection = _connect(self._address)
        body = json.dumps({"Detach": False, "Tty": self._terminal is not None}).encode()
        self._connection.sendall(
            f"POST /v{self._engine.api_version}/exec/{self._id}/start HTTP/1.1\r\nHost: docker\r\n"
            "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self._connection.recv(_PIECE)
            if not piece:
                raise EngineError("Could not run the command: the Docker Engine closed the connection.")
            received += piece
        head, _, self._first = received.partition(b"\r\n\r\n")
        status = head.split(maxsplit=2)[1]
        if status not in _STARTED:
            raise refusal("run the command", int(status), self._first)
        if self._terminal is not None:
            query = {"h": str(self._terminal.rows), "w": str(self._terminal.columns)}
            self._engine._request("size the terminal", "POST", f"/exec/{self._id}/resize", query)

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
        while piece := self._connection.recv(_PIECE):
            yield piece

    def write(self, content: bytes) -> None:
        """Give it input."""
        assert self._connection is not None
        self._connection.sendall(content)

    def close_input(self) -> None:
        """There is no more input."""
        assert self._connection is not None
        self._connection.shutdown(socket.SHUT_WR)

    def exit_code(self) -> int:
        """Once it has ended."""
        return int(self._engine._request("read the command's end", "GET", f"/exec/{self._id}/json")["ExitCode"] or 0)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


def _connect(address: str) -> socket.socket:
    try:
        if address.startswith("tcp://"):
            parts = urlsplit(address)
            return socket.create_connection((parts.hostname or "", parts.port or 2375))
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
    except OSError as error:
        raise EngineError(f"The Docker Engine at {address} does not answer: {error}") from error
    return connection

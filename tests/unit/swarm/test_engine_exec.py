"""A command's connection to the engine, until the engine has answered."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from swarm.engine import EngineError
from swarm.engine_exec import Exec

STARTED = b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"
TIMEOUT = 30.0


class Connection:
    """The engine's side sends these pieces, each a problem or bytes; who waits for it without a time waits for ever."""

    def __init__(self, *pieces: bytes | OSError, takes_nothing: bool = False) -> None:
        self._pieces, self._takes_nothing = list(pieces), takes_nothing
        self.timeout: float | None = None
        self.is_closed = False

    def settimeout(self, seconds: float | None) -> None:
        self.timeout = seconds

    def sendall(self, content: bytes) -> None:
        if self._takes_nothing:
            raise BrokenPipeError("Broken pipe")

    def recv(self, most: int) -> bytes:
        if not self._pieces:
            assert self.timeout is not None, "for ever"
            raise TimeoutError("timed out")
        piece = self._pieces.pop(0)
        if isinstance(piece, OSError):
            raise piece
        return piece

    def shutdown(self, how: int) -> None:
        self.is_closed = True

    def close(self) -> None:
        self.is_closed = True


def command(monkeypatch: pytest.MonkeyPatch, connection: Connection) -> Exec:
    def connected(address: tuple[str, int], timeout: float | None = None) -> Connection:
        connection.timeout = timeout
        return connection

    monkeypatch.setattr(socket, "create_connection", connected)
    engine: Any = SimpleNamespace(
        address="tcp://engine.example:2375", api_version="1.45", _timeout=TIMEOUT, _request=lambda *_, **__: {"Id": "e"}
    )
    return Exec(engine, "c", ["true"], None)


@pytest.mark.parametrize(
    "connection",
    [
        Connection(),
        Connection(STARTED[:20]),
        Connection(ConnectionResetError("reset")),
        Connection(takes_nothing=True),
        Connection(b""),
    ],
)
def test_an_engine_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch, connection: Connection) -> None:
    """Within the engine's time, as any other request's: an exec gate tells captain why."""
    with pytest.raises(EngineError, match="Could not run the command: the Docker Engine"):
        command(monkeypatch, connection).start()


def test_a_command_that_runs_may_be_silent_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is for the engine's answer; what came with that is output."""
    connection = Connection(STARTED[:20], STARTED[20:] + b"\1\0\0\0\0\0\0\2hi", b"")
    running = command(monkeypatch, connection)
    running.start()
    assert connection.timeout is None
    assert list(running.output()) == [(1, b"hi")]
    running.close()
    assert connection.is_closed


def test_a_socket_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there is a connection, too."""
    running = command(monkeypatch, Connection())

    def refused(*_: object) -> Connection:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", refused)
    with pytest.raises(EngineError, match=r"engine\.example:2375 does not answer: timed out"):
        running.start()

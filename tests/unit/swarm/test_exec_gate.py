"""How long a command may have a gate, whoever does or does not read what it writes."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from swarm.engine_wire import PROBLEM, Wire
from swarm.exec_gate import gate
from swarm.exec_gate.gate import Bounds, serve

MOMENT = timedelta(milliseconds=20)


class Unread:
    """The gate's side of a connection whose other side sends nothing, and reads the first `most` bytes alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.written = b""
        self._never_ready, self._other = os.pipe()
        self.is_closed = False

    def setblocking(self, flag: bool) -> None:
        assert not flag

    def fileno(self) -> int:
        return -1 if self.is_closed else self._never_ready

    def recv(self, most: int) -> bytes:
        raise ssl.SSLWantReadError

    def send(self, content: memoryview) -> int:
        if self.is_closed:
            raise OSError("Bad file descriptor")
        taken = bytes(content[: self._most - len(self.written)])
        if not taken:
            raise ssl.SSLWantWriteError
        self.written += taken
        return len(taken)

    def shutdown(self, how: int) -> None:
        """Nobody is told."""

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            os.close(self._never_ready)
            os.close(self._other)


class Endless:
    """A command that writes once and goes on until its connection is closed."""

    def __init__(self, written: bytes) -> None:
        self._written, self._closed = written, threading.Event()

    def output(self) -> Iterator[tuple[int, bytes]]:
        if self._written:
            yield 1, self._written
        self._closed.wait()

    def exit_code(self) -> int:
        return 0

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        self._closed.set()


@pytest.fixture
def serves(monkeypatch: pytest.MonkeyPatch) -> Callable[[Unread, Endless], threading.Thread]:
    """A gate before that command, which may have it for a moment."""

    def begin(connection: Any, command: Endless) -> threading.Thread:
        @contextmanager
        def begun(*_: object) -> Iterator[Endless]:
            with closing(command):
                yield command

        monkeypatch.setattr(gate, "_first", lambda *_: Wire(connection))
        monkeypatch.setattr(gate, "_begun", begun)
        listening: Any = SimpleNamespace(close=lambda: None)
        bounds = Bounds(MOMENT, MOMENT)
        serving = threading.Thread(target=serve, args=(listening, b"", "", "c", bounds), daemon=True)
        serving.start()
        return serving

    return begin


@pytest.mark.parametrize("written", [b"much" * 1000, b""])
def test_who_does_not_read_has_it_no_longer_than_others(
    monkeypatch: pytest.MonkeyPatch, serves: Callable[[Unread, Endless], threading.Thread], written: bytes
) -> None:
    """What is on its way to them is given up, and the connection closed without a word."""
    monkeypatch.setattr(gate, "_LAST_WORD_SECONDS", MOMENT.total_seconds())
    connection, command = Unread(len(written) // 2), Endless(written)
    serving = serves(connection, command)
    serving.join(30)
    assert not serving.is_alive() and connection.is_closed and command.is_closed


def test_who_reads_is_told_that_it_was_too_long(
    monkeypatch: pytest.MonkeyPatch, serves: Callable[[Unread, Endless], threading.Thread]
) -> None:
    """Before the connection is closed."""
    monkeypatch.setattr(gate, "_LAST_WORD_SECONDS", 30.0)
    connection, command = Unread(10_000), Endless(b"")
    serves(connection, command).join(30)
    assert connection.is_closed and command.is_closed
    assert connection.written.startswith(PROBLEM)
    assert b"a command may have it for 0:00:00.02" in connection.written

"""Commands in containers of another engine, through an exec gate on its node. A part of the client (`swarm.engine`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from swarm.engine import EngineError, NotFound
from swarm.engine_exec import Terminal
from swarm.engine_wire import (
    BEGUN,
    ERRORS,
    EXIT,
    INPUT,
    MOST_BYTES,
    NO_MORE_INPUT,
    OUTPUT,
    PROBLEM,
    RESIZE,
    START,
    Wire,
)

_GATE_CLOSED = (
    "The connection to the replica's node broke off; whether the command still runs there, and how it ends, is not "
    "known."
)
_OF_OUTPUT = {OUTPUT: 1, ERRORS: 2}


class FarExec:
    """One command in the one container that the gate is for. To be used as `swarm.engine_exec.Exec` is."""

    def __init__(self, wire: Wire, command: Sequence[str], terminal: Terminal | None) -> None:
        self._wire, self._command, self._terminal = wire, list(command), terminal
        self._exit_code: int | None = None

    def start(self) -> None:
        """Run it. `EngineError` as the engine there says it."""
        opening = json.dumps({"command": self._command, "terminal": _size(self._terminal)}).encode()
        if len(opening) > MOST_BYTES:
            raise EngineError("The command is longer than an engine takes.")
        self._send(START, opening)
        kind, _ = self._next()
        if kind != BEGUN:
            raise EngineError(f"The exec gate says {kind!r} before the command has begun.")

    def output(self) -> Iterator[tuple[int, bytes]]:
        """What it writes, as it comes: 1 and output, 2 and errors; with a terminal all is output."""
        while True:
            kind, content = self._next()
            if kind == EXIT:
                self._exit_code = int(content)
                return
            yield _OF_OUTPUT[kind], content

    def write(self, content: bytes) -> None:
        """Give it input."""
        for start in range(0, len(content), MOST_BYTES):
            self._wire.send(INPUT, content[start : start + MOST_BYTES])

    def close_input(self) -> None:
        """There is no more input."""
        self._wire.send(NO_MORE_INPUT)

    def resize(self, terminal: Terminal) -> None:
        """The terminal has another size."""
        self._wire.send(RESIZE, json.dumps(_size(terminal)).encode())

    def exit_code(self) -> int:
        """Once it has ended."""
        if self._exit_code is None:
            raise EngineError(_GATE_CLOSED)
        return self._exit_code

    def close(self) -> None:
        """Close the connection, and with it the gate."""
        self._wire.close()

    def _send(self, kind: bytes, content: bytes) -> None:
        try:
            self._wire.send(kind, content)
        except OSError as error:
            raise EngineError(f"{_GATE_CLOSED} ({error})") from error

    def _next(self) -> tuple[bytes, bytes]:
        try:
            found = self._wire.receive()
        except OSError as error:
            raise EngineError(f"{_GATE_CLOSED} ({error})") from error
        if found is None:
            raise EngineError(_GATE_CLOSED)
        if found[0] == PROBLEM:
            said = json.loads(found[1])
            raise (NotFound if said["status"] == 404 else EngineError)(said["text"], said["status"])
        return found


def _size(terminal: Terminal | None) -> list[int] | None:
    return None if terminal is None else [terminal.columns, terminal.rows]

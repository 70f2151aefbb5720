"""One command in one container for one who has the key: what comes over the wire goes to the command, and back.

Invariant: the container is the one that the gate was created for, and nothing but a command in it is asked of the
engine. Whoever has the key says which command, and gives it input and a terminal's size.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from swarm.engine import Engine, EngineError
from swarm.engine_exec import Exec, Terminal
from swarm.engine_wire import (
    BEGUN,
    ERRORS,
    EXIT,
    INPUT,
    NO_MORE_INPUT,
    OUTPUT,
    PROBLEM,
    RESIZE,
    START,
    Wire,
    answered,
)

_HANGS_UP_WITHIN_SECONDS = 10.0
_LAST_WORD_SECONDS = 1.0
_WAITING = 4

log = logging.getLogger("exec_gate")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long it waits for captain to come, and how long it then lasts at most."""

    waits: timedelta
    lasts: timedelta


def listen(address: str, port: int) -> socket.socket:
    """Where captain comes."""
    return socket.create_server((address, port), backlog=_WAITING)


def serve(listening: socket.socket, key: bytes, engine_address: str, container: str, bounds: Bounds) -> bool:
    """Serve the first who has the key, until the command ends, or they go; False when nobody came."""
    with closing(listening):
        wire = _first(listening, key, time.monotonic() + bounds.waits.total_seconds())
    if wire is None:
        log.error("Nobody came with the key within %s.", bounds.waits)
        return False
    with closing(wire):
        _serve(wire, engine_address, container, bounds.lasts)
    return True


def _first(listening: socket.socket, key: bytes, until: float) -> Wire | None:
    """Those before are refused one after the other, and get five seconds each."""
    while (left := until - time.monotonic()) > 0:
        listening.settimeout(left)
        try:
            raw, (address, *_) = listening.accept()
        except TimeoutError:
            return None
        try:
            return answered(raw, key)
        except OSError as error:
            log.warning("refused %s: %s", address, error)
    return None


def _serve(wire: Wire, engine_address: str, container: str, lasts: timedelta) -> None:
    with suppress(OSError):  # captain has gone, and the command's input with it
        try:
            with _begun(wire, engine_address, container) as command:
                _carry(wire, command, lasts)
        except EngineError as error:
            _tell(wire, str(error), error.status)
        except (ValueError, TypeError, KeyError) as error:
            _tell(wire, f"The exec gate does not understand what captain sends: {error!r}", 400)


@contextmanager
def _begun(wire: Wire, engine_address: str, container: str) -> Iterator[Exec]:
    kind, content = wire.receive() or (b"", b"")
    if kind != START:
        raise ValueError(kind)
    asked: dict[str, Any] = json.loads(content)
    words = [str(word) for word in asked["command"]]
    size = asked["terminal"]
    engine = Engine.from_socket(engine_address)
    with closing(engine):
        command = Exec(engine, container, words, None if size is None else Terminal(*map(int, size)))
        with closing(command):
            command.start()
            wire.send(BEGUN)
            yield command


def _carry(wire: Wire, command: Exec, lasts: timedelta) -> None:
    """Both ways, until the command ends, captain goes, or it has lasted too long."""
    over, hung_up = threading.Event(), threading.Event()

    def outward() -> None:
        try:
            _carry_output(wire, command)
        finally:
            command.close()  # or input that it did not read would be waited with, and captain's could not be taken
            over.set()

    def inward() -> None:
        try:
            _carry_input(wire, command)
        finally:
            hung_up.set()
            over.set()

    for carry in (outward, inward):
        threading.Thread(target=carry, name=carry.__name__, daemon=True).start()
    if not over.wait(lasts.total_seconds()):
        # Who does not read cannot be told: the wire is full, or held by what the command wrote, until it is closed.
        telling = threading.Thread(target=_tell_the_end, args=(wire, lasts), name="telling", daemon=True)
        telling.start()
        telling.join(_LAST_WORD_SECONDS)
        return
    # Closing with input unread would take back from captain what it has not read yet, such as the exit code.
    hung_up.wait(_HANGS_UP_WITHIN_SECONDS)


def _tell_the_end(wire: Wire, lasts: timedelta) -> None:
    with suppress(OSError):  # captain has gone, or did not read until the wire was closed
        _tell(wire, f"The connection to the replica was ended: a command may have it for {lasts}.", 0)


def _carry_output(wire: Wire, command: Exec) -> None:
    with suppress(OSError):  # captain has gone
        try:
            for stream, piece in command.output():
                wire.send(ERRORS if stream == 2 else OUTPUT, piece)
            wire.send(EXIT, str(command.exit_code()).encode())
        except EngineError as error:
            _tell(wire, str(error), error.status)


def _carry_input(wire: Wire, command: Exec) -> None:
    """Until captain goes. What comes after the command's end is nobody's."""
    with suppress(OSError):
        while (received := wire.receive()) is not None:
            kind, content = received
            with suppress(OSError, EngineError):  # the command has ended
                if kind == INPUT:
                    command.write(content)
                elif kind == NO_MORE_INPUT:
                    command.close_input()
                elif kind == RESIZE:
                    command.resize(Terminal(*map(int, json.loads(content))))


def _tell(wire: Wire, text: str, status: int) -> None:
    wire.send(PROBLEM, json.dumps({"text": text, "status": status}).encode())

"""`captain exec` in any replica: by the engine's socket on this node, through a gate for one command on others."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from typing import Protocol

from captain.apps.app_rollout import Place
from captain.apps.exec_plan import COMES_WITHIN, Gate, choose, closed_because, gate_spec, not_there, source_of
from captain.apps.leftovers import ENDED, is_left, left_secrets
from captain.apps.observe import app_service, observe
from captain.errors import CaptainError
from captain.labels import EXEC_LABEL
from captain.openssl import NEW_KEY, openssl
from swarm.engine import Engine, EngineError, NotFound, Task
from swarm.engine_exec import Exec, Terminal
from swarm.engine_far_exec import FarExec
from swarm.engine_wire import PORT, Wire, dialled

_LOOK_SECONDS = 0.2
_LAST_LINES = 3
_NAME_BYTES = 4


class Inside(Protocol):
    """A command that runs in a replica, wherever that is. Input may come from another thread than output goes to."""

    def output(self) -> Iterator[tuple[int, bytes]]:
        """What it writes, as it comes: 1 and output, 2 and errors; with a terminal all is output."""

    def write(self, content: bytes) -> None:
        """Give it input. `OSError` once it has ended."""

    def close_input(self) -> None:
        """There is no more input."""

    def resize(self, terminal: Terminal) -> None:
        """The terminal has another size."""

    def exit_code(self) -> int:
        """After its output. `EngineError` where nobody knows it."""

    def close(self) -> None:
        """End its output, from any thread."""


@contextmanager
def entered(
    place: Place,
    app: str,
    number: int | None,
    words: Sequence[str],
    terminal: Terminal | None,
    is_far: bool | None = None,
) -> Iterator[Inside]:
    """The command, begun in that replica, or any; its connection is closed after the block, and its gate is gone.

    `is_far` is for tests: whether a gate is needed, which otherwise the replica's node says.
    `CaptainError` where it cannot begin.
    """
    app_service(observe(place.engine, place.stack, place.domains), app)
    here = str(place.engine.info()["Swarm"].get("NodeID", ""))
    replica = choose(app, place.engine.tasks(app), number, here)
    is_far = replica.node_id != here if is_far is None else is_far
    with ExitStack() as ending:
        wire = ending.enter_context(_through_gate(place, app, replica)) if is_far else None
        try:
            command = (
                Exec(place.engine, replica.container_id, words, terminal)
                if wire is None
                else FarExec(wire, words, terminal)
            )
            ending.enter_context(closing(command))
            command.start()
        except NotFound as error:
            raise CaptainError(f"The replica ended before the command began: {error}") from error
        yield command


@contextmanager
def _through_gate(place: Place, app: str, replica: Task) -> Iterator[Wire]:
    engine, called = place.engine, f"{app}.{replica.slot}" if replica.slot else app
    node = next((node for node in engine.nodes() if node.id == replica.node_id), None)
    why = closed_because(called, node)
    if why or node is None:
        raise CaptainError(why)
    image = source_of(engine.service(f"{place.stack}_meter"), place.stack)
    network = _network(engine, f"{place.stack}_ops")
    name, key = f"exec-{app}-{secrets.token_hex(_NAME_BYTES)}", _throwaway_key()
    with ExitStack() as ending:
        secret = engine.create_secret(name, key, {EXEC_LABEL: app})
        ending.callback(_remove_secret, engine, secret)
        gate = Gate(name, app, image, network, replica.node_id, replica.container_id, secret)
        ending.callback(_remove_service, engine, engine.create_service(gate_spec(gate)))
        wire = _dialled(place, name, key, called, node.hostname)
        ending.callback(wire.close)
        yield wire


def _dialled(place: Place, name: str, key: bytes, called: str, where: str) -> Wire:
    """Once the gate is there. `CaptainError` if it does not come."""
    until = time.monotonic() + COMES_WITHIN.total_seconds()
    while True:
        tasks = place.engine.tasks(name)
        for address in (found.address for task in tasks if task.state == "running" for found in task.addresses):
            with suppress(OSError):  # it does not listen yet
                return dialled(address, PORT, key)
        if any(task.state in ENDED for task in tasks) or time.monotonic() >= until:
            raise CaptainError(not_there(called, where, tasks, _last_lines(place.engine, tasks)))
        place.sleep(_LOOK_SECONDS)


def _last_lines(engine: Engine, tasks: Sequence[Task]) -> list[str]:
    lines = []
    for task in tasks:
        with suppress(EngineError):  # its node may not answer, which is what is being told
            lines += engine.task_lines(task.id, _LAST_LINES)
    return lines


def _network(engine: Engine, name: str) -> str:
    found = next((network.id for network in engine.networks() if network.name == name), "")
    if not found:
        raise CaptainError(f"There is no network {name}, in which captain gets to other nodes: run ./swarm/up.sh")
    return found


def _throwaway_key() -> bytes:
    """Key and certificate, one PEM, which is in no file."""
    return openssl([*NEW_KEY, "-keyout", "/dev/stdout", "-subj", "/CN=exec", "-days", "2"], "a key")


def _remove_service(engine: Engine, service: str) -> None:
    with suppress(NotFound):
        engine.remove_service(service)


def _remove_secret(engine: Engine, secret: str) -> None:
    with suppress(NotFound):
        engine.remove_secret(secret)


def sweep(engine: Engine, now: datetime) -> list[str]:
    """Remove gates and keys that a captain that was killed left; their names. One that lives is faster."""
    gates = engine.services(EXEC_LABEL)
    gone = [gate for gate in gates if is_left(gate, engine.tasks(gate.name), now, COMES_WITHIN)]
    for gate in gone:
        _remove_service(engine, gate.id)
    there = {gate.name for gate in gates} - {gate.name for gate in gone}
    keys = left_secrets(engine.secrets(), EXEC_LABEL, there, now)
    for secret in keys:
        _remove_secret(engine, secret.id)
    return sorted({*(gate.name for gate in gone), *(secret.name for secret in keys)})

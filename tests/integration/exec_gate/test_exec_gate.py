"""The gate before a real engine: a command in one container for whoever has the key, and nothing for anybody else."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest

from captain.apps.exec_gate import _throwaway_key
from swarm.engine import EngineError, NotFound
from swarm.engine_exec import Terminal
from swarm.engine_far_exec import FarExec
from swarm.engine_wire import Wire, dialled
from swarm.exec_gate.gate import Bounds, listen, serve
from tests.docker_cli import SOCKET, Container, Resources
from tests.e2e.node import BASE

DAY = timedelta(days=1)
KEY, OTHER = _throwaway_key(), _throwaway_key()


class Gate:
    """One in a thread of this process; `has_served` once it has ended."""

    def __init__(self, container: str, waits: timedelta = timedelta(seconds=20), lasts: timedelta = DAY) -> None:
        listening = listen("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        self.has_served: bool | None = None
        self._ended = threading.Thread(
            target=lambda: self._serve(listening, container, Bounds(waits, lasts)), daemon=True
        )
        self._ended.start()

    def _serve(self, listening: socket.socket, container: str, bounds: Bounds) -> None:
        self.has_served = serve(listening, KEY, str(SOCKET), container, bounds)

    def wire(self, key: bytes = KEY) -> Wire:
        return dialled("127.0.0.1", self.port, key)

    def ends(self) -> bool | None:
        self._ended.join(30)
        assert not self._ended.is_alive(), "it goes on"
        return self.has_served


@pytest.fixture(scope="module")
def replica(module_resources: Resources) -> Container:
    return module_resources.run(BASE, command=("sleep", "1000"))


def ran(gate: Gate, *words: str, stdin: bytes | None = b"", terminal: Terminal | None = None) -> SimpleNamespace:
    """What it wrote to each stream, and its exit code."""
    command = FarExec(gate.wire(), words, terminal)
    with closing(command):
        command.start()
        written = {1: b"", 2: b""}

        def feed() -> None:
            if stdin is not None:
                command.write(stdin)
                command.close_input()

        threading.Thread(target=feed, daemon=True).start()
        for stream, piece in command.output():
            written[stream] += piece
        return SimpleNamespace(out=written[1], err=written[2], code=command.exit_code())


def test_a_command_has_its_input_both_outputs_and_its_exit_code(replica: Container) -> None:
    """As with the local exec; then the gate is over, and serves nobody else."""
    gate = Gate(replica.name)
    done = ran(gate, "sh", "-c", "echo out; cat; echo bad >&2; exit 5", stdin=b"from here\n")
    assert (done.out, done.err, done.code) == (b"out\nfrom here\n", b"bad\n", 5)
    assert gate.ends() is True
    with pytest.raises(ConnectionRefusedError):
        gate.wire()


def test_much_goes_both_ways_at_once(replica: Container) -> None:
    """Sixteen megabytes there and back, whoever is slower: every byte, in order, and no deadlock."""
    sent = bytes(range(256)) * 2**16
    assert ran(Gate(replica.name), "cat", stdin=sent).out == sent


def test_a_command_that_ends_before_its_input_tells_its_exit_code(replica: Container) -> None:
    """What it did not read is taken from captain all the same, and nothing is taken back of what it said."""
    command = FarExec(Gate(replica.name).wire(), ["sh", "-c", "echo enough; exit 3"], None)
    with closing(command):
        command.start()
        command.write(bytes(2**24))  # more than all buffers on the way hold
        assert (list(command.output()), command.exit_code()) == ([(1, b"enough\n")], 3)


def test_a_terminal_has_this_size_and_then_another(replica: Container) -> None:
    """Resizing while the command runs; keys are echoed by the terminal on the other side."""
    sized = 'until [ "$(stty size)" = "31 91" ]; do sleep 0.1; done'  # engines before 23 say it when it has begun
    script = f"{sized}; stty size; read x; stty size"
    command = FarExec(Gate(replica.name).wire(), ["sh", "-c", script], Terminal(91, 31))
    with closing(command):
        command.start()
        said, is_resized = b"", False
        for _, piece in command.output():
            said += piece
            if b"31 91" in said and not is_resized:
                is_resized = True
                command.resize(Terminal(80, 25))
                command.write(b"x\n")
        assert command.exit_code() == 0
    assert said.split(b"\r\n") == [b"31 91", b"x", b"25 80", b""]


def test_what_the_engine_refuses_is_said_as_it_says_it(replica: Container) -> None:
    """A program that is not there, and a container that is gone."""
    with pytest.raises(NotFound, match="No such container"):
        ran(Gate("nowhere"), "true")
    try:
        assert ran(Gate(replica.name), "/no/such/program").code in (126, 127)
    except EngineError as error:
        assert "no such file" in str(error)


def certificate_alone(wanted: Gate) -> None:
    """Somebody who has seen the certificate go by, and has no key for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", wanted.port)) as raw, context.wrap_socket(raw) as secured:
        secured.sendall(b"S\0\0\0\2{}")
        assert secured.recv(1) == b""


def another_key(wanted: Gate) -> None:
    with closing(wanted.wire(OTHER)) as wire:
        wire.send(b"S", b"{}")
        assert wire.receive() is None


def no_tls(wanted: Gate) -> None:
    with socket.create_connection(("127.0.0.1", wanted.port)) as raw:
        raw.sendall(b"POST /containers/create HTTP/1.1\r\n\r\n")
        while raw.recv(1000):
            pass


@pytest.mark.parametrize("intruder", [certificate_alone, another_key, no_tls])
def test_who_has_not_the_key_is_refused_and_keeps_nobody_out(
    replica: Container, intruder: Callable[[Gate], None]
) -> None:
    """And captain, too, takes no gate but its own: a listener with another key gets no command."""
    gate = Gate(replica.name)
    with pytest.raises(OSError):
        intruder(gate)
    assert ran(gate, "echo", "still here").out == b"still here\n"


@pytest.fixture
def impostor() -> Iterator[Gate]:
    """Listens where a gate is expected, with a key of its own."""
    listening = listen("127.0.0.1", 0)
    heard: list[bool] = []
    thread = threading.Thread(
        target=lambda: heard.append(serve(listening, OTHER, str(SOCKET), "x", Bounds(timedelta(seconds=2), DAY)))
    )
    thread.start()
    yield SimpleNamespace(port=listening.getsockname()[1])  # type: ignore[misc]
    thread.join(30)
    assert heard == [False], "nobody had its key"


def test_captain_takes_no_gate_but_its_own(impostor: Gate) -> None:
    """Whoever listens there in its stead learns nothing: the handshake ends before a command is sent."""
    with pytest.raises(ssl.SSLCertVerificationError):
        dialled("127.0.0.1", impostor.port, KEY)


def test_a_gate_ends_when_captain_is_gone_when_nobody_comes_and_when_it_has_lasted(replica: Container) -> None:
    """Each by itself: nothing of it is left on a node whose captain was killed."""
    left = Gate(replica.name)
    command = FarExec(left.wire(), ["sleep", "600"], None)
    command.start()
    command.close()
    assert left.ends() is True
    assert Gate(replica.name, waits=timedelta(seconds=0.3)).ends() is False
    lasting = Gate(replica.name, lasts=timedelta(seconds=0.5))
    with pytest.raises(EngineError, match="was ended: a command may have it for"):
        ran(lasting, "sleep", "600", stdin=None)
    assert lasting.ends() is True

"""The gate as the stack runs it, before a real engine. What needs a Swarm is in tests/e2e/test_doors.py."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from swarm.engine import Engine, EngineError
from tests.docker_cli import Container, Resources, eventually

SOCKET = "/var/run/docker.sock:/var/run/docker.sock"
HARDENED = ("--read-only", "--cap-drop", "ALL")
GATE = ("python", "-m", "swarm.socket_gate")
PORT = 9104


@pytest.fixture(scope="module")
def gate(module_resources: Resources, image: Callable[[str], str]) -> Container:
    made = module_resources.run(image("autoscaler"), "-v", SOCKET, *HARDENED, command=GATE)
    eventually(lambda: made.exec("healthcheck", str(PORT)) == "")
    return made


def ask(gate: Container, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(gate.ip, PORT, timeout=20)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None
    finally:
        connection.close()


def test_the_engine_client_speaks_through_it(gate: Container) -> None:
    """It agrees on the engine's newest version, and what the gate does not pass is an `EngineError`."""
    engine = Engine.from_socket(f"tcp://{gate.ip}:{PORT}", timeout_seconds=10)
    try:
        assert engine.version()["ApiVersion"] == engine.api_version
        for forbidden in (engine.info, engine.nodes, engine.secrets, engine.configs, engine.containers, engine.volumes):
            with pytest.raises(EngineError, match="does not pass") as caught:
                forbidden()
            assert caught.value.status == 403
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1.41/containers/create", b'{"Image": "x"}'),
        ("GET", "/containers/json", None),
        ("GET", "/v1.41/services/../containers/json", None),
        ("GET", "/v1.41/services/%2e%2e/containers/json", None),
        ("GET", "/v1.41/services/flotilla_app/logs?stdout=1", None),
        ("POST", "/v1.41/services/create", b"{}"),
        ("POST", "/v1.41/services/x/update?version=1&rollback=previous", b"{}"),
        ("DELETE", "/v1.41/services/x", None),
        ("PUT", "/v1.41/containers/x/archive?path=/", b""),
        ("POST", "/v1.41/swarm/leave?force=1", None),
    ],
)
def test_everything_else_is_refused(gate: Container, method: str, path: str, body: bytes | None) -> None:
    """403 in the engine's form, with a sentence; and it says so in its log."""
    status, answer = ask(gate, method, path, body)
    assert status == 403
    assert "pass" in answer["message"]
    assert f"refused {method}" in gate.logs()


def test_a_list_passes_to_the_engine(gate: Container) -> None:
    """An engine that manages no Swarm says so itself; one that does answers with a list."""
    status, answer = ask(gate, "GET", "/services")
    assert isinstance(answer, list) if status == 200 else (status == 503 and "swarm manager" in answer["message"])


def test_a_target_in_another_form_is_looked_at_as_it_passes(gate: Container) -> None:
    """An absolute address or a doubled slash cannot be one thing to the gate and another to the engine."""
    for target, expected in (("http://engine/containers/json", b"403"), ("//x/containers/json", b"403")):
        with socket.create_connection((gate.ip, PORT), timeout=10) as raw:
            raw.sendall(f"GET {target} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n".encode())
            assert raw.recv(12).split()[1] == expected


def test_a_body_of_unknown_or_huge_length_is_refused(gate: Container) -> None:
    """Nobody fills its memory."""
    for field in ("Transfer-Encoding: chunked", "Content-Length: 99999999", "Content-Length: -1"):
        with socket.create_connection((gate.ip, PORT), timeout=10) as raw:
            raw.sendall(f"POST /services/x/update?version=1 HTTP/1.1\r\nHost: gate\r\n{field}\r\n\r\n".encode())
            assert raw.recv(12).split()[1] == b"413"


def test_it_ends_on_sigterm_and_without_an_engine_it_says_so(
    run_container: Callable[..., Container], image: Callable[[str], str]
) -> None:
    """Exit 0 long before a kill; without a socket 502 and a sentence, no traceback."""
    alone = run_container(image("autoscaler"), *HARDENED, command=GATE)
    eventually(lambda: alone.exec("healthcheck", str(PORT)) == "")
    status, answer = ask(alone, "GET", "/version")
    assert status == 502
    assert "does not answer" in answer["message"]
    assert "Traceback" not in alone.logs()
    assert alone.stop(20) == 0

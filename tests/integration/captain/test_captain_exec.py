"""`captain exec` through a gate on a real Swarm: it has one node, so that the far way is asked for."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from captain.apps.app_file import parse_app
from captain.apps.app_rollout import Place, roll_out
from captain.credentials import Domains
from swarm.engine import Engine
from tests.docker_cli import CLIENT, eventually
from tests.e2e.node import Node
from tests.integration.captain.swarm_node import socket_of, swarm_node

CAPTAIN = """
import sys, threading
from captain.apps.app_rollout import Place
from captain.apps.exec_gate import entered
from captain.apps.inside_commands import _attached
from captain.credentials import Domains
from captain.errors import CaptainError
from swarm.engine import Engine, EngineError
engine = Engine.from_socket()
place = Place(engine, "flotilla", Domains.of(""), print, list)
try:
    with entered(place, "shop", None, sys.argv[1:], None, is_far=True) as command:
        code = _attached(command, False)
except (CaptainError, EngineError) as error:
    print("captain:", error, file=sys.stderr)
    code = 1
sys.stderr.flush()
sys.exit(code)
"""
SWEEP = """
from datetime import UTC, datetime, timedelta
from captain.apps.exec_gate import sweep
from swarm.engine import Engine
print(*sweep(Engine.from_socket(), datetime.now(UTC) + timedelta(minutes=1)))
"""
IN_CAPTAIN = ("run", "--rm", "-i", "--network", "flotilla_ops", "-v", "/var/run/docker.sock:/var/run/docker.sock")


class Swarm:
    """One node with an app, `shop`, a meter, and captain's image."""

    def __init__(self, node: Node, captain: str) -> None:
        self.node, self._captain = node, captain

    def command(self, *words: str) -> list[str]:
        return [CLIENT, "exec", "-i", self.node.name, "docker", *IN_CAPTAIN, *words]

    def entered(self, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Exit code, output, errors."""
        command = self.command("--name", "captain", self._captain, "python", "-c", CAPTAIN, *words)
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=120)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    @contextmanager
    def begun(self) -> Iterator[subprocess.Popen[bytes]]:
        """A captain in a container, `entering`, whose command has begun and waits for its input to end."""
        command = self.command(
            "--name", "entering", self._captain, "python", "-c", CAPTAIN, "sh", "-c", "echo runs; cat"
        )
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as captain:
            assert captain.stdout is not None and captain.stdout.readline() == b"runs\n"
            yield captain

    def replicas(self) -> list[str]:
        """The app's containers that run."""
        return self.node.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop").split()

    def sweep(self) -> str:
        return self.node.docker(*IN_CAPTAIN, self._captain, "python", "-c", SWEEP)

    def left(self) -> list[str]:
        """Services, secrets and running containers of gates."""
        label = ("--filter", "label=flotilla.exec")
        found = [self.node.docker(*what, "-q", *label) for what in (("service", "ls"), ("secret", "ls"), ("ps",))]
        return "\n".join(found).split()


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory, image: Callable[[str], str]) -> Iterator[Swarm]:
    captain, meter = image("captain"), image("meter")
    with swarm_node(tmp_path_factory.mktemp("node")) as node:
        with subprocess.Popen([CLIENT, "save", captain, meter], stdout=subprocess.PIPE) as saved:
            load = [CLIENT, "exec", "-i", node.name, "docker", "load", "-q"]
            subprocess.run(load, stdin=saved.stdout, check=True, capture_output=True, timeout=200)
        node.docker("network", "create", "--driver", "overlay", "--attachable", "flotilla_ops")
        node.docker(
            "service", "create", "--detach", "--no-resolve-image", "--name", "flotilla_meter", meter, "sleep", "9"
        )
        with closing(Engine.from_socket(socket_of(node))) as engine:
            place = Place(engine, "flotilla", Domains.of(""), lambda said: None, list)
            keys = {"image": meter, "command": ["sleep", "1000"], "environment": {"RELEASE": "1"}}
            assert roll_out(place, parse_app("shop", keys)).why == ""
        yield Swarm(node, captain)


def test_a_command_goes_through_a_gate_and_nothing_of_that_is_left(swarm: Swarm) -> None:
    """Its input, both outputs and its exit code; what cannot be run is told as by the engine."""
    code, out, errors = swarm.entered("sh", "-c", "echo out $RELEASE; cat; echo bad >&2; exit 5", stdin=b"from here")
    assert (code, out, errors) == (5, "out 1\nfrom here", "bad\n")
    assert swarm.left() == []
    code, out, errors = swarm.entered("/no/such/program")
    assert code in (1, 126, 127) and "no such file" in out + errors
    assert swarm.left() == []


def test_a_gate_whose_captain_was_killed_ends_and_is_removed(swarm: Swarm) -> None:
    """It notices by itself; a captain that looks later takes the service and the key away."""
    with swarm.begun():
        swarm.node.docker("kill", "--signal", "KILL", "entering")
    ended = ("service", "ps", "--format", "{{.CurrentState}}", "--no-trunc")
    [gate] = swarm.node.docker("service", "ls", "-q", "--filter", "label=flotilla.exec").split()
    eventually(lambda: swarm.node.docker(*ended, gate).startswith("Complete"), 40)
    spec = json.loads(swarm.node.docker("service", "inspect", gate))[0]["Spec"]
    assert "PRIVATE" not in json.dumps(spec)
    assert swarm.sweep() == spec["Name"] and swarm.left() == []


def test_a_replica_that_goes_meanwhile_is_told_in_one_sentence(swarm: Swarm) -> None:
    """And a replica that is not there."""
    with swarm.begun() as captain:
        swarm.node.docker("kill", *swarm.replicas())
        _, errors = captain.communicate(timeout=60)
        assert captain.returncode == 137 or b"The replica ended while the command ran" in errors, errors
    assert swarm.left() == []
    swarm.node.docker("service", "scale", "--detach", "shop=0")
    eventually(lambda: not swarm.replicas(), 60)
    code, _, said = swarm.entered("true")
    assert (code, said) == (1, "captain: shop has no replica that is ready; ready are none.\n")

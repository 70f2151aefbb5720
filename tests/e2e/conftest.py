"""One node for all e2e tests: a fresh machine on which `swarm/up.sh` brings the stack up, once.

Every test leaves the stack as it found it. Logs, and the stack's state if something failed, are kept in
``build/e2e``.

``FLOTILLA_E2E_NODE=<container>`` uses a node that is already there and stays: for writing tests. That it began from
nothing is then not so, and the test of it fails. ``FLOTILLA_TEST_IS_UP=<file>`` is made once the stack is up:
``tests/run.sh`` waits for it with what needs the processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import docker_cli
from tests.docker_cli import eventually
from tests.e2e.node import ROOT, Node, Run
from tests.e2e.shop import Shop
from tests.e2e.stack import Stack

LOGS = ROOT / "build" / "e2e"


@dataclass(frozen=True)
class Before:
    """What the node held when it began."""

    commands: str
    engine_files: str


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line at once, past pytest's capture: bringing up takes minutes."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)

    return say


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    """A fresh machine with the repository on it, and nothing else."""
    try:
        docker_cli.docker("version", "--format", "{{.Server.Version}}", timeout=30)
    except (docker_cli.DockerError, OSError) as error:
        pytest.fail(f"No Docker engine answers; start one with ./tests/run.sh e2e. ({error})", pytrace=False)
    kept = os.environ.get("FLOTILLA_E2E_NODE")
    if kept:
        yield Node(LOGS, kept)
        return
    machine = Node(LOGS)
    try:
        machine.start()
        yield machine
        if request.session.testsfailed:
            machine.keep_state()
            print(f"Logs and the stack's state: {LOGS.relative_to(ROOT)}")
    finally:
        machine.remove()


@pytest.fixture(scope="session")
def before(node: Node) -> Before:
    """Taken before anything was installed."""
    return Before(
        commands=node.exec("sh", "-c", "command -v docker dockerd containerd runc || true"),
        engine_files=node.exec("find", "/var/lib/docker", "-mindepth", "1"),
    )


@pytest.fixture(scope="session")
def first_up(node: Node, before: Before, tell: Callable[[str], None]) -> Run:
    """The first ``./swarm/up.sh`` on the fresh machine."""
    node.copy_repository()
    tell("")
    run = node.up(tell=tell)
    if run.exit_code != 0:
        pytest.fail(f"up.sh failed with exit code {run.exit_code}:\n{run.output[-4000:]}", pytrace=False)
    tell(f"up.sh took {run.seconds:.0f} s")
    if marker := os.environ.get("FLOTILLA_TEST_IS_UP"):
        Path(marker).touch()
    return run


@pytest.fixture(scope="session")
def the_stack(node: Node, first_up: Run) -> Iterator[Stack]:
    stack = Stack(node)
    assert stack.token.startswith("fl_")  # made now, while nothing is away
    yield stack
    stack.close_probe()
    stack.edge.close()


@pytest.fixture
def stack(the_stack: Stack) -> Stack:
    """The stack, up and healthy whatever the test before it did."""
    if not the_stack.names():
        run = the_stack.node.up(log="up-again.log")
        assert run.exit_code == 0, run.output[-4000:]
    the_stack.wait_healthy()
    return the_stack


@pytest.fixture
def shop(stack: Stack) -> Iterator[Shop]:
    shop = Shop(stack)
    try:
        yield shop
    finally:
        if shop.is_made():
            shop.captain("remove", "shop")
        eventually(lambda: not stack.container_ids("shop"), 60)

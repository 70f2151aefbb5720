"""One node for all e2e tests: a fresh machine on which `swarm/up.sh` brings the stack up, once.

Every test leaves the stack as it found it. Logs, and the stack's state if something failed, are kept in
``build/e2e``.

``FLOTILLA_E2E_NODE=<container>`` uses a node that is already there and stays: for writing tests. That it began from
nothing is then not so, and the test of it fails. ``FLOTILLA_E2E_SHARE=first`` or ``second`` runs a part of the files:
``tests/run.sh`` runs both side by side, each on a machine of its own. ``FLOTILLA_TEST_QUIET=<file>`` is there once
nothing else runs any more: what needs the processors waits for it.
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
from tests.e2e.stack import Stack

SHARE = os.environ.get("FLOTILLA_E2E_SHARE", "")
LOGS = ROOT / "build" / "e2e" / SHARE
FIRST = ("test_deadline", "test_doors", "test_kill", "test_rollout", "test_up")
"""Files of the first share, which takes about as long as the second, of all others."""
LOUD = ("test_abuse", "test_spike")
"""Files whose load is as much as the processors can take: the last ones of the second share."""
QUIET_SECONDS = 3600


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is of the other share."""
    if SHARE not in ("", "first", "second"):
        raise pytest.UsageError(f"FLOTILLA_E2E_SHARE is {SHARE!r}: first, second, or nothing for all.")
    if SHARE:
        others = [item for item in items if (item.path.stem in FIRST) != (SHARE == "first")]
        items[:] = [item for item in items if item not in others]
        items.sort(key=lambda item: item.path.stem in LOUD)
        config.hook.pytest_deselected(items=others)


@pytest.fixture(scope="module", autouse=True)
def quiet(request: pytest.FixtureRequest) -> None:
    """Nothing else is run beside what needs the processors."""
    marker = os.environ.get("FLOTILLA_TEST_QUIET")
    if marker and request.path.stem in LOUD:
        eventually(Path(marker).exists, seconds=QUIET_SECONDS, pause=1)


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

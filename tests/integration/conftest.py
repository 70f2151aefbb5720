"""Fixtures of the integration tests: real servers in our images, through the docker command line.

Addresses on the host's bridge networks are reachable from the tests directly; no port is published.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from tests import docker_cli
from tests.docker_cli import Resources

# What a shell starts in the background ignores Ctrl-C, and hands that on: a program that a test interrupts would go on.
signal.signal(signal.SIGINT, signal.default_int_handler)

LONGEST = ("test_prometheus_alerts", "test_observe_prometheus", "test_edge_limits", "test_edge_retries")
"""Files whose tests run one after the other on one processor for a minute and more: begun last, they would end last,
with nobody beside them. `tests/run.sh` hands files out in this order."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; else as they come."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    """A missing engine fails every test here; it never skips."""
    try:
        docker_cli.docker("version", "--format", "{{.Server.Version}}", timeout=30)
    except (docker_cli.DockerError, OSError) as error:
        pytest.fail(f"No Docker engine answers; start one with ./tests/run.sh integration. ({error})", pytrace=False)


@pytest.fixture(scope="session")
def docker() -> Callable[..., str]:
    """``docker(*args, stdin=None) -> str``: runs the docker CLI, raises with its stderr."""
    return docker_cli.docker


@pytest.fixture(scope="session")
def image() -> Callable[[str], str]:
    """``image("app") -> str``: the reference of one of our images, from FLOTILLA_APP_IMAGE and so on."""

    def of(name: str) -> str:
        variable = f"FLOTILLA_{name.upper()}_IMAGE"
        reference = os.environ.get(variable)
        if not reference:
            pytest.fail(
                f"{variable} is not set; run ./tests/run.sh integration, which builds the images.",
                pytrace=False,
            )
        return reference

    return of


@pytest.fixture(scope="session")
def eventually() -> Callable[..., object]:
    """``eventually(callable, seconds=30)``: the first truthy value, or AssertionError."""
    return docker_cli.eventually


@pytest.fixture
def resources() -> Iterator[Resources]:
    """Containers, networks and volumes that end with the test."""
    made = Resources()
    yield made
    made.close()


@pytest.fixture(scope="module")
def module_resources() -> Iterator[Resources]:
    """The same for a whole module: ``.run(...)``, ``.network()``, ``.volume()``."""
    made = Resources()
    yield made
    made.close()


@pytest.fixture
def network(resources: Resources) -> str:
    """The name of a fresh bridge network."""
    return resources.network()


@pytest.fixture
def volume(resources: Resources) -> str:
    """The name of a fresh volume."""
    return resources.volume()


@pytest.fixture
def run_container(resources: Resources) -> Callable[..., docker_cli.Container]:
    """``run_container(image, *args, name=, network=, env=, volumes=, command=) -> Container``."""
    return resources.run

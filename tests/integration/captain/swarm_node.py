"""A Docker host in a container with a Swarm of its own, for tests that no engine without one can run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.docker_cli import CLIENT, DockerError, docker, eventually
from tests.e2e.node import BASE, Node

_ENGINE = """
set -eu
apt-get -o Acquire::Languages=none update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io docker-cli >/dev/null
nohup setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
"""


@contextmanager
def swarm_node(logs: Path) -> Iterator[Node]:
    """One manager, with the network of apps and `BASE` as the only image. It is gone after the block."""
    node = Node(logs)
    try:
        node.start()
        node.exec("sh", "-c", _ENGINE, timeout=200)
        eventually(lambda: node.exec("sh", "-c", "docker version >/dev/null 2>&1 && echo up || :"), seconds=60)
        node.exec("docker", "load", "-q", stdin=saved(BASE))
        node.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        node.docker("network", "create", "--driver", "overlay", "flotilla_apps")
        yield node
    finally:
        with suppress(DockerError):
            node.remove()


def socket_of(node: Node) -> str:
    """Where its engine is spoken to from here."""
    pid = docker("inspect", "-f", "{{.State.Pid}}", node.name)
    return str(Path("/proc", pid, "root", "run", "docker.sock"))


def saved(image: str) -> bytes:
    """An image of this machine's, for `docker load` on the node."""
    return subprocess.run([CLIENT, "save", image], capture_output=True, check=True).stdout

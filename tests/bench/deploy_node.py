"""A Docker host with a one-node Swarm and nothing else: for what needs an engine and not the bundle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.docker_cli import eventually
from tests.e2e.node import Node

_INSTALL = """
set -eu
apt-get update -qq
packages=docker.io
if apt-cache show docker-cli >/dev/null 2>&1; then packages="docker.io docker-cli"; fi
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages iptables >/dev/null
nohup setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
"""


@contextlib.contextmanager
def swarm_node(logs: Path) -> Iterator[Node]:
    """The machine, for a block."""
    node = Node(logs)
    try:
        node.start()
        node.exec("sh", "-c", _INSTALL, timeout=300)
        eventually(lambda: node.docker("info"), seconds=60)
        node.docker("swarm", "init", "--advertise-addr", node.ip)
        yield node
    finally:
        node.remove()


def socket_of(node: Node) -> str:
    """Where this process finds the node's engine: needs root on the engine's own machine."""
    return str(Path("/proc", node._pid(), "root", "run", "docker.sock"))

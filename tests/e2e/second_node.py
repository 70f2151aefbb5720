"""One more machine in the Swarm, which has nothing but an engine and, as docs/operations.md says, the edge's image."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.docker_cli import CLIENT, DockerError, eventually
from tests.e2e.node import ROOT, Node
from tests.e2e.stack import Stack

INSTALL = """
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io docker-cli iptables >/tmp/apt.log 2>&1 ||
    { tail -n 5 /tmp/apt.log >&2; exit 1; }
nohup setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
"""


@contextmanager
def second_node(stack: Stack) -> Iterator[Node]:
    """A worker, for a block; then the Swarm is as it was."""
    first, second = stack.node, Node(ROOT / "build" / "e2e" / "second")
    try:
        second.start()
        second.exec("sh", "-c", INSTALL, timeout=200)
        eventually(lambda: second.docker("info", "--format", "{{.ServerVersion}}"), 60)
        edge = stack.image("flotilla_edge")
        with subprocess.Popen([CLIENT, "exec", first.name, "docker", "save", edge], stdout=subprocess.PIPE) as saved:
            load = [CLIENT, "exec", "-i", second.name, "docker", "load", "-q"]
            subprocess.run(load, stdin=saved.stdout, check=True, capture_output=True, timeout=200)
        token = first.docker("swarm", "join-token", "-q", "worker")
        second.docker("swarm", "join", "--token", token, f"{first.ip}:2377")
        yield second
    finally:
        name = second.exec("hostname")
        with suppress(DockerError):
            second.docker("swarm", "leave", "--force")
        second.remove()
        with suppress(DockerError):
            eventually(lambda: first.docker("node", "rm", "--force", name), 30)

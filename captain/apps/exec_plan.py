"""Who may enter which replica from where, and what an exec gate is. Pure.

A gate (`swarm.exec_gate`) runs on the replica's node from meter's image, which every node has, and holds that node's
engine socket as meter does. It is in the network `ops`, with captain, and serves whoever has the key in its secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from captain.errors import CaptainError
from captain.labels import EXEC_LABEL
from swarm.engine_errors import SOCKET
from swarm.engine_objects import JSON, Node, Service, Task

COMES_WITHIN = timedelta(minutes=1)
"""A gate is there after two seconds; its image is on the node."""
KEY_FILE = "exec_key"
_SECOND = 10**9
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Gate:
    """One to be created: `network` and `secret` are ids, `container` the one of the node that it is for."""

    name: str
    app: str
    image: str
    network: str
    node: str
    container: str
    secret: str


def choose(app: str, tasks: Iterable[Task], number: int | None, here: str) -> Task:
    """The replica with the number; without one, the first that is on this node, or else the first.

    `CaptainError` where none is ready.
    """
    ready = sorted((task for task in tasks if task.ready), key=lambda task: (task.slot or 0, task.node_id))
    wanted = [task for task in ready if number in (None, task.slot)]
    if not wanted:
        there = ", ".join(str(task.slot) for task in ready) or "none"
        which = f"no replica {number}" if number is not None else "no replica"
        raise CaptainError(f"{app} has {which} that is ready; ready are {there}.")
    return next((task for task in wanted if task.node_id == here), wanted[0])


def closed_because(called: str, node: Node | None) -> str:
    """Why nothing can be started on the replica's node; empty where it can. `called` is the replica."""
    if node is None:
        return f"{called} was on a node that is no longer in the Swarm."
    if node.state != "ready":
        return f"{called} is on {node.hostname}, which is {node.state}: captain status shows when it is back."
    if node.availability != "active":
        return (
            f"{called} is on {node.hostname}, which takes no new tasks ({node.availability}), so that captain cannot "
            f"get there: docker node update --availability active {node.hostname}"
        )
    return ""


def not_there(called: str, where: str, tasks: Sequence[Task], last_lines: Sequence[str]) -> str:
    """Why the gate of the replica is not there yet, or no more."""
    states = [f"{task.state}: {task.error or task.message}".rstrip(": ") for task in tasks]
    why = "; ".join([*states, *last_lines]) or "the Swarm has not begun it"
    return f"{called} is on {where}, where captain could not get to it: its exec gate is not there ({why})."


def source_of(meter: Service | None, stack: str) -> str:
    """The gate's image. `CaptainError` without the service that it is of."""
    if meter is None:
        raise CaptainError(f"There is no service {stack}_meter, whose image is needed on that node: run ./swarm/up.sh")
    return meter.image


def gate_spec(gate: Gate) -> JSON:
    """The service: one task that is not started again, on that node, with nothing but the socket and its key."""
    labels = {EXEC_LABEL: gate.app}
    key = {"Name": KEY_FILE, "UID": "0", "GID": "0", "Mode": 0o400}
    container: JSON = {
        "Image": gate.image,
        "Args": ["python", "-m", "swarm.exec_gate", gate.container],
        "Labels": labels,
        "Init": True,
        "ReadOnly": True,
        "CapabilityDrop": ["ALL"],
        "StopGracePeriod": _SECOND,
        "Mounts": [{"Type": "bind", "Source": SOCKET, "Target": SOCKET}],
        "Secrets": [{"SecretID": gate.secret, "SecretName": gate.name, "File": key}],
        # What was sent to a captain that has vanished is given up after 13 s, not after a quarter of an hour.
        "Sysctls": {"net.ipv4.tcp_retries2": "5"},
        "Healthcheck": {"Test": ["NONE"]},
    }
    return {
        "Name": gate.name,
        "Labels": labels,
        "Mode": {"Replicated": {"Replicas": 1}},
        "EndpointSpec": {"Mode": "dnsrr"},
        "TaskTemplate": {
            "ContainerSpec": container,
            "Resources": {"Limits": {"NanoCPUs": _SECOND // 2, "MemoryBytes": 96 * _MEGABYTE, "Pids": 20}},
            "RestartPolicy": {"Condition": "none"},
            "Placement": {"Constraints": [f"node.id == {gate.node}"]},
            "Networks": [{"Target": gate.network}],
            "LogDriver": {"Name": "json-file", "Options": {"max-size": "1m", "max-file": "1"}},
        },
    }

"""The edge against abuse, on the real Swarm: normal clients see nothing of it, and an abuser buys no replicas."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docker_cli import SESSION, SESSION_LABEL, docker, eventually, unique_name
from tests.e2e.kills import steady
from tests.e2e.stack import API, APP, Stack

SCRIPT = Path(__file__).with_name("abuser.py")
IDLE = 10_000
SUBNETS = itertools.count(secrets.randbelow(256))
REASONS = ("rate", "slow", "malformed", "connections")
LIMITED = 'sum(flotilla_edge_limited_total{{reason="{}"}}) or vector(0)'
OPEN = "grep -c ':1F90 [0-9A-F:]* 01 ' /proc/net/tcp || true"


@dataclass(frozen=True)
class Abusers:
    """A network of this machine and the node: what comes over it has another address for the edge than the tests."""

    address: str
    """The node's."""

    @contextlib.contextmanager
    def of(self, kind: str, count: int) -> Iterator[None]:
        """So many of a kind for a block."""
        with running(self.address, kind, count):
            yield


@contextlib.contextmanager
def abusers(stack: Stack) -> Iterator[Abusers]:
    """Another address for a block."""
    name = unique_name("abusers")
    # Of the range for such tests (RFC 2544), which no engine gives out: the node's own would forbid this one.
    subnet = f"198.18.{next(SUBNETS) % 256}.0/24"
    docker("network", "create", "--label", f"{SESSION_LABEL}={SESSION}", "--subnet", subnet, name)
    try:
        docker("network", "connect", name, stack.node.name)
        try:
            found = docker(
                "inspect", "-f", f'{{{{(index .NetworkSettings.Networks "{name}").IPAddress}}}}', stack.node.name
            )
            yield Abusers(found.strip())
        finally:
            docker("network", "disconnect", "-f", name, stack.node.name)
    finally:
        docker("network", "rm", name)


@contextlib.contextmanager
def running(address: str, kind: str, count: int) -> Iterator[None]:
    """The script, from this machine, for a block."""
    process = subprocess.Popen([sys.executable, str(SCRIPT), address, "80", API, kind, str(count)])
    try:
        yield
        assert process.poll() is None, f"{kind} has ended"
    finally:
        process.kill()
        process.wait(timeout=10)


@contextlib.contextmanager
def idle_connections(stack: Stack) -> Iterator[None]:
    """Very many connections that do nothing, from an address without limits: many addresses look so to the edge."""
    with running(stack.node.ip, "idle", IDLE):
        edge = stack.container("flotilla_edge")
        eventually(lambda: int(stack.node.docker("exec", edge, "sh", "-c", OPEN)) >= IDLE * 0.95, seconds=120, pause=1)
        yield


def test_abuse_is_refused_costs_nobody_else_a_request_and_buys_no_replicas(stack: Stack) -> None:
    """A flood, slow clients, smuggled requests and 10,000 idle connections at once; normal clients beside them."""
    site = stack.new_site()
    with stack.autoscaled(hold_seconds=0, stable_seconds=10, stabilization_seconds=10):
        eventually(lambda: stack.replicas() == 2, seconds=120, pause=0.5)
        stack.wait_ready(APP, 2)
        edge, before = stack.container("flotilla_edge"), {name: limited(stack, name) for name in REASONS}
        with stack.open_load(site, rate=10) as normal:
            eventually(lambda: steady(normal), seconds=60)
            began = stack.now()
            with (
                abusers(stack) as first,
                abusers(stack) as second,
                abusers(stack) as third,
                idle_connections(stack),
                first.of("flood", 40),
                second.of("slow", 100),
                second.of("malformed", 4),
                third.of("idle", 1000),
            ):
                eventually(lambda: all(limited(stack, name) > before[name] for name in REASONS), seconds=120, pause=1)
                refused, done = limited(stack, "rate"), normal.done
                # What a limit refuses has to go on being refused; requests are what counts, not time.
                eventually(lambda: limited(stack, "rate") > refused + 1000 and normal.done > done + 100, seconds=120)
            outcome = normal.stop()
        decisions = stack.decisions(APP, began)
    assert outcome.failed == []
    assert sorted(stack.titles(site)) == sorted(outcome.acknowledged)
    assert [decision for decision in decisions if decision["written"]] == []
    assert stack.container("flotilla_edge") == edge


def test_the_same_flood_from_an_address_without_limits_buys_replicas(stack: Stack) -> None:
    """The control: what the test above would see if the limits did nothing."""
    with stack.autoscaled(hold_seconds=0, stable_seconds=10, stabilization_seconds=10):
        eventually(lambda: stack.replicas() == 2, seconds=120, pause=0.5)
        stack.wait_ready(APP, 2)
        with running(stack.node.ip, "flood", 40):
            eventually(lambda: stack.replicas() > 2, seconds=60, pause=0.5)


def limited(stack: Stack, reason: str) -> float:
    """Requests or connections that the edge refused so far, for a reason."""
    return stack.figure(LIMITED.format(reason))

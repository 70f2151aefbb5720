"""Counts set by hand on a real Swarm, which says nothing of who wrote them; and an autoscaler that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.docker_cli import eventually
from tests.e2e.outage import Outage
from tests.e2e.stack import Stack

SERVICE = "test_held"
AUTOSCALER = "flotilla_autoscaler"
LABELS = {
    "enabled": "true",
    "min": "1",
    "max": "5",
    "cpu": "0.5",
    "hold_seconds": "10",
    "stable_seconds": "5",
    "stabilization_seconds": "5",
}


@pytest.fixture(scope="module")
def idle(the_stack: Stack, outage: Outage) -> Iterator[str]:
    """A service with one replica that does nothing, and that the autoscaler has seen. Every test leaves it so."""
    stack = the_stack
    labels = [part for key, value in LABELS.items() for part in ("--label", f"flotilla.autoscale.{key}={value}")]
    stack.node.docker(
        *("service", "create", "--detach", "--name", SERVICE, "--no-resolve-image", "--limit-cpu", "0.1"),
        *("--stop-grace-period", "1s", *labels, stack.captain_image(), "sleep", "infinity"),
    )
    try:
        stack.wait_ready(SERVICE, 1)
        eventually(lambda: last(stack)["reason"] == "at_min", seconds=60)
        yield SERVICE
    finally:
        stack.node.docker("service", "rm", SERVICE)


def last(stack: Stack) -> dict[str, Any]:
    return stack.decisions(SERVICE, last=True)[-1]


def scale(stack: Stack, replicas: int) -> None:
    stack.node.docker("service", "scale", "--detach", f"{SERVICE}={replicas}")


def test_a_count_by_hand_is_held_and_then_taken_up_again(stack: Stack, idle: str) -> None:
    """`docker service scale` stands for its time, told in decision and metric; a rollback is not by hand."""
    scale(stack, 4)
    eventually(lambda: last(stack)["reason"] == "held", seconds=20)
    stack.node.docker("service", "rollback", "--detach", idle)
    eventually(lambda: (last(stack)["from"], last(stack)["reason"]) == (1, "at_min"), seconds=20)
    began = stack.now()
    scale(stack, 3)
    eventually(lambda: last(stack)["reason"] == "held", seconds=20)
    held = last(stack)
    assert (held["from"], held["to"], held["written"]) == (3, 3, False)
    assert "set by hand, until 2" in held["sentence"]
    reason = f'flotilla_autoscaler_reason{{service="{idle}",reason="held"}}'
    eventually(lambda: stack.figure(reason) == 1, seconds=10)
    eventually(lambda: stack.replicas(idle) == 1, seconds=60)
    written = [decision for decision in stack.decisions(idle, began) if decision["written"]]
    # The numbers are told to the millisecond.
    assert round(written[0]["at"], 3) >= held["numbers"]["held_until"], written


def test_a_killed_autoscaler_goes_on_as_if_it_had_not_been(stack: Stack, idle: str) -> None:
    """The new one reads back from Prometheus what the old one knew: the count set by hand stands to its end."""
    with stack.autoscaled(idle, hold_seconds=60):
        killed_while_held(stack, idle)


def killed_while_held(stack: Stack, idle: str) -> None:
    scale(stack, 3)
    eventually(lambda: last(stack)["reason"] == "held", seconds=20)
    until = last(stack)["numbers"]["held_until"]
    stack.wait_ready(idle, 3)
    # What was not scraped yet cannot be read back.
    told = f'flotilla_autoscaler_held_until_timestamp_seconds{{service="{idle}"}} offset 3s'
    eventually(lambda: stack.figure(told) == until, seconds=20, pause=0.5)
    stack.node.docker("kill", stack.container(AUTOSCALER))
    killed = stack.now()

    def again() -> dict[str, Any]:
        first = stack.decisions(idle)[0]
        assert first["at"] > killed
        return first

    first = eventually(again, seconds=60)
    assert (first["from"], first["to"], first["reason"]) == (3, 3, "held"), first
    assert first["numbers"]["held_until"] == until
    eventually(lambda: stack.replicas(idle) == 1, seconds=120)
    written = [decision for decision in stack.decisions(idle) if decision["written"]]
    assert round(written[0]["at"], 3) >= until, written

"""A service that no route leads to scales with its CPU alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docker_cli import eventually
from tests.e2e.stack import HERE, Stack

SERVICE = "test_burner"  # not of the bundle: the autoscaler serves whoever carries the labels
LABELS = {
    "enabled": "true",
    "min": "1",
    "max": "4",
    "cpu": "0.6",
    "stable_seconds": "10",
    "stabilization_seconds": "10",
}


@pytest.fixture
def burner(stack: Stack) -> Iterator[str]:
    """The service, with one replica of a fifth of a core."""
    labels = [part for key, value in LABELS.items() for part in ("--label", f"flotilla.autoscale.{key}={value}")]
    stack.node.docker(
        *("service", "create", "--detach", "--name", SERVICE, "--no-resolve-image"),
        *("--network", "flotilla_front", "--endpoint-mode", "dnsrr", "--limit-cpu", "0.2"),
        *("--stop-grace-period", "1s", *labels),
        *("--env", f"BURNER={(HERE / 'burner.py').read_text()}", stack.captain_image()),
        *("sh", "-c", 'exec python -c "$BURNER"'),
    )
    try:
        stack.wait_ready(SERVICE, 1)
        yield SERVICE
    finally:
        stack.node.docker("service", "rm", SERVICE)


def test_a_service_without_a_route_scales_on_cpu(stack: Stack, burner: str) -> None:
    """CPU above its target scales out, CPU gone scales back, for reason cpu; no demand metric exists."""
    began = stack.now()
    # Six requests a second cost 0.3 cores: half as much again as one replica may use, for some seconds.
    with stack.inside_load(["--connect", f"tasks.{burner}", "--port", "8000", "--host", burner, "--rate", "6"]):
        eventually(lambda: len(stack.ready(burner)) >= 2, seconds=90)
    eventually(lambda: stack.replicas(burner) == 1, seconds=120)
    written = [decision for decision in stack.decisions(burner, began) if decision["written"]]
    out = [decision for decision in written if decision["to"] > decision["from"]]
    back = [decision for decision in written if decision["to"] < decision["from"]]
    assert out and back, written
    assert {decision["reason"] for decision in out + back} == {"cpu"}, written
    assert all(set(decision["recommendations"]) == {"cpu"} for decision in written), written
    assert stack.prometheus(f'{{__name__=~"flotilla_edge_.*",service="{burner}"}}') == []

"""A service that no route leads to scales with its memory alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docker_cli import eventually
from tests.e2e.stack import HERE, Stack

SERVICE = "test_gatherer"
LABELS = {
    "enabled": "true",
    "min": "1",
    "max": "3",
    "memory": "0.5",
    "stable_seconds": "5",
    "stabilization_seconds": "5",
}


@pytest.fixture
def gatherer(stack: Stack) -> Iterator[str]:
    """The service, with one replica of 128 MB, of which an idle one holds a tenth."""
    labels = [part for key, value in LABELS.items() for part in ("--label", f"flotilla.autoscale.{key}={value}")]
    stack.node.docker(
        *("service", "create", "--detach", "--name", SERVICE, "--no-resolve-image"),
        *("--network", "flotilla_front", "--endpoint-mode", "dnsrr", "--limit-memory", "128M"),
        *("--stop-grace-period", "1s", *labels),
        *("--env", f"GATHERER={(HERE / 'gatherer.py').read_text()}", stack.captain_image()),
        *("sh", "-c", 'exec python -c "$GATHERER"'),
    )
    try:
        stack.wait_ready(SERVICE, 1)
        yield SERVICE
    finally:
        stack.node.docker("service", "rm", SERVICE)


def test_a_service_that_gathers_memory_scales_on_it(stack: Stack, gatherer: str) -> None:
    """Memory above its target scales out, memory given back scales back; what an idle replica holds is no demand."""
    began = stack.now()
    eventually(lambda: "memory_idle" in stack.decisions(gatherer, last=True)[-1]["numbers"], seconds=60)
    # Twice 8 MB a second, each for six seconds: three quarters of one replica's limit, beyond what it holds idle.
    with stack.inside_load(["--connect", f"tasks.{gatherer}", "--port", "8000", "--host", gatherer, "--rate", "2"]):
        eventually(lambda: len(stack.ready(gatherer)) >= 2, seconds=90)
    eventually(lambda: stack.replicas(gatherer) == 1, seconds=120)
    written = [decision for decision in stack.decisions(gatherer, began) if decision["written"]]
    out = [decision for decision in written if decision["to"] > decision["from"]]
    back = [decision for decision in written if decision["to"] < decision["from"]]
    assert out and back, written
    assert {decision["reason"] for decision in out + back} == {"memory"}, written
    assert all(0 < decision["numbers"]["memory_idle"] < 0.3 for decision in written), written
    assert stack.prometheus(f'{{__name__=~"flotilla_edge_.*",service="{gatherer}"}}') == []

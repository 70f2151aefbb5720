"""An app's figures out of a real Prometheus with the shipped configuration, over an exporter of a test's own values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from captain.apps.app_metrics import Figures
from captain.apps.metrics_command import read
from tests.integration.autoscaler.test_observe_prometheus import Scene, scene

__all__ = ["scene"]  # the fixture

SHOP = """
flotilla_edge_requests_total{service="shop"} 40
flotilla_edge_responses_total{service="shop",class="2xx"} 30
flotilla_edge_responses_total{service="shop",class="5xx"} 10
flotilla_edge_request_duration_seconds_bucket{service="shop",le="0.1"} 90
flotilla_edge_request_duration_seconds_bucket{service="shop",le="0.2"} 100
flotilla_edge_request_duration_seconds_bucket{service="shop",le="+Inf"} 100
container_cpu_usage_seconds_total{service="shop",task="t1",slot="1",node="n"} 0.1
container_cpu_usage_seconds_total{service="shop",task="t2",slot="2",node="n"} 0.3
container_spec_cpu_quota{service="shop",task="t1",slot="1",node="n"} 50000
container_spec_cpu_quota{service="shop",task="t2",slot="2",node="n"} 50000
container_spec_cpu_period{service="shop",task="t1",slot="1",node="n"} 100000
container_spec_cpu_period{service="shop",task="t2",slot="2",node="n"} 100000
container_memory_working_set_bytes{service="shop",task="t1",slot="1",node="n"} 100
container_memory_working_set_bytes{service="shop",task="t2",slot="2",node="n"} 300
container_spec_memory_limit_bytes{service="shop",task="t1",slot="1",node="n"} 400
container_spec_memory_limit_bytes{service="shop",task="t2",slot="2",node="n"} 400
flotilla_edge_requests_total{service="quiet"} 0
flotilla_edge_responses_total{service="quiet",class="2xx"} 0
flotilla_edge_responses_total{service="quiet",class="5xx"} 0
flotilla_edge_request_duration_seconds_bucket{service="quiet",le="+Inf"} 0
container_cpu_usage_seconds_total{service="quiet",task="t3",slot="1",node="n"} 0
container_memory_working_set_bytes{service="quiet",task="t3",slot="1",node="n"} 50
flotilla_edge_requests_total{service="other"} 7
"""


def test_the_figures_are_what_is_served_and_what_is_not_known_is_none(
    scene: Scene,
    eventually: Callable[..., object],
) -> None:
    """One app's alone; a true zero is a zero, nothing by nothing and a fraction of no limit are not."""
    scene.serve(SHOP)
    url = f"http://{scene.server.ip}:9090"
    found = Figures()

    def settled() -> bool:
        # Edge and meter are scraped at different moments, so their series fill the rates' window one after the other.
        nonlocal found
        found = read(url, "shop")
        requests, cpu = pytest.approx(40, rel=0.05), pytest.approx(0.4, rel=0.05)
        return found.requests_per_second == requests and found.cpu == cpu

    eventually(settled, 60)
    assert found.p95_seconds == pytest.approx(0.15, rel=0.02) and found.errors == pytest.approx(0.25, rel=0.02)
    assert found.cpu_most == pytest.approx(0.6, rel=0.05)
    assert (found.memory, found.memory_most, found.memory_bytes) == (0.5, 0.75, 400)
    assert found.cpus == pytest.approx(0.4, rel=0.05) and (found.ready, found.wanted) == (None, None)
    quiet = read(url, "quiet")
    assert quiet == Figures(requests_per_second=0, cpus=0, memory_bytes=50)
    assert read(url, "gone") == Figures()

"""A real Prometheus, with the shipped configuration, scrapes an exporter whose values the test chooses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from autoscaler.config import PREFIX, parse_policy
from autoscaler.ledger import Ledger
from autoscaler.loop import Loop
from autoscaler.metrics import AutoscalerMetrics
from autoscaler.observation import Absence, Demand, Usage, WorkingSets
from autoscaler.observe import read_metrics
from autoscaler.own_queries import OwnQueries
from autoscaler.past import Asked, Past, read_past
from autoscaler.prometheus import Prometheus, PrometheusError
from autoscaler.readings import Metrics
from tests.unit.autoscaler.swarm_in_memory import Swarm

# Serves the file /tmp/metrics on the ports of edge and meter; counters and buckets in it grow by their
# value per second, so that the test writes rates and reads them back.
EXPORTER = """
import http.server, threading, time
from pathlib import Path
started = time.time()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind = {9101: ("flotilla_edge", "flotilla_autoscaler"), 9102: "container"}[self.server.server_port]
        lines = []
        for line in Path("/tmp/metrics").read_text().split("\\n"):
            if not line:
                continue
            name, value = line.rsplit(" ", 1)
            if name.startswith(kind):
                if "_total{" in name or "_bucket{" in name:
                    value = str(float(value) * (time.time() - started))
                lines.append(name + " " + value)
        body = ("\\n".join(lines) + "\\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
Path("/tmp/metrics").touch()
edge, meter = (http.server.ThreadingHTTPServer(("", port), Handler) for port in (9101, 9102))
threading.Thread(target=edge.serve_forever, daemon=True).start()
meter.serve_forever()
"""
IDLE = """
flotilla_edge_demand_seconds_total{service="idle"} 0
flotilla_edge_requests_total{service="idle"} 0
flotilla_edge_in_flight{service="idle"} 0
flotilla_edge_queued{service="idle"} 0
"""
BUSY = """
flotilla_edge_demand_seconds_total{service="busy"} 7.5
flotilla_edge_requests_total{service="busy"} 40
flotilla_edge_rejected_total{service="busy",reason="queue_full"} 2
flotilla_edge_in_flight{service="busy"} 6
flotilla_edge_queued{service="busy"} 3
container_cpu_usage_seconds_total{service="busy",task="t1",slot="1",node="n"} 0.4
container_memory_working_set_bytes{service="busy",task="t1",slot="1",node="n"} 1000
"""
NAN = """
flotilla_edge_demand_seconds_total{service="odd"} 1
flotilla_edge_requests_total{service="odd"} 1
flotilla_edge_in_flight{service="odd"} NaN
flotilla_edge_queued{service="odd"} 0
"""


@dataclass
class Scene:
    """Prometheus' client and a way to choose what is scraped."""

    prometheus: Prometheus
    exporter: Any
    server: Any
    start_exporter: Callable[[], Any]

    def serve(self, text: str) -> None:
        self.exporter.exec("sh", "-c", "cat > /tmp/next && mv /tmp/next /tmp/metrics", stdin=text)

    def restart(self) -> None:
        """Prometheus again, with the data it had; perhaps at another address."""
        self.server.start()
        self.prometheus.close()
        self.prometheus = Prometheus(f"http://{self.server.ip}:9090")

    def metrics(self) -> Metrics:
        return read_metrics(self.prometheus, OwnQueries(self.prometheus), {}, ["busy", "idle"])


@pytest.fixture
def scene(
    network: str,
    run_container: Callable[..., Any],
    image: Callable[[str], str],
    eventually: Callable[..., object],
) -> Iterator[Scene]:
    aliases = ("--network-alias", "tasks.flotilla_edge", "--network-alias", "tasks.flotilla_meter")

    def start_exporter() -> Any:
        return run_container(image("autoscaler"), *aliases, network=network, command=["python", "-c", EXPORTER])

    exporter = start_exporter()
    server = run_container(image("prometheus"), network=network)
    prometheus = Prometheus(f"http://{server.ip}:9090")
    eventually(lambda: [s for s in prometheus.query('up{job="edge"} == 1') if s.labels], 60)
    yield Scene(prometheus, exporter, server, start_exporter)
    prometheus.close()


def test_what_is_served_is_what_is_observed(scene: Scene, eventually: Callable[..., object]) -> None:
    """Rates, gauges, a true zero, a NaN, a service that is not there, with the shipped configuration."""
    scene.serve(BUSY + IDLE + NAN)
    found = scene.metrics()

    def settled() -> bool:
        # Series that appear have to be there for a few samples before their rates are whole, and edge and meter are
        # scraped at different moments. What is looked at is what was whole: on a busy machine the next may not be.
        nonlocal found
        found = scene.metrics()
        busy = found.demand.get("busy")
        whole = isinstance(busy, Demand) and busy.arrivals_per_second == pytest.approx(40, rel=0.05)
        return whole and "t1" in found.memory_bytes

    eventually(settled, 30)
    busy = found.demand["busy"]
    assert isinstance(busy, Demand)
    assert busy.concurrency == pytest.approx(7.5, rel=0.05)
    assert busy.in_system == 9
    assert busy.rejected_per_second == pytest.approx(2, rel=0.05)
    assert busy.complete
    idle = found.demand["idle"]
    assert isinstance(idle, Demand)
    assert (idle.concurrency, idle.in_system, idle.arrivals_per_second, idle.complete) == (0, 0, 0, True)
    assert found.demand["odd"] is Absence.NOT_A_NUMBER
    assert "gone" not in found.demand
    assert found.memory_bytes["t1"] == 1000
    eventually(lambda: scene.metrics().cpu_each["t1"] == pytest.approx(0.4, rel=0.05), 30)
    eventually(lambda: scene.metrics().cpu["busy"] == (pytest.approx(0.4, rel=0.05), 1), 30)
    eventually(lambda: scene.metrics().cpu_lately["busy"] == (pytest.approx(0.4, rel=0.05), 1), 30)


def test_what_was_served_is_read_back(scene: Scene, eventually: Callable[..., object]) -> None:
    """Of several services with a query for each kind of metric, and what is not there is nobody else's."""
    counts = ("replicas", "ready", "held_until_timestamp_seconds")
    scene.serve(BUSY + IDLE + "".join(f'flotilla_autoscaler_{name}{{service="busy"}} 3\n' for name in counts))
    chosen = parse_policy({PREFIX + "rps": "10", PREFIX + "memory": "0.5"})
    asked = [Asked(name, chosen, 0.5, 4000.0, 1) for name in ("busy", "idle", "gone")]
    found: dict[str, Past] = {}

    def settled() -> bool:
        found.update((one.service, past) for one, past in read_past(scene.prometheus, asked, time.time()))
        cpu = found["busy"].observations[-1][1].cpu if found["busy"].observations else None
        return isinstance(cpu, Usage) and cpu.total == pytest.approx(0.8, rel=0.05)

    eventually(settled, 60)
    at, last = found["busy"].observations[-1]
    assert 0 < time.time() - at < 10
    assert (last.replicas, last.ready, found["busy"].held_until) == (3, 3, 3.0)
    assert isinstance(last.demand, Demand)
    assert last.demand.arrivals_per_second == pytest.approx(40, rel=0.05)
    assert last.demand.concurrency == pytest.approx(7.5, rel=0.05)
    assert last.demand.in_system == 9
    assert isinstance(last.memory, WorkingSets)
    assert last.memory.each == {"t1": 0.25}
    assert found["idle"] == found["gone"] == Past()


def test_a_series_that_ends_is_stale_then_missing_and_never_zero(
    scene: Scene, eventually: Callable[..., object]
) -> None:
    """The edge goes on without this service: what was there is not taken for nothing to do."""
    scene.serve(BUSY + IDLE)
    eventually(lambda: isinstance(scene.metrics().demand.get("busy"), Demand), 30)
    scene.serve(IDLE)
    seen: list[object] = []

    def gone() -> bool:
        seen.append(scene.metrics().demand.get("busy"))
        return seen[-1] is None

    eventually(gone, 60)
    assert Absence.STALE in seen
    # Half of it: an answer that took a tenth of a second longer than the one before is a tenth of a rate.
    assert not any(isinstance(one, Demand) and one.concurrency < 7.5 / 2 for one in seen)
    assert isinstance(scene.metrics().demand["idle"], Demand)


def test_an_edge_that_cannot_be_scraped_makes_the_demand_partial(
    scene: Scene, eventually: Callable[..., object], docker: Callable[..., str]
) -> None:
    """It is still known by its address, and does not answer: no sum without it is complete."""
    scene.serve(BUSY)
    eventually(lambda: isinstance(scene.metrics().demand.get("busy"), Demand), 30)
    docker("kill", "--signal", "STOP", scene.exporter.name)  # "docker pause" may fail to freeze on a busy machine
    try:
        seen: list[object] = []

        def noticed() -> bool:
            seen.append(scene.metrics().demand.get("busy"))
            return isinstance(seen[-1], Demand) and not seen[-1].complete

        eventually(noticed, 20)
    finally:
        docker("kill", "--signal", "CONT", scene.exporter.name)


def test_an_edge_that_went_while_prometheus_was_away_is_not_missed(
    scene: Scene, eventually: Callable[..., object], docker: Callable[..., str]
) -> None:
    """Nothing marked the end of what it was scraped at; in its place is another, at another address."""
    scene.serve(BUSY)
    eventually(lambda: isinstance(scene.metrics().demand.get("busy"), Demand), 30)
    docker("kill", "--signal", "STOP", scene.exporter.name)
    eventually(lambda: [s for s in scene.prometheus.query('up{job="edge"} == 0') if s.labels], 30)
    scene.server.kill()
    old, scene.exporter = scene.exporter, scene.start_exporter()
    docker("rm", "-f", old.name)
    scene.serve(BUSY)
    scene.restart()

    def complete() -> bool:
        busy = scene.metrics().demand["busy"]
        return isinstance(busy, Demand) and busy.complete

    eventually(complete, 60)
    assert [s for s in scene.prometheus.query('up{job="edge"} == 0') if s.labels], "the old one is still shown"


def test_a_prometheus_that_is_away_is_an_error(scene: Scene) -> None:
    """Not an empty answer; and quickly enough for a tick."""
    began = time.monotonic()
    nowhere = Prometheus("http://127.0.0.1:1")
    with pytest.raises(PrometheusError, match="does not answer"):
        read_metrics(nowhere, OwnQueries(nowhere), {})
    with pytest.raises(PrometheusError, match="refused the query"):
        scene.prometheus.query("not a query(")
    assert time.monotonic() - began < 30


def test_prometheus_away_at_the_peak_releases_nothing_until_it_is_back(
    scene: Scene, eventually: Callable[..., Any]
) -> None:
    """It dies at the peak and the load drops: the count stays. Back again, a whole window later, the replicas go."""
    swarm, ledger, windows = Swarm(), Ledger(), {"stable_seconds": "3", "stabilization_seconds": "5"}
    # In the middle of what four take: on a busy machine a rate over some seconds is off by a tenth.
    swarm.add("busy", 2, enabled="true", rps="11", **windows)
    loop = Loop(swarm, lambda *_: scene.metrics(), ledger, AutoscalerMetrics())

    def tick() -> int | None:
        assert loop.tick(time.time())
        return swarm.found["busy"].replicas

    scene.serve(BUSY)
    eventually(lambda: tick() == 4, 30, 0.5)
    # Seen for longer than the windows, so that only what is missing keeps the replicas from now on.
    peak = time.time()
    eventually(lambda: tick() and time.time() - peak > 6, 30, 0.5)
    scene.server.kill()
    scene.serve(BUSY.replace(" 40\n", " 5\n"))
    away = time.time()
    eventually(lambda: tick() and time.time() - away > 11, 30, 0.5)
    assert swarm.found["busy"].replicas == 4
    assert ledger.latest("busy")[0].reason == "missing_data"
    scene.restart()
    back = time.time()
    eventually(lambda: tick() == 1, 60, 0.5)
    released = next(entry for entry in ledger.entries("busy", away) if entry.written)
    assert released.at - back >= 5

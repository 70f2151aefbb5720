"""Prometheus as the stack runs it: what it scrapes it finds by Swarm's names, within seconds."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.docker_cli import Container, Resources, eventually

HARDENED = ("--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp")
SERIES = """\
flotilla_edge_requests_total{service="flotilla_app"} 7
process_resident_memory_bytes 1
go_goroutines 3
"""


@pytest.fixture
def edge(resources: Resources, image: Callable[[str], str], network: str, tmp_path: Path) -> Callable[[], Container]:
    """Starts a stand-in for one edge: a server with one page of metrics under the edge's name."""
    (tmp_path / "metrics").write_text(SERIES)
    tmp_path.chmod(0o755)

    def start() -> Container:
        return resources.run(
            image("meter"),
            name="tasks.flotilla_edge",
            network=network,
            volumes=[f"{tmp_path}:/pages:ro"],
            command=["python", "-m", "http.server", "9101", "--directory", "/pages"],
        )

    return start


@pytest.fixture
def prometheus(resources: Resources, image: Callable[[str], str], network: str, volume: str) -> Container:
    server = resources.run(
        image("prometheus"),
        *HARDENED,
        name="prometheus",
        network=network,
        volumes=[f"{volume}:/var/lib/prometheus"],
    )
    eventually(lambda: server.exec("healthcheck", "9090", "/-/ready") == "", 60)
    return server


def query(server: Container, expression: str) -> list[dict[str, Any]]:
    url = f"http://{server.ip}:9090/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=5) as answer:
        result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return result


def test_shipped_configuration_is_valid(docker: Callable[..., str], image: Callable[[str], str]) -> None:
    """promtool finds nothing wrong with what the image ships."""
    said = docker(
        "run", "--rm", "--entrypoint", "promtool", image("prometheus"),
        "check", "config", "--lint-fatal", "/srv/prometheus/prometheus.yml",
    )  # fmt: skip
    assert "SUCCESS" in said


def test_jobs_are_those_of_the_stack(docker: Callable[..., str], image: Callable[[str], str]) -> None:
    """Every part that has metrics is a job, scraped every second with a shorter timeout."""
    text = docker("run", "--rm", "--entrypoint", "cat", image("prometheus"), "/srv/prometheus/prometheus.yml")
    jobs = {line.split(": ")[1] for line in text.splitlines() if "job_name:" in line}
    assert jobs == {*("edge", "app", "worker", "meter", "autoscaler", "captain", "pgbouncer", "postgres", "prometheus")}
    assert "scrape_interval: 1s" in text
    assert "scrape_timeout: 900ms" in text


def test_new_targets_are_found_and_gone_ones_forgotten(prometheus: Container, edge: Callable[[], Container]) -> None:
    """A replica is scraped soon after its name says so, while the names of all other jobs do not resolve."""
    first = edge()
    eventually(lambda: len(query(prometheus, 'up{job="edge"} == 1')) == 1, 30)
    edge()
    eventually(lambda: len(query(prometheus, 'up{job="edge"} == 1')) == 2, 30)
    first.kill()
    eventually(lambda: len(query(prometheus, 'up{job="edge"}')) == 1, 30)
    assert len(query(prometheus, 'up{job="prometheus"} == 1')) == 1


def test_service_labels_survive_and_the_runtime_is_dropped(
    prometheus: Container, edge: Callable[[], Container]
) -> None:
    """What the edge says of a service stays that service's; what has no service is the edge's own."""
    edge()
    (requests,) = eventually(lambda: query(prometheus, "flotilla_edge_requests_total"), 30)
    assert requests["metric"]["service"] == "flotilla_app"
    assert requests["value"][1] == "7"
    (memory,) = query(prometheus, 'process_resident_memory_bytes{job="edge"}')
    assert memory["metric"]["service"] == "flotilla_edge"
    assert query(prometheus, "go_goroutines") == []


def test_samples_survive_an_orderly_restart(prometheus: Container, edge: Callable[[], Container]) -> None:
    """What was scraped before a stop is there after the start, and the stop ends within its grace."""
    only = edge()
    eventually(lambda: query(prometheus, "flotilla_edge_requests_total"), 30)
    only.kill()
    assert prometheus.stop(30) == 0
    prometheus.start()
    eventually(lambda: prometheus.exec("healthcheck", "9090", "/-/ready") == "", 60)
    assert query(prometheus, "count_over_time(flotilla_edge_requests_total[5m])")


@pytest.mark.parametrize("size", ["2", "GB", "two GB", "-2GB"])
def test_retention_that_is_no_size_is_refused(resources: Resources, image: Callable[[str], str], size: str) -> None:
    """A wrong size stops the start with one sentence that says what to do."""
    server = resources.run(image("prometheus"), env={"FLOTILLA_PROMETHEUS_RETENTION_SIZE": size})
    eventually(lambda: not server.running, 20)
    assert server.exit_code == 1
    assert f'FLOTILLA_PROMETHEUS_RETENTION_SIZE is "{size}"; set it to a whole number with' in server.logs()

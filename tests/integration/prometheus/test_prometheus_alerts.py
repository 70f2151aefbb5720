"""The alert rules as shipped: valid, silent over a healthy stack, and each fires when its own figure says so."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docker_cli import Container, Resources, eventually

HERE = Path(__file__).parent
SHIPPED = HERE.parents[2] / "swarm" / "prometheus" / "rules" / "flotilla.yml"
RULES = [rule for group in yaml.safe_load(SHIPPED.read_text())["groups"] for rule in group["rules"]]
JOBS = ("edge", "app", "worker", "meter", "autoscaler", "captain", "pgbouncer-exporter", "postgres-exporter")

HEALTHY = {
    8000: """\
flotilla_database_away 0
flotilla_engine_pool_wait_seconds_sum 1
flotilla_engine_pool_wait_seconds_count @growing
flotilla_captain_overview_timestamp_seconds @now
flotilla_captain_last_look_timestamp_seconds @now
flotilla_captain_tasks_wanted{service="flotilla_app"} 2
flotilla_captain_tasks_ready{service="flotilla_app"} 2
flotilla_captain_tasks_unplaceable{service="flotilla_app"} 0
flotilla_captain_rollout_seconds{service="flotilla_app"} 30
flotilla_captain_tasks_wanted{service="flotilla_migrate"} 1
flotilla_captain_tasks_ready{service="flotilla_migrate"} 1
flotilla_captain_node_ready{node="one"} 1
flotilla_captain_job_failing{app="shop",job="tidy"} 0
flotilla_captain_audit_spooled 0
""",
    9101: """\
flotilla_edge_agent_age_seconds 0.4
flotilla_edge_rejected_total{service="flotilla_app",reason="queue_full"} 7
flotilla_edge_certificate_expires_timestamp_seconds{name="localhost"} 9e9
""",
    9102: """\
flotilla_node_disk_size_bytes{node="one"} 100e9
flotilla_node_disk_free_bytes{node="one"} 11e9
flotilla_node_time_seconds{node="one"} @now
""",
    9103: """\
flotilla_autoscaler_last_tick_timestamp_seconds @now
flotilla_autoscaler_reason{service="flotilla_app",reason="steady"} 1
flotilla_autoscaler_policy_invalid{service="flotilla_app"} 0
flotilla_autoscaler_frozen_seconds{service="flotilla_app"} 45
""",
    9127: "pgbouncer_up 1\npgbouncer_pools_client_maxwait_seconds 0\n",
    9187: "pg_up 1\n",
}
UNWELL = {
    8000: """\
flotilla_database_away 1
flotilla_engine_pool_wait_seconds_sum @growing
flotilla_engine_pool_wait_seconds_count @growing
flotilla_captain_overview_timestamp_seconds @now
flotilla_captain_last_look_timestamp_seconds 1e9
flotilla_captain_tasks_wanted{service="flotilla_app"} 3
flotilla_captain_tasks_ready{service="flotilla_app"} 2
flotilla_captain_tasks_unplaceable{service="flotilla_app"} 1
flotilla_captain_rollout_seconds{service="flotilla_app"} 1000
flotilla_captain_tasks_wanted{service="flotilla_migrate"} 1
flotilla_captain_tasks_ready{service="flotilla_migrate"} 0
flotilla_captain_node_ready{node="one"} 0
flotilla_captain_job_failing{app="shop",job="tidy"} 1
flotilla_captain_audit_spooled 3
""",
    9101: """\
flotilla_edge_agent_age_seconds 11
flotilla_edge_rejected_total{service="flotilla_app",reason="queue_full"} @growing
flotilla_edge_certificate_expires_timestamp_seconds{name="localhost"} @now
""",
    9102: """\
flotilla_node_disk_size_bytes{node="one"} 100e9
flotilla_node_disk_free_bytes{node="one"} 9e9
flotilla_node_time_seconds{node="one"} 1e9
""",
    9103: """\
flotilla_autoscaler_last_tick_timestamp_seconds 1e9
flotilla_autoscaler_reason{service="flotilla_app",reason="missing_data"} 1
flotilla_autoscaler_policy_invalid{service="other"} 1
flotilla_autoscaler_frozen_seconds{service="flotilla_app"} 601
""",
    9127: "pgbouncer_up 0\npgbouncer_pools_client_maxwait_seconds 2\n",
    # 9187 is missing: a scrape that fails.
}


def promtool(resources: Resources, image: Callable[[str], str], *command: str) -> str:
    """Runs promtool in our image, beside the tests' files; what it said. Fails the test if promtool finds a fault."""
    container = resources.run(
        image("prometheus"), "--entrypoint", "promtool", volumes=[f"{HERE}:/tests:ro"], command=command
    )
    eventually(lambda: not container.running, 60)
    assert container.exit_code == 0, container.logs()
    return container.logs()


def test_the_rules_are_valid(resources: Resources, image: Callable[[str], str]) -> None:
    """promtool finds nothing wrong with the rules that the image ships, and they are those of the tree."""
    said = promtool(resources, image, "check", "rules", "--lint-fatal", "/srv/prometheus/rules/flotilla.yml")
    assert f"SUCCESS: {len(RULES)} rules found" in said


def test_the_rules_keep_their_limits_and_their_patience(resources: Resources, image: Callable[[str], str]) -> None:
    """promtool's own test of rules: silent just below each limit and before `for` is over, and firing after it."""
    assert "SUCCESS" in promtool(resources, image, "test", "rules", "/tests/alerts_test.yml")


class Stand:
    """Prometheus of our image beside the stub, and its alerts."""

    def __init__(self, server: Container, figures: Path) -> None:
        self._server = server
        self._figures = figures

    def show(self, pages: dict[int, str]) -> None:
        for port in HEALTHY:
            file = self._figures / str(port)
            if port in pages:
                file.with_suffix(".new").write_text(pages[port])
                file.with_suffix(".new").rename(file)
            else:
                file.unlink(missing_ok=True)

    def _ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://{self._server.ip}:9090/api/v1/{path}", timeout=5) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
        return data

    def firing(self) -> list[dict[str, Any]]:
        """What `/api/v1/alerts` says is firing."""
        return [alert for alert in self._ask("alerts")["alerts"] if alert["state"] == "firing"]

    def silent(self) -> bool:
        """Every rule was evaluated without an error, every job scraped, and nothing fires or is about to."""
        rules = [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]
        up = [target["health"] for target in self._ask("targets")["activeTargets"]]
        healthy = len(rules) == len(RULES) and all(rule["health"] == "ok" for rule in rules)
        return healthy and len(up) == len(JOBS) + 1 and set(up) == {"up"} and not self._ask("alerts")["alerts"]


@pytest.fixture
def stand(resources: Resources, image: Callable[[str], str], network: str, volume: str, tmp_path: Path) -> Stand:
    figures = tmp_path / "figures"
    figures.mkdir()
    rules = tmp_path / "rules.yml"
    # The rules as shipped; only the waiting is cut short.
    quick = re.sub(r"(?m)^( +for|    interval): .*$", r"\1: 1s", SHIPPED.read_text())
    assert quick.count(": 1s\n") == len(RULES) + 1
    rules.write_text(quick)
    for path in (tmp_path, figures):
        path.chmod(0o755)
    resources.run(
        image("meter"),
        *(f"--network-alias=tasks.flotilla_{job}" for job in JOBS),
        name="figures",
        network=network,
        volumes=[f"{figures}:/figures:ro", f"{HERE / 'figures_stub.py'}:/stub.py:ro"],
        command=["python", "/stub.py"],
    )
    server = resources.run(
        image("prometheus"),
        *("--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp"),
        name="prometheus",
        network=network,
        volumes=[f"{volume}:/var/lib/prometheus", f"{rules}:/srv/prometheus/rules/flotilla.yml:ro"],
    )
    made = Stand(server, figures)
    made.show(HEALTHY)
    eventually(made.silent, 90)
    return made


def test_each_rule_fires_once_and_none_over_a_healthy_stack(stand: Stand) -> None:
    """Silent at first; every rule fires by its own figures; the series being gone fires as well; then silence again."""
    names = {rule["alert"] for rule in RULES}
    stand.show(UNWELL)
    firing: list[dict[str, Any]] = []

    def all_fire() -> bool:
        """Every rule; and the pools' both, of which one counts waiting and the other needs two scrapes for a rate."""
        firing[:] = stand.firing()
        waiting = {alert["labels"]["job"] for alert in firing if alert["labels"]["alertname"] == "PoolWaits"}
        return {alert["labels"]["alertname"] for alert in firing} == names and {"app", "pgbouncer"} <= waiting

    eventually(all_fire, 60)
    for alert in firing:
        assert "<no value>" not in json.dumps(alert["annotations"]), alert
        assert not re.search(r"\{\{|error", json.dumps(alert["annotations"])), alert
    by_name = {alert["labels"]["alertname"]: alert for alert in firing}
    assert by_name["ScrapeDown"]["labels"]["job"] == "postgres"
    assert by_name["NoPlacement"]["annotations"]["summary"] == "1 tasks of flotilla_app fit on no node."
    assert by_name["DiskNearlyFull"]["annotations"]["summary"] == "Docker's disk on one has 9% left."

    stand.show({port: page for port, page in HEALTHY.items() if port not in (8000, 9103)})
    absent = {"ScrapeDown", "AutoscalerStale", "CaptainStale"}
    eventually(lambda: {alert["labels"]["alertname"] for alert in stand.firing()} == absent, 90)
    stand.show(HEALTHY)
    eventually(stand.silent, 60)

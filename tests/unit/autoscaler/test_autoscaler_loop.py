from __future__ import annotations

import gc
import json
import logging
import re
from dataclasses import replace

import pytest

from autoscaler.ledger import Ledger
from autoscaler.loop import REPEAT_SECONDS, JsonLines
from autoscaler.prometheus import PrometheusError
from autoscaler.readings import Metrics
from autoscaler.server import route
from tests.unit.autoscaler.followed import Followed
from tests.unit.autoscaler.swarm_in_memory import NOW


@pytest.fixture
def followed() -> Followed:
    return Followed()


def test_a_tick_writes_what_was_decided(followed: Followed) -> None:
    """Two replicas at ten a second each, fifty arrive: five, written once."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    assert followed.tick(app=50)
    assert followed.tick(app=50)
    assert followed.swarm.writes == [("app", 5)]
    [entry, _] = followed.ledger.entries("app")
    assert (entry.replicas, entry.desired, entry.written, entry.reason) == (2, 5, True, "rps")
    assert entry.sentence == "app: 2→5 replicas, rps, 2.5× target"


def test_a_conflict_is_told_and_tried_again(followed: Followed) -> None:
    """Somebody else wrote in between: nothing is lost, the next tick decides anew."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.swarm.interfere = True
    followed.tick(app=50)
    assert followed.reason("app") == "conflict"
    followed.swarm.interfere = False
    followed.tick(app=50)
    assert followed.swarm.writes == [("app", 5)]
    assert 'writes_total{outcome="conflict",service="app"} 1.0' in followed.metrics.text().decode()


def test_a_mistake_in_one_service_stops_no_other(followed: Followed) -> None:
    """A wrong label, a broken specification, a global service: the one beside them scales."""
    followed.swarm.add("wrong", 2, enabled="true", cpu="70")
    followed.swarm.add("global", 0, mode="Global", enabled="true", rps="10")
    followed.swarm.add("broken", 2, enabled="true", rps="10")
    del followed.swarm.found["broken"].spec["TaskTemplate"]
    followed.swarm.add("app", 2, enabled="true", rps="10")
    assert followed.tick(app=50)
    assert followed.swarm.writes == [("app", 5)]
    assert (followed.reason("wrong"), followed.reason("global")) == ("invalid_policy", "untouchable")
    [wrong] = followed.ledger.latest("wrong")
    assert "flotilla.autoscale.cpu" in wrong.sentence
    assert 'failed_ticks_total{service="broken"} 1.0' in followed.metrics.text().decode()


def test_a_limit_is_needed_for_a_fraction(followed: Followed) -> None:
    """A CPU target without a CPU limit is told, not guessed."""
    followed.swarm.add("app", 2, enabled="true", cpu="0.7")
    followed.tick()
    [latest] = followed.ledger.latest("app")
    assert latest.reason == "invalid_policy"
    assert "deploy.resources.limits.cpus" in latest.sentence


def test_disabled_is_never_touched(followed: Followed) -> None:
    """`false` keeps even a number outside the bounds."""
    followed.swarm.add("app", 50, enabled="false", rps="10", max="4")
    followed.tick(app=0)
    assert followed.swarm.writes == []
    assert followed.reason("app") == "disabled"


def test_a_count_by_hand_is_held_and_told(followed: Followed) -> None:
    """Own writes are not; `docker service scale` is, in decisions and metrics; then it goes on."""
    followed.swarm.add("app", 2, enabled="true", rps="10", hold_seconds="30")
    followed.tick(app=50)
    followed.tick(app=50)
    assert followed.reason("app") == "steady"
    followed.swarm.set_replicas("app", 3, followed.swarm.found["app"].version_index)
    for _ in range(30):
        followed.tick(app=50)
        assert followed.reason("app") == "held"
    [latest] = followed.ledger.latest("app")
    assert latest.sentence == "app: 3 replicas, held, 1.7× target, set by hand, until 2023-11-14T22:13:53Z"
    assert latest.numbers == {"held_until": NOW + 33}
    assert 'flotilla_autoscaler_reason{reason="held",service="app"} 1.0' in followed.metrics.text().decode()
    followed.tick(app=50)
    assert followed.swarm.writes == [("app", 5), ("app", 3), ("app", 5)]


def test_the_end_of_a_hold_is_one_number(followed: Followed) -> None:
    """In metrics as in decisions: a program that starts reads it back from the former and tells it in the latter."""
    followed.now += 0.1234567
    followed.swarm.add("app", 2, enabled="true", rps="10", hold_seconds="30")
    followed.tick(app=15)
    followed.swarm.set_replicas("app", 3, followed.swarm.found["app"].version_index)
    followed.tick(app=15)
    [latest] = followed.ledger.latest("app")
    told = re.findall(
        r"^flotilla_autoscaler_held_until_timestamp_seconds\S* (\S+)$", followed.metrics.text().decode(), re.M
    )
    assert [float(value) for value in told] == [latest.numbers["held_until"]]


def test_a_count_that_wins_the_race_is_held(followed: Followed) -> None:
    """Somebody scales in the moment of the autoscaler's own write: theirs stands."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.tick(app=20)
    followed.swarm.interfere = True
    followed.tick(app=50)
    assert followed.reason("app") == "conflict"
    followed.swarm.interfere = False
    followed.swarm.add("app", 3, enabled="true", rps="10")
    followed.tick(app=50)
    assert followed.reason("app") == "held"


def test_a_restarted_loop_knows_of_no_hand(followed: Followed) -> None:
    """What it finds is where it begins."""
    followed.swarm.add("app", 7, enabled="true", rps="10")
    followed.tick(app=10)
    assert followed.reason("app") == "warming_up"


def test_without_prometheus_replicas_stay(followed: Followed) -> None:
    """Missing data hold; the tick goes on, and the bounds too."""
    followed.swarm.add("app", 5, enabled="true", rps="10")
    followed.swarm.add("low", 1, enabled="true", rps="10", min="2")

    def away() -> Metrics:
        raise PrometheusError("Prometheus does not answer.")

    followed.read = away
    assert followed.tick()
    assert followed.reason("app") == "missing_data"
    assert followed.swarm.writes == [("low", 2)]


def test_without_the_engine_the_tick_fails(followed: Followed) -> None:
    """And is counted, and the next one works again."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.swarm.away = True
    assert not followed.tick(app=10)
    followed.swarm.away = False
    assert followed.tick(app=10)
    assert 'failed_ticks_total{service=""} 1.0' in followed.metrics.text().decode()


def test_nothing_is_said_twice_within_half_a_minute(followed: Followed, caplog: pytest.LogCaptureFixture) -> None:
    """One sentence per change, and one in thirty seconds while nothing changes."""
    followed.swarm.add("app", 1, enabled="true", rps="10")
    with caplog.at_level(logging.INFO, "autoscaler"):
        for _ in range(int(REPEAT_SECONDS)):
            followed.tick(app=1)
        assert len(caplog.records) == 1
        followed.tick(app=1)
    assert len(caplog.records) == 2
    assert len(followed.ledger.entries("app")) == 1


def test_a_removed_service_leaves_no_series(followed: Followed) -> None:
    """Its gauges end with it."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.tick(app=50)
    del followed.swarm.found["app"]
    followed.tick()
    text = followed.metrics.text().decode()
    assert 'autoscaler_desired{service="app"}' not in text
    assert "autoscaler_reason{" not in text
    assert followed.ledger.latest("app") == []


def test_metrics_say_what_was_decided(followed: Followed) -> None:
    """Names and labels of the contract with Prometheus."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.tick(app=50)
    lines = followed.metrics.text().decode().splitlines()
    for line in (
        'flotilla_autoscaler_desired{service="app"} 5.0',
        'flotilla_autoscaler_replicas{service="app"} 2.0',
        'flotilla_autoscaler_ready{service="app"} 2.0',
        'flotilla_autoscaler_recommendation{metric="rps",service="app"} 5.0',
        'flotilla_autoscaler_reason{reason="rps",service="app"} 1.0',
        'flotilla_autoscaler_writes_total{outcome="ok",service="app"} 1.0',
        "flotilla_autoscaler_tick_duration_seconds_count 1.0",
    ):
        assert line in lines
    followed.tick(app=50)
    lines = followed.metrics.text().decode().splitlines()
    assert 'flotilla_autoscaler_reason{reason="steady",service="app"} 1.0' in lines
    assert 'flotilla_autoscaler_holds_total{reason="steady",service="app"} 1.0' in lines
    assert not any('reason="rps"' in line and "autoscaler_reason" in line for line in lines)


def test_how_long_a_rollout_freezes_a_service_is_shown(followed: Followed) -> None:
    """It grows while the rollout lasts, and is zero before and after."""

    def frozen() -> float:
        lines = followed.metrics.text().decode().splitlines()
        (line,) = [line for line in lines if line.startswith('flotilla_autoscaler_frozen_seconds{service="app"}')]
        return float(line.split()[-1])

    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.tick(app=20)
    assert frozen() == 0
    calm = followed.swarm.found["app"]
    followed.swarm.found["app"] = replace(calm, update_state="updating")
    began = followed.now
    followed.tick(app=20)
    first = followed.now
    followed.tick(app=20)
    followed.tick(app=20)
    assert followed.now > first >= began
    assert frozen() == followed.now - first
    followed.swarm.found["app"] = calm
    followed.tick(app=20)
    assert frozen() == 0


def test_a_service_is_looked_at_closely_while_its_tasks_change(followed: Followed) -> None:
    """The one that is being scaled, and no other."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.swarm.add("calm", 2, enabled="true", rps="10")
    followed.tick(app=20, calm=20)
    followed.tick(app=50, calm=20)
    followed.tick(app=50, calm=20)
    assert followed.closely == [set(), set(), {"app"}]


def test_a_tick_leaves_nothing_that_holds_on_to_itself(followed: Followed) -> None:
    """Python's collector of cycles is not asked after each tick: what a tick drops has to go without it."""
    followed.swarm.add("app", 2, enabled="true", rps="10", database="true")
    followed.swarm.add("learned", 2, enabled="true")
    followed.tick(app=20, learned=20)
    gc.collect()
    gc.disable()
    try:
        for second in range(20):
            followed.tick(app=20 + 10 * second, learned=20)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_decisions_over_http(followed: Followed) -> None:
    """Newest last, by service, since a time, and the last tick's alone."""

    def get(target: str) -> list[dict[str, object]]:
        answer = followed.get(target)
        assert (answer.status, answer.content_type) == (200, "application/json")
        found: list[dict[str, object]] = json.loads(answer.body)["decisions"]
        return found

    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.swarm.add("other", 1, enabled="true", rps="10")
    followed.tick(app=50, other=0)
    followed.tick(app=50, other=0)
    assert [entry["service"] for entry in get("/decisions")] == ["app", "other", "app"]
    assert [entry["reason"] for entry in get("/decisions?service=app")] == ["rps", "steady"]
    assert get(f"/decisions?service=app&since={followed.now}")[0]["reason"] == "steady"
    [latest] = get("/decisions?service=app&last=1")
    steps = latest.pop("steps")
    assert isinstance(steps, list)
    assert [step["stage"] for step in steps] == ["metric:rps", "largest", "final"]
    assert latest.pop("observation") == {
        "replicas": 5,
        "ready": 5,
        "arrivals_per_second": 50,
        "concurrency": 0.5,
        "in_system": 0.5,
        "rejected_per_second": 0.0,
    }
    assert latest == {
        "at": followed.now,
        "service": "app",
        "from": 5,
        "to": 5,
        "ready": 5,
        "written": False,
        "reason": "steady",
        "sentence": "app: 5 replicas, steady, 1.0× target",
        "recommendations": {"rps": 5},
        "numbers": {},
        "dry_run": False,
        "mistake": "",
    }


@pytest.mark.parametrize(
    ("target", "healthy", "status"),
    [("/healthz", True, 200), ("/healthz", False, 503), ("/metrics", True, 200), ("/", True, 404)],
)
def test_the_other_paths(target: str, healthy: bool, status: int, followed: Followed) -> None:
    """Health follows the ticks."""
    assert route(target, followed.ledger, followed.standings, followed.metrics.text, lambda: healthy).status == status


@pytest.mark.parametrize("since", ["yesterday", "nan"])
def test_since_is_a_number(since: str, followed: Followed) -> None:
    """A wrong `since` is told, not taken for everything."""
    assert followed.get(f"/decisions?since={since}").status == 400


def test_the_ledger_is_bounded() -> None:
    """The oldest go."""
    followed = Followed()
    followed.ledger = Ledger(size=3)
    followed.loop = followed.made()
    followed.swarm.add("app", 2, enabled="true", rps="10")
    for rate in (20, 40, 80, 160):
        followed.swarm.add("app", 1, enabled="true", rps="10", max="99")
        followed.tick(app=rate)
    assert [entry.desired for entry in followed.ledger.entries()] == [4, 8, 16]


def test_log_lines_are_json() -> None:
    """Time, level, sentence."""
    record = logging.LogRecord("autoscaler", logging.INFO, "", 0, "%s: 2→5", ("app",), None)
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["message"]) == ("info", "app: 2→5")

"""What labels do over ticks: a slip in one, a dry run, queries of one's own; and a loop that is started again."""

from __future__ import annotations

import json

import pytest

from autoscaler.observation import Demand, Observation, Usage
from autoscaler.past import Past
from autoscaler.readings import Metrics
from tests.unit.autoscaler.followed import Followed
from tests.unit.autoscaler.swarm_in_memory import NOW


@pytest.fixture
def followed() -> Followed:
    return Followed()


def test_the_last_right_labels_stay_in_force(followed: Followed) -> None:
    """A slip in a label is told in log, decision and API, and the service goes on being scaled as before it."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.tick(app=20)
    followed.swarm.add("app", 2, enabled="true", rps="10 per second")
    followed.tick(app=50)
    followed.tick(app=50)
    assert followed.swarm.writes == [("app", 5)]
    [latest] = followed.ledger.latest("app")
    assert "write a plain number without a unit" in latest.mistake
    assert "write a plain number without a unit" in latest.sentence
    assert json.loads(followed.get("/policy/app").body)["mistake"] == latest.mistake
    assert 'policy_invalid{service="app"} 1.0' in followed.metrics.text().decode()


def test_a_dry_run_decides_and_writes_nothing(followed: Followed) -> None:
    """Everything is told as it would be, marked as a dry run, and is never taken for a count set by hand."""
    followed.swarm.add("app", 2, enabled="true", rps="10", dry_run="true")
    for _ in range(4):
        followed.tick(app=50)
    [latest] = followed.ledger.latest("app")
    assert followed.swarm.writes == []
    assert (latest.replicas, latest.desired, latest.reason, latest.dry_run) == (2, 5, "rps", True)
    assert "It would set 5 replicas" in followed.get("/explain/app").body.decode()


def test_a_query_of_the_operators_own_scales(followed: Followed) -> None:
    """What a PromQL gives, over its target: that many replicas, for the reason `query`."""
    followed.swarm.add("app", 1, enabled="true", **{"query.backlog": "sum(jobs)", "query.backlog.target": "10"})
    followed.read = lambda: Metrics(queries={"sum(jobs)": 35.0})
    followed.tick()
    followed.tick()
    assert followed.asked[-1] == {"sum(jobs)": "sum(jobs)"}
    assert followed.swarm.writes == [("app", 4)]
    [latest] = followed.ledger.latest("app")
    assert latest.recommendations == {"query.backlog": 4}


def test_a_query_that_does_not_parse_is_a_wrong_label(followed: Followed) -> None:
    """In Prometheus' own words, and only for its service."""
    followed.swarm.add("app", 1, enabled="true", **{"query.backlog": "!", "query.backlog.target": "10"})
    followed.swarm.add("other", 2, enabled="true", rps="10")
    followed.tick(other=50)
    followed.tick(other=50)
    [latest] = followed.ledger.latest("app")
    assert latest.reason == "invalid_policy"
    assert "unexpected character" in latest.mistake
    assert ("other", 5) in followed.swarm.writes


def test_a_restarted_loop_decides_as_the_one_before_would_have(followed: Followed) -> None:
    """With what Prometheus remembers of a whole window, nothing has to be waited for."""
    seen = tuple(
        (NOW - 200 + second, Observation(5, 5, False, Demand(NOW - 200 + second, 0.1, 0.1, 20.0, 0.0, True)))
        for second in range(200)
    )
    followed.swarm.add("known", 5, enabled="true", rps="10")
    followed.swarm.add("new", 5, enabled="true", rps="10")
    followed.remembered["known"] = Past(seen)
    followed.tick(known=20, new=20)
    assert followed.swarm.writes == [("known", 3)]
    assert followed.reason("new") == "warming_up"


def test_all_services_are_read_back_together_and_once(followed: Followed) -> None:
    """One request for those that are there at the start, one for one that comes later, none for what is not scaled."""
    for name in ("one", "two"):
        followed.swarm.add(name, 2, enabled="true", rps="10")
    followed.swarm.add("off", 2, enabled="false")
    followed.swarm.add("wrong", 2, enabled="true", rps="0")
    followed.tick(one=20)
    followed.swarm.add("three", 2, enabled="true", rps="10")
    followed.swarm.add("wrong", 2, enabled="true", rps="10")
    followed.tick(one=20)
    followed.tick(one=20)
    assert followed.read_back == [["one", "two"], ["wrong", "three"]]


def test_what_had_not_to_be_learned_is_learned_from_the_past(followed: Followed) -> None:
    """Without its target a service knows at once what a replica can serve, and goes on from where it was."""
    followed.swarm.add("app", 5, enabled="true", rps="10")
    followed.tick(app=50)
    assert "capacity_rps" not in followed.ledger.latest("app")[0].numbers
    seen = tuple(
        (
            at := NOW - 200 + second,
            Observation(5, 5, False, Demand(at, 1, 1, 50.0, 0.0, True), (used := Usage(2.5, 5, 0)), cpu_lately=used),
        )
        for second in range(200)
    )
    followed.remembered["app"] = Past(seen)
    followed.swarm.add("app", 5, enabled="true")
    followed.tick(app=50)
    [latest] = followed.ledger.latest("app")
    assert latest.numbers["capacity_rps"] == pytest.approx(20.0)
    assert followed.read_back == [["app"], ["app"]]


def test_a_count_set_by_hand_outlives_a_restart(followed: Followed) -> None:
    """It stands as long as it would have, and then goes at once: the windows have filled meanwhile."""
    idle = tuple(
        (NOW - 200 + second, Observation(5, 5, False, Demand(NOW - 200 + second, 0.1, 0.1, 5.0, 0.0, True)))
        for second in range(200)
    )
    followed.swarm.add("app", 5, enabled="true", rps="10")
    followed.remembered["app"] = Past(idle, held_until=NOW + 10)
    for _ in range(9):
        followed.tick(app=5)
        assert followed.reason("app") == "held"
    followed.tick(app=5)
    followed.tick(app=5)
    assert followed.swarm.writes == [("app", 3)]


def test_who_asks_for_a_service_that_is_not_followed_is_told_which_are(followed: Followed) -> None:
    """404, with the names."""
    followed.swarm.add("app", 2, enabled="true", rps="10")
    followed.tick(app=20)
    for path in ("/policy/nothing", "/explain/nothing"):
        answer = followed.get(path)
        assert (answer.status, b"app" in answer.body) == (404, True)


def test_the_policy_says_where_each_value_comes_from(followed: Followed) -> None:
    """A label, a default, or another setting that it follows from."""
    followed.swarm.add("app", 2, enabled="true", rps="10", max="20")
    followed.tick(app=20)
    settings = json.loads(followed.get("/policy/app").body)["settings"]
    assert settings["max"] == {"value": 20, "from": "label"}
    assert settings["stable_seconds"] == {"value": 60.0, "from": "default"}
    assert settings["rps"] == {"value": 10.0, "from": "label"}


def test_a_query_that_gives_no_number_is_told_with_the_decision(followed: Followed) -> None:
    """By its name, in the sentence that an operator reads; the other metrics go on."""
    followed.swarm.add("app", 2, enabled="true", rps="10", **{"query.depth": "depth", "query.depth.target": "5"})
    followed.read = lambda: Metrics(
        demand={"app": Demand(followed.now, 0.5, 0.5, 50.0, 0.0, True)},
        query_mistakes={"depth": "it gives 3 series and has to give one"},
    )
    followed.tick()
    [latest] = followed.ledger.latest("app")
    assert latest.sentence.endswith("query.depth: it gives 3 series and has to give one")
    assert followed.swarm.writes == [("app", 5)]

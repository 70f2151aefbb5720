from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from captain.apps.app_routes import routes
from captain.apps.app_spec import AppSpec, BasicAuth
from captain.apps.app_truth import EdgeSight, Look, Stand, Word, is_ready, judge, sight_of
from captain.rollout import Written
from swarm.engine_objects import Service, Task, TaskAddress
from tests.unit.captain.app_examples import app, running

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = BEGAN + timedelta(seconds=5)
SPEC = app(http={"port": 8000, "hosts": ["shop.example.com"], "redirects": {"old.example.com": "shop.example.com"}})


def task(number: int, state: str = "running", created: datetime = BEGAN, since: datetime = BEGAN, **more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"t{number}", "service_id": "id", "node_id": "n", "slot": number, "state": state,
        "desired_state": "running" if state in ("running", "starting") else "shutdown", "state_since": since,
        "message": "", "error": "", "exit_code": None, "container_id": "", "image": "shop:2", "labels": {},
        "addresses": (TaskAddress("n1", "flotilla_apps", f"10.205.0.{number}"),), "created_at": created,
        "updated_at": since,
    }  # fmt: skip
    return Task(**(fields | more))


def sight(*ready: int, spec: AppSpec = SPEC, name: str = "edge1") -> EdgeSight:
    """An edge that routes everything, and finds these replicas ready."""
    picture = {
        "routes": [{"host": "shop.localhost", "service": "shop"}, {"host": "shop.example.com", "service": "shop"}],
        "redirects": [{"host": "old.example.com", "to": "shop.example.com"}],
        "services": [
            {"name": "shop", "replicas": [{"address": f"10.205.0.{number}", "ready": True} for number in ready]},
            {"name": "quiet", "replicas": None},
        ],
    }
    return sight_of(name, picture)


def stand(
    *tasks: Task,
    edges: tuple[EdgeSight, ...] | str = (),
    seconds: float = 5,
    steady: bool = True,
    service: Service | None = None,
    spec: AppSpec = SPEC,
) -> Stand:
    service = service or replace(running(spec, replicas=len([own for own in tasks if own.ready]) or 1))
    now = BEGAN + timedelta(seconds=seconds)
    written = Written(BEGAN, restarts_tasks=True, template=service.spec["TaskTemplate"])
    return judge(spec, Look(service, tasks, edges, now), "localhost", BEGAN, written, BEGAN if steady else None)


def test_live_is_healthy_routed_by_every_edge_and_steady() -> None:
    """All three, and not a moment before."""
    both = (task(1), task(2))
    assert stand(*both, edges=(sight(1, 2), sight(1, 2, name="edge2"))).word is Word.LIVE
    just_now = stand(*both, edges=(sight(1, 2),), steady=False)
    assert just_now.word is Word.UNDER_WAY and is_ready(just_now)


@pytest.mark.parametrize(
    ("edges", "why"),
    [
        ((sight(1, 2), sight(1, name="edge2")), "the edge edge2 finds 1 of 2 replicas ready"),
        ((sight(1, 2, 9),), "the edge edge1 still sends to a replica that is ending"),
        ((replace(sight(1, 2), services={"shop.localhost": "shop"}),), "edge1 does not know shop.example.com yet"),
        ((replace(sight(1, 2), redirects={}),), "edge1 does not know old.example.com yet"),
        ("the edge 10.201.0.9 cannot be asked: timed out", "the edge 10.201.0.9 cannot be asked: timed out"),
    ],
)  # fmt: skip
def test_one_edge_that_does_not_route_is_enough_to_wait(edges: tuple[EdgeSight, ...] | str, why: str) -> None:
    """Healthy replicas that nobody reaches are no success; at the deadline they are a failure with that reason."""
    waiting = stand(task(1), task(2), edges=edges)
    assert (waiting.word, is_ready(waiting)) == (Word.UNDER_WAY, False)
    assert waiting.why.endswith(why)
    late = stand(task(1), task(2), edges=edges, seconds=SPEC.deadline_seconds)
    assert (late.word, late.why) == (Word.FAILED, f"for {SPEC.deadline_seconds} s nothing got on: {waiting.why}")


def test_what_has_no_port_for_the_edge_needs_none() -> None:
    """A worker is live when it is healthy; one that nothing checks has to last for longer."""
    worker = replace(SPEC, http=None)
    assert stand(task(1), spec=worker, edges="no edge runs").word is Word.LIVE
    assert stand(task(1), spec=worker, seconds=4).word is Word.UNDER_WAY


def test_a_paused_rollout_has_failed_and_names_the_task_whose_log_tells_why() -> None:
    """Swarm pauses at the first replica that fails; the newest failure is the one to read."""
    old = task(1, created=BEGAN - timedelta(hours=1))
    failed = task(2, "failed", error="task: non-zero exit (3)", since=LATER)
    found = stand(old, failed, edges=(sight(1),), service=running(SPEC, update_state="paused"))
    assert (found.word, found.task) == (Word.FAILED, "t2")
    assert found.why == "its rollout is paused: task: non-zero exit (3)"


def test_a_new_app_is_given_up_after_three_tries() -> None:
    """There is no rollout that Swarm could pause; failures of an earlier time do not count."""
    early = [task(n, "failed", created=BEGAN - timedelta(hours=1), error="old") for n in (7, 8, 9)]
    crashes = [task(n, "failed", error="task: non-zero exit (3)", since=LATER) for n in (1, 2)]
    assert stand(*early, *crashes, edges=(sight(),)).word is Word.UNDER_WAY
    third = stand(
        *crashes, task(3, "rejected", error="No such image: shop:9", since=LATER + timedelta(1)), edges=(sight(),)
    )
    assert (third.word, third.why, third.task) == (Word.FAILED, "it ended 3 times: No such image: shop:9", "t3")


def test_replicas_that_are_to_go_do_not_count_as_ready() -> None:
    """While two of the release before serve, none of the new one is healthy: 0 of 2, not 2 of 2."""
    service = running(SPEC, replicas=2, update_state="updating")
    before = running(replace(SPEC, image="shop:0")).spec["TaskTemplate"]
    old = [task(number, spec=before) for number in (1, 2)]
    waiting = stand(*old, task(3, "starting", spec=service.spec["TaskTemplate"]), edges=(sight(1, 2),), service=service)
    assert (waiting.word, waiting.ready, waiting.wanted) == (Word.UNDER_WAY, 0, 2)
    assert waiting.why.startswith("0 of 2 replicas of this release are healthy")


def test_the_deadline_counts_from_the_last_replica_that_got_ready() -> None:
    """A rollout of many replicas may take long, as long as it gets on."""
    service = running(SPEC, replicas=2)
    ready = task(1, since=BEGAN + timedelta(seconds=100), spec=service.spec["TaskTemplate"])
    starting = task(2, "starting")
    assert stand(ready, starting, edges=(sight(1),), seconds=130, service=service).word is Word.UNDER_WAY
    late = stand(ready, starting, edges=(sight(1),), seconds=221, service=service)
    assert (late.word, late.why) == (
        Word.FAILED,
        "for 120 s nothing got on: 1 of 2 replicas of this release are healthy, "
        "which they are when port 8000 is listened on",
    )


def test_somebody_who_takes_it_back_is_a_failure() -> None:
    """Captain's own watch, or a person."""
    before = running(app(image="shop:0"))
    written = Written(BEGAN, True, running(SPEC).spec["TaskTemplate"])
    found = judge(SPEC, Look(before, (task(1),), (sight(1),), LATER), "localhost", BEGAN, written, None)
    assert found.word is Word.FAILED and "rolled back" in found.why


def test_what_is_no_picture_is_said() -> None:
    """An answer that is not an edge's is no sight of one."""
    for answer in (None, [], {"routes": []}, {"routes": [{}], "redirects": [], "services": []}):
        with pytest.raises(ValueError, match="it is not what an edge says"):
            sight_of("edge1", answer)


# ---- routes ------------------------------------------------------------------------------------------------


def test_the_edge_is_told_every_host_from_labels_alone() -> None:
    """Of services that captain wrote; readiness is the port where no path is named."""
    worker = running(replace(app("worker"), http=None))
    stranger = running(app("stranger"))
    stranger.spec["Labels"]["flotilla.app"] = "other"
    broken = running(app("broken"))
    broken.spec["Labels"]["flotilla.app.http"] = "{"
    found = routes(
        [worker, stranger, broken, running(SPEC), running(app("b", http={"port": 80, "readiness": "/r"}))], "localhost"
    )
    assert found == [
        {"host": "b.localhost", "service": "b", "port": 80, "readiness": "/r", "max_in_flight": 8},
        {"host": "shop.localhost", "service": "shop", "port": 8000, "readiness": "port", "max_in_flight": 8},
        {"host": "shop.example.com", "service": "shop", "port": 8000, "readiness": "port", "max_in_flight": 8},
        {"host": "old.example.com", "redirect": "shop.example.com"},
    ]


def test_no_two_routes_of_one_host_are_told() -> None:
    """An edge takes no routes with a host twice: then nobody's would change any more."""
    first, second = (app(name, http={"port": 80, "hosts": ["x.example.com"]}) for name in ("a", "b"))
    hosts = [entry["host"] for entry in routes([running(second), running(first)], "localhost")]
    assert hosts == ["a.localhost", "x.example.com", "b.localhost"]


def test_who_may_come_in_has_to_be_what_every_edge_asks_for() -> None:
    """An app is not live behind a password while an edge lets everybody in, nor without one while it still asks."""
    asks = replace(SPEC, http=replace(SPEC.http, basic_auth=BasicAuth("shop", "$6$a$b")))  # type: ignore[type-var]
    users = dict.fromkeys(("shop.localhost", "shop.example.com"), ("shop", "$6$a$b"))
    own, open_to_all = replace(sight(1), users=users), sight(1)
    assert stand(task(1), edges=(own,), spec=asks).word is Word.LIVE
    late = stand(task(1), edges=(own, open_to_all), spec=asks)
    assert late.why == "the edge edge1 does not ask for the user of shop.localhost as it is meant to yet"
    assert stand(task(1), edges=(own,)).word is Word.UNDER_WAY
    other = replace(sight(1), users=dict.fromkeys(users, ("shop", "$6$a$old")))
    assert stand(task(1), edges=(other,), spec=asks).word is Word.UNDER_WAY
    route = {"host": "a.localhost", "service": "a", "auth": {"user": "u", "hash": "h"}}
    assert sight_of("e", {"routes": [route], "redirects": [], "services": []}).users == {"a.localhost": ("u", "h")}

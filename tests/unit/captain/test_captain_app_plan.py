from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captain.apps.app_plan import Kind, as_json, plan
from captain.apps.app_releases import (
    MOST,
    config_labels,
    config_name,
    next_number,
    releases,
    to_forget,
    to_go_back_to,
    word,
)
from captain.apps.app_service import FAILED_LABEL, RELEASE_LABEL, healthcheck, service_spec, wanted_replicas
from captain.apps.app_spec import AppSpec, Http
from captain.cli.said import plan_lines
from captain.errors import CaptainError
from swarm.engine_objects import Config
from tests.unit.captain.app_examples import SURROUNDINGS, app, observed, release, running, specs


def refusal(spec: AppSpec, *others: AppSpec, **more: Any) -> str:
    with pytest.raises(CaptainError) as caught:
        plan([spec], observed(*others, **more))
    return str(caught.value)


@settings(max_examples=40)
@given(specs(), st.integers(0, 9))
def test_nothing_is_planned_where_all_is_as_wanted(spec: AppSpec, live: int) -> None:
    """For any app, at whatever count it is allowed to have."""
    service = running(spec, replicas=wanted_replicas(spec, live))
    [step] = plan([spec], observed(spec, services={spec.name: service}))
    assert (step.kind, step.changes, step.spec) == (Kind.UNCHANGED, (), None)


@settings(max_examples=40)
@given(specs("shop"), specs("shop"))
def test_what_was_planned_is_what_is_wanted(before: AppSpec, after: AppSpec) -> None:
    """Between any two: once the step's spec is written, nothing is left to do."""
    [step] = plan([after], observed(before))
    if step.spec is None:
        assert step.kind is Kind.UNCHANGED
        return
    written = replace(running(after), spec=step.spec)
    [again] = plan([after], replace(observed(after), services={"shop": written}))
    assert again.kind is Kind.UNCHANGED, again.changes


@settings(max_examples=40)
@given(specs("shop"), st.integers(0, 9), st.integers(1, 65535), st.lists(st.just("new.example.com"), max_size=1))
def test_replicas_and_routes_restart_no_task(spec: AppSpec, count: int, most: int, hosts: list[str]) -> None:
    """Whatever the app: another count, host, redirect or limit at the edge leaves its task template alone."""
    http = None if spec.http is None else replace(spec.http, hosts=tuple(hosts), max_in_flight=most, redirects={})
    wanted = replace(spec, http=http, replicas=None if spec.autoscale else count)
    [step] = plan([wanted], observed(spec))
    assert not step.restarts_tasks
    if step.spec is not None:
        assert step.spec["TaskTemplate"] == running(spec).spec["TaskTemplate"] | {"ForceUpdate": 0}


@settings(max_examples=40)
@given(specs("shop"))
def test_another_environment_rolls(spec: AppSpec) -> None:
    """It restarts tasks, and the plan says so before it is done."""
    [step] = plan([replace(spec, environment={**spec.environment, "NEW": "1"})], observed(spec))
    assert step.kind is Kind.ROLL_OUT and step.restarts_tasks
    assert step.changes == ("environment.NEW: nothing → a value",) or "environment" in step.changes[0]


def test_the_steps_and_their_words() -> None:
    """A new app, a rollout, a route, a count and nothing: what each does to running tasks."""
    old = [app("b"), app("c"), app("d", replicas=1), app("e")]
    new = [
        app("a"),
        app("b", image="shop:2"),
        app("c", http={"port": 8000, "hosts": ["c.example.com"]}),
        app("d", replicas=3),
        app("e"),
    ]
    steps = plan(new, observed(*old))
    assert [(step.kind, step.release, step.restarts_tasks) for step in steps] == [
        (Kind.CREATE, 1, False),
        (Kind.ROLL_OUT, 2, True),
        (Kind.RECONFIGURE, 2, False),
        (Kind.SCALE, 0, False),
        (Kind.UNCHANGED, 0, False),
    ]
    assert plan_lines(as_json(steps)) == [
        "a: is new; release 1",
        "    image: shop:1",
        "b: release 2; its replicas are replaced one by one, the old one going last",
        "    image: shop:1 → shop:2",
        "c: release 2; no replica is restarted",
        "    http.hosts: nothing → ['c.example.com']",
        "d: is scaled; no replica is restarted",
        "    replicas: 1 → 3",
        "e: is as wanted",
    ]
    assert as_json(steps)[1] == {
        "app": "b",
        "text": "release 2; its replicas are replaced one by one, the old one going last",
        "step": "roll_out",
        "restarts_tasks": True,
        "release": 2,
        "changes": ["image: shop:1 → shop:2"],
    }


def test_the_live_count_is_carried() -> None:
    """A rollout writes the count of now: the autoscaler's within its bounds, anybody's where the file says none."""
    scaled = app(autoscale={"min": 2, "max": 5})
    for live, carried in ((4, 4), (1, 2), (9, 5)):
        there = observed(scaled, services={"shop": running(scaled, replicas=live)})
        [step] = plan([replace(scaled, image="shop:2")], there)
        assert step.spec is not None and step.spec["Mode"]["Replicated"]["Replicas"] == carried
    unsaid = app()
    [step] = plan([replace(unsaid, image="shop:2")], observed(unsaid, services={"shop": running(unsaid, replicas=6)}))
    assert step.spec is not None and step.spec["Mode"]["Replicated"]["Replicas"] == 6


def test_two_replicas_never_share_a_volume() -> None:
    """Start-first, and paused at the first failure: captain alone goes back. With a volume, stop-first."""
    free = service_spec(app(), 1, 1, SURROUNDINGS)["UpdateConfig"]
    pinned = service_spec(app(volumes=["files:/data"]), 1, 1, SURROUNDINGS)["UpdateConfig"]
    assert (free["Order"], free["FailureAction"]) == ("start-first", "pause")
    assert (pinned["Order"], pinned["FailureAction"]) == ("stop-first", "pause")


def test_apps_find_each_other_by_caprovers_name_and_have_no_stack() -> None:
    """`srv-captain--<app>` and `<app>` in the apps' network; `captain down` and --prune do not see them."""
    spec = service_spec(app(), 3, 2, SURROUNDINGS)
    assert spec["TaskTemplate"]["Networks"] == [{"Target": "n1", "Aliases": ["srv-captain--shop", "shop"]}]
    assert not [name for name in spec["Labels"] if name.startswith("com.docker.stack")]
    assert spec["Labels"][RELEASE_LABEL] == "3"


def test_the_usual_check_asks_for_the_port() -> None:
    """In hexadecimal, as the kernel lists it; an app's own, its image's, and an app without a port have none of it."""
    check = healthcheck(app(http={"port": 8000}), has_start_interval=True)
    assert check is not None and check.test is not None and "*:1F40\\ 0A)" in check.test[1]
    assert healthcheck(app(healthcheck="image"), has_start_interval=True) is None
    assert healthcheck(replace(app(), http=None), has_start_interval=True) is None
    old = healthcheck(app(), has_start_interval=False)
    assert old is not None and old.start_interval is None and old.interval is not None and old.interval < 10**10


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"secrets": ["absent"]}, "apps.shop.secrets: there is no secret absent"),
        ({"networks": ["absent"]}, "apps.shop.networks: there is no network absent"),
        ({"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}, "/var/run/docker.sock holds the Docker socket"),
        ({"volumes": ["/run/../run/docker.sock:/s"]}, "holds the Docker socket"),
        ({"volumes": ["/:/host:ro"]}, "apps.shop.volumes: / holds the Docker socket"),
        ({"http": {"port": 80, "hosts": ["app.localhost"]}}, "app.localhost belongs to the platform"),
        ({"http": {"port": 80, "hosts": ["other.localhost"]}}, "other.localhost belongs to the app other"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(keys: dict[str, Any], said: str) -> None:
    """With what to do about it, and that nothing was changed."""
    message = refusal(app(**keys), app("other"))
    assert said in message
    assert message.endswith("Nothing was changed.")


def test_a_service_of_somebody_else_is_left_alone() -> None:
    """Its name is taken."""
    service = running(app())
    service.spec["Labels"].pop("flotilla.app")
    assert "there is a service shop of nobody captain knows" in refusal(app(), app(), services={"shop": service})


def test_two_apps_of_one_file_cannot_share_a_host() -> None:
    """Also by a redirect."""
    http = Http(80, redirects={"a.localhost": "b.example.com"})
    with pytest.raises(CaptainError, match=r"apps.b.http: a.localhost belongs to the app a"):
        plan([app("a"), replace(app("b"), http=http)], observed())


# ---- releases --------------------------------------------------------------------------------------------


def test_releases_come_back_from_the_swarms_store() -> None:
    """By app, oldest first; what is no release is no app's."""
    own = [release(app(), number) for number in (2, 10, 1)]
    configs = [
        Config(found.config_id, config_name("shop", found.number), config_labels("shop", found.number), None, data)
        for found in own
        for data in [b'{"format": 1, "note": "", "app": {"image": "shop:1"}}']
    ]
    configs.append(Config("x", "flotilla_routes", {}, None, b"..."))
    assert [found.number for found in releases(configs)["shop"]] == [1, 2, 10]
    broken = Config("y", "app.shop.3", config_labels("shop", 3), None, b"{}")
    with pytest.raises(CaptainError, match=r"docker config rm app\.shop\.3"):
        releases([broken])


@given(st.sets(st.integers(1, 60)), st.sampled_from(range(1, 61)))
def test_so_many_are_kept_and_always_the_one_that_runs(numbers: set[int], now: int) -> None:
    """Whatever there is: at most `MOST` stay, the newest of them, and what runs is among them."""
    own = [release(app(), number) for number in sorted(numbers | {now})]
    left = [found.number for found in own if found not in to_forget(own, running(app(), number=now))]
    assert len(left) == min(len(own), MOST)
    assert now in left
    forgotten = {found.number for found in own} - set(left)
    assert not forgotten or max(forgotten) < min(number for number in left if number != now)


def test_failures_do_not_push_out_what_one_could_go_back_to() -> None:
    """However often a deploy fails: the good ones stay, and the last failure, to look at."""
    own = [release(app(), number) for number in range(1, MOST + 4)]
    service = running(app(), number=3, labels={FAILED_LABEL: ",".join(str(number) for number in range(4, MOST + 4))})
    left = [found.number for found in own if found not in to_forget(own, service)]
    assert left == [1, 2, 3, *range(7, MOST + 4)]


def test_where_a_rollback_goes() -> None:
    """To the newest before what runs, but never to a release that could not be rolled out."""
    own = [release(app(), number) for number in (1, 2, 3, 4)]
    service = running(app(), number=4, labels={FAILED_LABEL: "3"})
    back = to_go_back_to(own, service)
    assert back is not None and back.number == 2
    assert to_go_back_to(own[:1], running(app(), number=1)) is None
    assert [word(found, running(app(), number=2, labels={FAILED_LABEL: "3"})) for found in own] == [
        "earlier",
        "running",
        "failed",
        "unfinished",
    ]


def test_no_number_is_given_twice() -> None:
    """Not even when its release was forgotten, or failed."""
    assert next_number([], None) == 1
    assert next_number([release(app(), 3)], running(app(), number=5, labels={FAILED_LABEL: "7,6"})) == 8

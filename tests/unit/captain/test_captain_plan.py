"""What a deploy decides: nothing for what is so already, live counts kept, changes by hand put right."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.difference import differences
from captain.errors import CaptainError
from captain.labels import LOGIN_LABEL
from captain.plan import Action, Kind, plan_service, plan_stack
from swarm.engine_objects import Service

RECORDED = Path(__file__).parents[2] / "data" / "stack-deploy"
SPECS: list[dict[str, Any]] = [
    spec
    for name in ("flotilla", "variants")
    for spec in json.loads((RECORDED / f"{name}.cli-26.1.json").read_text())["services"].values()
]
SECOND = 10**9


def spec(name: str = "flotilla_app") -> dict[str, Any]:
    return copy.deepcopy(next(found for found in SPECS if found["Name"] == name))


def live(found: dict[str, Any], update_state: str | None = None) -> Service:
    return Service("id", found["Name"], 7, found, None, update_state, "", None, None)


def with_replicas(found: dict[str, Any], count: int) -> dict[str, Any]:
    changed = copy.deepcopy(found)
    changed["Mode"]["Replicated"]["Replicas"] = count
    return changed


def as_an_engine_may_store_it(found: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same wish as another engine, client or registry would leave it."""
    chance = random.Random(seed)
    stored = copy.deepcopy(found)
    template = stored["TaskTemplate"]
    container = template["ContainerSpec"]
    if chance.random() < 0.5:
        container["Image"] += "@sha256:" + "0" * 64
        template["Placement"]["Platforms"] = [{"Architecture": "amd64", "OS": "linux"}]
    if chance.random() < 0.5:
        stored["Labels"][LOGIN_LABEL] = "0123456789ab"
    if chance.random() < 0.5:
        template["ForceUpdate"] = chance.randint(1, 9)
    if chance.random() < 0.5:
        container.setdefault("StopGracePeriod", 10 * SECOND)
        container.setdefault("DNSConfig", {})
        template.setdefault("RestartPolicy", {"Condition": "any", "Delay": 5 * SECOND, "MaxAttempts": 0})
        for key in ("UpdateConfig", "RollbackConfig"):
            rollout = stored.setdefault(key, {"Parallelism": 1})
            for name, value in (("FailureAction", "pause"), ("Monitor", 5 * SECOND), ("Order", "stop-first")):
                rollout.setdefault(name, value)
    for holder, key in (
        (container, "Env"), (container, "Mounts"), (container, "Secrets"), (template, "Networks"),
        (stored["EndpointSpec"], "Ports"),
    ):  # fmt: skip
        chance.shuffle(holder.get(key, []))
    return stored


@given(st.sampled_from(SPECS), st.integers(0, 10**6))
def test_whatever_an_engine_adds_an_unchanged_stack_is_nothing_to_do(found: dict[str, Any], seed: int) -> None:
    """Defaults, order, digests, platforms, the mark of a login and forced restarts are no difference."""
    action = plan_service(found, live(as_an_engine_may_store_it(found, seed)), {})
    assert (action.kind, action.changes) == (Kind.UNCHANGED, ())


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for key, inner in enumerate(value) for leaf in leaves(inner, (*path, key))]
    return [path]


@given(st.sampled_from(SPECS), st.data())
def test_a_change_of_anything_is_seen_and_put_right(found: dict[str, Any], data: st.DataObject) -> None:
    """Whatever single value somebody changes by hand, the plan writes the stack file's back."""
    not_the_wish = {"ForceUpdate", "Name", "Privileges"}
    path = data.draw(st.sampled_from([leaf for leaf in leaves(found) if not not_the_wish & set(leaf)]))
    changed = copy.deepcopy(found)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    value = holder[path[-1]]
    holder[path[-1]] = (
        (not value) if isinstance(value, bool) else value + 7 if isinstance(value, int | float) else f"{value}x"
    )
    if "Replicas" in path and "flotilla.autoscale.enabled" in found["Labels"]:
        return  # its count is the autoscaler's; see below
    action = plan_service(found, live(changed), {})
    assert action.kind is Kind.UPDATE
    assert action.spec is not None
    assert differences(action.spec, found) == []


@pytest.mark.parametrize(("count", "written"), [(2, None), (5, None), (12, None), (40, 12), (1, 2), (0, 2)])
def test_an_autoscaled_service_keeps_its_live_count_within_its_bounds(count: int, written: int | None) -> None:
    """min 2, max 12: a count between them stays, whoever set it; others come to the nearest bound."""
    action = plan_service(spec(), live(with_replicas(spec(), count)), {})
    if written is None:
        assert action.kind is Kind.UNCHANGED
    else:
        assert action.spec is not None
        assert action.spec["Mode"]["Replicated"]["Replicas"] == written


def test_a_new_image_carries_the_live_count_and_the_forced_restarts() -> None:
    """A deploy in the middle of a spike loses no replica."""
    wanted = spec()
    wanted["TaskTemplate"]["ContainerSpec"]["Image"] = "flotilla/app:new"
    stored = with_replicas(spec(), 9)
    stored["TaskTemplate"]["ForceUpdate"] = 3
    action = plan_service(wanted, live(stored), {})
    assert action.kind is Kind.UPDATE
    assert action.restarts_tasks
    assert [change.path for change in action.changes] == ["TaskTemplate.ContainerSpec.Image"]
    assert action.spec is not None
    assert action.spec["Mode"]["Replicated"]["Replicas"] == 9
    assert action.spec["TaskTemplate"]["ForceUpdate"] == 3


def test_a_fixed_count_is_put_right() -> None:
    """A service without autoscaling has the stack file's count."""
    action = plan_service(spec("flotilla_worker"), live(with_replicas(spec("flotilla_worker"), 0)), {})
    assert [str(change) for change in action.changes] == ["Mode.Replicated.Replicas: 0 → 1"]
    assert not action.restarts_tasks


def test_a_changed_label_restarts_nothing() -> None:
    """Service labels are no part of the task template."""
    stored = spec()
    stored["Labels"]["flotilla.autoscale.max"] = "99"
    action = plan_service(spec(), live(stored), {})
    assert action.kind is Kind.UPDATE
    assert not action.restarts_tasks


@pytest.mark.parametrize("state", ["updating", "paused", "rollback_started", "rollback_paused"])
def test_a_count_alone_is_never_written_during_a_rollout(state: str) -> None:
    """It would change what a rollback goes back to; any other difference is a new rollout."""
    stored = with_replicas(spec(), 40)
    assert plan_service(spec(), live(stored, state), {}).kind is Kind.HELD
    stored["TaskTemplate"]["ContainerSpec"]["Image"] = "old:1"
    assert plan_service(spec(), live(stored, state), {}).kind is Kind.UPDATE


def test_networks_are_compared_by_name() -> None:
    """An id and the name that it stands for are the same network."""
    stored = spec("flotilla_meter")
    stored["TaskTemplate"]["Networks"][0]["Target"] = "abc"
    wanted = spec("flotilla_meter")
    wanted["TaskTemplate"]["Networks"][0]["Target"] = "flotilla_ops"
    assert plan_service(wanted, live(stored), {"abc": "flotilla_ops"}).kind is Kind.UNCHANGED
    assert plan_service(wanted, live(stored), {"abc": "flotilla_data"}).kind is Kind.UPDATE


def test_a_change_of_mode_says_what_to_do() -> None:
    """Swarm cannot turn a replicated service into a global one."""
    stored = spec("flotilla_edge")
    stored["Mode"] = {"Replicated": {"Replicas": 1}}
    with pytest.raises(CaptainError, match="docker service rm flotilla_edge"):
        plan_service(spec("flotilla_edge"), live(stored), {})


def test_what_others_wait_for_is_created_first_and_leftovers_stay_unless_pruned() -> None:
    """postgres, pgbouncer, migrate and the edge lead; a service that left the file is kept, and said."""
    wanted = [found for found in SPECS if found["Name"].startswith("flotilla_")]
    leftover = spec("flotilla_worker")
    leftover["Name"] = "flotilla_old"

    def kinds(actions: list[Action]) -> list[tuple[str, Kind]]:
        return [(action.service, action.kind) for action in actions]

    planned = kinds(plan_stack(wanted, [live(leftover)], {}))
    assert [name for name, _ in planned[:4]] == [
        "flotilla_postgres", "flotilla_pgbouncer", "flotilla_migrate", "flotilla_edge",
    ]  # fmt: skip
    assert {kind for _, kind in planned[:-1]} == {Kind.CREATE}
    assert planned[-1] == ("flotilla_old", Kind.KEEP)
    assert kinds(plan_stack(wanted, [live(leftover)], {}, prune=True))[-1] == ("flotilla_old", Kind.REMOVE)


def test_a_write_keeps_the_mark_that_other_nodes_can_pull_the_image() -> None:
    """Swarm keeps the login with a service that is written without one; so does the mark of it."""
    stored, wanted = spec(), spec()
    stored["Labels"][LOGIN_LABEL] = "0123456789ab"
    wanted["TaskTemplate"]["ContainerSpec"]["Image"] = "127.0.0.1:5000/flotilla/app:other"
    action = plan_service(wanted, live(stored), {})
    assert action.spec is not None and action.spec["Labels"][LOGIN_LABEL] == "0123456789ab"
    assert [change.path for change in action.changes] == ["TaskTemplate.ContainerSpec.Image"]

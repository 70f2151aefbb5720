"""Carrying steps out, against a Swarm in memory whose tasks do what a test says."""

from __future__ import annotations

import copy
import threading
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from captain.apps.app_plan import Kind, plan_app, spec_over
from captain.apps.app_releases import MOST, config_data, config_labels, failed_numbers, running_number
from captain.apps.app_rollout import Outcome, Place, remove, roll_out
from captain.apps.app_service import RELEASE_LABEL
from captain.apps.app_truth import EdgeSight
from captain.apps.command_line import _rollback
from captain.apps.observe import app_service, observe
from captain.apps.outcomes import as_json
from captain.apps.scale import scale
from captain.apps.turn import turn
from captain.cli.said import outcome_lines
from captain.credentials import Domains
from captain.down import down
from captain.errors import CaptainError
from captain.labels import NAMESPACE_LABEL
from swarm.engine import Config, Container, EngineError, Network, Node, NotFound, Service, Task, TaskAddress
from tests.docker_cli import eventually
from tests.unit.captain.app_examples import app
from tests.unit.captain.memory_swarm import Swarm


class Apps(Swarm):
    """Tasks are ready at once, unless their environment has `MODE`; an update with such a task is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.made["network"]["flotilla_apps"] = Network("n1", "flotilla_apps", "overlay", "swarm", True, (), {})
        self.said: list[str] = []
        self.unrouted = ""
        self.at = self.written_at = datetime(2026, 1, 1, tzinfo=UTC)

    def nodes(self) -> list[Node]:
        return [Node("n", "n", "manager", "active", "ready", "", True, "26.1.5", 1, 1, 1, {}, {})]

    def tasks(self, service: str = "", filters: object = None) -> list[Task]:
        if not service:
            return []
        found = self.kept[service]
        template = found.spec["TaskTemplate"]
        broken = any(entry.startswith("MODE=") for entry in template["ContainerSpec"].get("Env", []))
        good = found.previous_spec["TaskTemplate"] if broken and found.previous_spec else template
        tasks = [] if broken and found.previous_spec is None else self._ready(found.id, found.replicas or 0, good)
        if broken:
            at = self.at
            tasks += [
                replace(self._ready(found.id, 1, template)[0], id=f"bad{n}", state="failed", desired_state="shutdown",
                        error="task: non-zero exit (3)", created_at=at, state_since=at)
                for n in range(1 if found.previous_spec else 3)
            ]  # fmt: skip
        return tasks

    def _ready(self, service_id: str, count: int, template: dict[str, Any]) -> list[Task]:
        at = self.written_at
        image = template["ContainerSpec"]["Image"]
        return [
            Task(f"t{n}", service_id, "n", n, "running", "running", at, "", "", None, "c", image, {},
                 (TaskAddress("n1", "flotilla_apps", f"10.205.0.{n}"),), at, at, {**template, "Runtime": "container"})
            for n in range(count)
        ]  # fmt: skip

    def update_service(self, service_id: str, version: int, spec: dict[str, Any]) -> None:
        super().update_service(service_id, version, spec)
        self.written_at = self.at
        broken = "MODE=crash" in spec["TaskTemplate"]["ContainerSpec"].get("Env", [])
        made = self.kept[spec["Name"]]
        state = "paused" if broken else "completed"
        self.kept[spec["Name"]] = replace(made, update_state=state, update_started_at=self.at)

    def roll_back(self, found: Service) -> None:
        assert found.previous_spec is not None
        self.writes.append(f"roll back {found.name}")
        self.kept[found.name] = replace(found, spec=found.previous_spec, update_state="completed")

    def remove_service(self, name: str) -> None:
        if name not in self.kept:
            raise NotFound(f"no service {name}", 404)
        super().remove_service(name)

    def set_replicas(self, name: str, count: int) -> None:
        self.scale(name, count)

    def create_config(self, name: str, data: bytes, labels: dict[str, str]) -> str:
        if name in self.made["config"]:
            raise EngineError(f"config {name} exists", 409)
        return super().create_config(name, data, labels)

    def info(self) -> dict[str, Any]:
        return {"Swarm": {"ControlAvailable": True}}

    def services(self, label: str | None = None) -> list[Service]:
        name, _, value = (label or "=").partition("=")
        return [found for found in super().services() if not name or found.labels.get(name) == value]

    def remove_network(self, network_id: str) -> None:
        name = next(name for name, found in self.made["network"].items() if found.id == network_id)
        del self.made["network"][name]

    def containers(self, label: str, all_states: bool) -> list[Container]:
        return []

    def task_lines(self, task: str, count: int) -> list[str]:
        return [f"last words of {task}"]

    def seen_by_the_edge(self) -> list[EdgeSight] | str:
        if self.unrouted:
            return self.unrouted
        hosts = {f"{name}.localhost": name for name in self.kept}
        ready = {
            name: frozenset(address.address for task in self.tasks(name) if task.ready for address in task.addresses)
            for name in self.kept
        }
        return [EdgeSight("edge1", hosts, {}, ready)]

    def place(self) -> Place:
        """Time passes when somebody waits, and only then."""
        return Place(
            self, "flotilla", Domains.of(""), self.said.append,  # type: ignore[arg-type]
            self.seen_by_the_edge, lambda: self.at, self._wait,
        )  # fmt: skip

    def _wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self._let_others()

    def apply(self, **keys: object) -> Outcome:
        return roll_out(self.place(), app(**keys))  # type: ignore[arg-type]

    def numbers(self) -> list[str]:
        return sorted(self.made["config"], key=lambda name: int(name.rpartition(".")[2]))


CRASH = {"environment": {"MODE": "crash"}}


def test_a_new_app_is_live_with_its_first_release() -> None:
    """The release is kept before the service is made, whose mark of a first release goes; again, nothing is written."""
    swarm = Apps()
    first = swarm.apply()
    assert (first.kind, first.release, first.why) == (Kind.CREATE, 1, "")
    assert swarm.writes == ["create app.shop.1", "create shop", "update shop"]
    assert swarm.said[-1] == "shop  1/1 ready"
    assert swarm.apply().kind is Kind.UNCHANGED
    assert len(swarm.writes) == 3


def test_a_release_that_crashes_is_taken_back_with_its_last_words() -> None:
    """What was written back is what ran before, to the letter, but for the note that this release failed."""
    swarm = Apps()
    swarm.apply()
    swarm.scale("shop", 3)
    before = copy.deepcopy(swarm.kept["shop"].spec)
    failed = swarm.apply(**CRASH)
    assert failed.why == "its rollout is paused: task: non-zero exit (3). It is back on release 1."
    assert failed.log == ("last words of bad0",)
    after = swarm.kept["shop"]
    assert after.spec["TaskTemplate"] == before["TaskTemplate"] and after.replicas == 3
    assert (running_number(after), failed_numbers(after)) == (1, frozenset({2}))
    assert swarm.apply(image="shop:3").release == 3, "the number is not given again"
    assert failed_numbers(swarm.kept["shop"]) == {2}, "and is remembered"


def test_a_new_app_that_crashes_leaves_nothing_behind() -> None:
    """There is no earlier release; its log is told, and it is taken away with its release."""
    swarm = Apps()
    failed = swarm.apply(**CRASH)
    assert failed.why.startswith("it ended 3 times: task: non-zero exit (3). There is no earlier release")
    assert failed.log == ("last words of bad2",) or failed.log[0].startswith("last words of bad")
    assert (swarm.kept, swarm.made["config"]) == ({}, {})


def test_healthy_and_not_routed_is_taken_back_at_the_deadline() -> None:
    """Success is never said of what nobody reaches."""
    swarm = Apps()
    swarm.apply(deadline="60s")
    swarm.unrouted = "the edge 10.201.0.9 cannot be asked: timed out"
    began = swarm.at
    failed = swarm.apply(image="shop:2", deadline="60s")
    assert failed.why.startswith("for 60 s nothing got on: the edge 10.201.0.9 cannot be asked")
    assert 60 <= (swarm.at - began).total_seconds() < 70
    assert swarm.kept["shop"].image == "shop:1"


def test_a_write_of_the_autoscaler_in_between_is_kept() -> None:
    """The count that is written is the one of that moment; the release keeps its number."""
    swarm = Apps()
    swarm.apply(autoscale={"min": 1, "max": 9})
    swarm.before_update = [lambda found: found.scale("shop", 5)]
    second = swarm.apply(image="shop:2", autoscale={"min": 1, "max": 9})
    assert (second.release, second.why) == (2, "")
    assert swarm.kept["shop"].replicas == 5
    assert swarm.numbers() == ["app.shop.1", "app.shop.2"]


def test_two_at_once_do_not_take_each_other_for_failed() -> None:
    """The second waits for the end of the first's rollout; of the same number only one is made."""
    swarm = Apps()
    swarm.apply()
    swarm.kept["shop"] = replace(swarm.kept["shop"], update_state="updating")

    def end() -> None:
        swarm.kept["shop"] = replace(swarm.kept["shop"], update_state="completed")

    nothing: list[Callable[[], None]] = [lambda: None] * 6
    swarm.meanwhile = iter([*nothing, end])
    assert swarm.apply(image="shop:2").why == ""
    assert "shop: a rollout is under way already; this one waits for its end" in swarm.said

    held = replace(swarm.configs()[0], name="app.shop.3", labels={})
    swarm.made["config"]["app.shop.3"] = held
    with pytest.raises(CaptainError, match="Others keep deploying shop: wait for their end"):
        swarm.apply(image="shop:3")


def test_who_was_overtaken_between_look_and_write_looks_again() -> None:
    """And deploys over what the other wrote, with the number after it."""
    swarm = Apps()
    swarm.apply()

    def deploy_another(found: Swarm) -> None:
        other = replace(observe(swarm, "flotilla", Domains.of("")), services=dict(swarm.kept))  # type: ignore[arg-type]
        step = plan_app(app(image="shop:other"), other)
        swarm.made["config"]["app.shop.9"] = Config("c9", "app.shop.9", config_labels("shop", 9),
                                                    None, config_data(step.app, ""))  # fmt: skip
        swarm.update_service(
            "", swarm.kept["shop"].version_index, spec_over(step.app, 9, swarm.kept["shop"], other.surroundings)
        )

    swarm.before_update = [deploy_another]
    mine = swarm.apply(image="shop:mine")
    assert (mine.release, mine.why, swarm.kept["shop"].image) == (10, "", "shop:mine")
    assert swarm.numbers() == ["app.shop.1", "app.shop.9", "app.shop.10"], "the number of the first try is free again"


def test_who_is_overtaken_after_the_write_leaves_the_other_alone() -> None:
    """A later release is not taken back by an earlier one's captain."""
    swarm = Apps()
    swarm.apply()
    swarm.unrouted = "not yet"

    def later() -> None:
        found = swarm.kept["shop"]
        spec = copy.deepcopy(found.spec)
        spec["Labels"][RELEASE_LABEL] = "7"
        swarm.kept["shop"] = replace(found, spec=spec)

    nothing: list[Callable[[], None]] = [lambda: None] * 12
    swarm.meanwhile = iter([*nothing, later])
    outcome = swarm.apply(image="shop:2")
    assert outcome.why == "release 7 took its place meanwhile. That stays."
    assert running_number(swarm.kept["shop"]) == 7


def test_so_many_releases_are_kept() -> None:
    """The oldest go once a new one is live."""
    swarm = Apps()
    for number in range(1, MOST + 4):
        assert swarm.apply(image=f"shop:{number}").release == number
    assert swarm.numbers() == [f"app.shop.{number}" for number in range(4, MOST + 4)]


def test_scaling_writes_the_number_alone() -> None:
    """And not where it is the autoscaler's, or the app is not there."""
    swarm = Apps()
    swarm.apply()
    template = copy.deepcopy(swarm.kept["shop"].spec["TaskTemplate"])
    assert scale(swarm.place(), "shop", 4).why == ""
    assert (swarm.kept["shop"].replicas, swarm.kept["shop"].spec["TaskTemplate"]) == (4, template)
    assert swarm.numbers() == ["app.shop.1"]
    with pytest.raises(CaptainError, match="There is no app ship; there is shop"):
        scale(swarm.place(), "ship", 2)
    swarm.apply(autoscale={"min": 1, "max": 9})
    with pytest.raises(CaptainError, match="The autoscaler owns the number of shop"):
        scale(swarm.place(), "shop", 2)


def test_what_was_asked_for_is_what_is_said_to_be_so() -> None:
    """The number that was scaled to, the release that was gone back to; also where it failed."""
    swarm = Apps()
    swarm.apply()
    swarm.apply(image="shop:2")
    scaled = scale(swarm.place(), "shop", 3)
    assert told([scaled])[0].startswith(
        "shop: scaling release 2 to 3 replicas is done: all are healthy and routed after "
    )
    assert told([scale(swarm.place(), "shop", 1)])[0].startswith("shop: scaling release 2 to 1 replica is done")
    assert told([swarm.apply(image="shop:2", replicas=4)])[0].startswith("shop: scaling release 2 to 4 replicas")
    said: list[str] = []
    assert _rollback(swarm.place(), Namespace(app="shop", release=None, json=False), said.append) == 0
    assert "shop: going back to release 1, as release 3, is done: it is live after " in said[-1]
    swarm.unrouted = "the edge edge1 does not know shop.localhost yet"
    failed = told([scale(swarm.place(), "shop", 5)])[0]
    assert failed.startswith("shop: scaling release 3 to 5 replicas failed after 120 s: ")
    broken = told([replace(swarm.apply(image="shop:9"), back_to=1)])[0]
    assert "shop: going back to release 1, as release 4, failed after " in broken


def told(outcomes: list[Outcome]) -> list[str]:
    return outcome_lines(as_json(outcomes))


def test_removing_takes_the_releases_along() -> None:
    """And is no error when somebody was faster."""
    swarm = Apps()
    swarm.apply()
    remove(swarm.place(), "shop")
    assert (swarm.kept, swarm.made["config"]) == ({}, {})
    with pytest.raises(CaptainError, match="There is no app shop; there is none yet"):
        app_service(observe(swarm, "flotilla", Domains.of("")), "shop")  # type: ignore[arg-type]


def test_taking_the_stack_down_leaves_apps_and_their_network() -> None:
    """They are not the stack's; without the edge nobody reaches them until it is up again."""
    swarm = Apps()
    for name in ("flotilla_apps", "flotilla_front"):
        labels = {NAMESPACE_LABEL: "flotilla"}
        swarm.made["network"][name] = Network(f"id_{name}", name, "overlay", "swarm", True, (), labels)
    swarm.apply()
    said: list[str] = []
    down(swarm, "flotilla", False, 1.0, said.append)  # type: ignore[arg-type]
    assert said == ["network flotilla_apps stays: shop is in it", "network flotilla_front removed"]
    assert "shop" in swarm.kept and set(swarm.made["network"]) == {"flotilla_apps"}


def test_without_the_stack_it_says_what_to_do() -> None:
    """The apps' network is the stack's."""
    swarm = Apps()
    swarm.made["network"].clear()
    with pytest.raises(CaptainError, match=r"There is no network flotilla_apps: run \./swarm/up\.sh"):
        swarm.apply()


def test_ten_at_once_have_their_turns(tmp_path: Path) -> None:
    """One holds the app at a time, the others say that they wait, none is lost; another app's turn is its own."""
    inside, most, done, said = [0], [0], list[int](), list[str]()

    def deploy(number: int) -> None:
        with turn(tmp_path, "shop", said.append):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            done.append(number)
            inside[0] -= 1

    with turn(tmp_path, "shop", said.append), turn(tmp_path, "other", said.append):
        threads = [threading.Thread(target=deploy, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(said) == 10, 30)
        assert done == []
    for thread in threads:
        thread.join(30)
    assert (sorted(done), most[0]) == (list(range(10)), 1)
    assert set(said) == {"shop: somebody else is at it; this waits for its turn"}

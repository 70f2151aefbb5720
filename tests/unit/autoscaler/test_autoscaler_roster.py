from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from autoscaler.roster import REFRESH_SECONDS, SERVICES_PER_LIST, Roster
from swarm.engine import Service, Task

NOW = 1_700_000_000.0


def service(name: str = "app", running: int | None = 2, version: int = 1) -> Service:
    spec = {"Name": name, "TaskTemplate": {}, "Mode": {"Replicated": {"Replicas": 2}}}
    found = Service(name, name, version, spec, None, None, "", None, None)
    return replace(found, running_tasks=running, desired_tasks=2)


def task(name: str, service_id: str = "app", state: str = "running", error: str = "", at: float = NOW - 60) -> Task:
    created, since = (datetime.fromtimestamp(moment, UTC) for moment in (at - 8, at))
    return Task(name, service_id, "n", 1, state, "running", since, "", error, None, "c", "x", {}, (), created, since)


class Engine:
    """Tasks of services, and for which of them it was asked."""

    def __init__(self, *tasks: Task) -> None:
        self.found = tasks
        self.asked: list[list[str]] = []

    def tasks(self, service: str | None = None, filters: Mapping[str, Iterable[str]] | None = None) -> list[Task]:
        assert filters is not None
        assert filters["desired-state"] == ["running"]
        wanted = list(filters["service"])
        self.asked.append(wanted)
        return [one for one in self.found if one.service_id in wanted]


def test_a_settled_service_is_listed_once() -> None:
    """Nothing changes: its tasks are known."""
    engine = Engine(task("a"), task("b"))
    roster = Roster(engine)
    for _ in range(3):
        assert [one.id for one in roster.look([service()], NOW)["app"].members] == ["a", "b"]
    assert engine.asked == [["app"]]


def test_a_change_is_seen_at_once() -> None:
    """Another version, another count of running tasks: listed again, and only that service."""
    engine = Engine(task("a"), task("b"), task("c", "other"), task("d", "other"))
    roster = Roster(engine)
    roster.look([service(), service("other")], NOW)
    roster.look([service(version=2), service("other")], NOW)
    roster.look([service(version=2, running=1), service("other")], NOW)
    assert engine.asked[1:] == [["app"], ["app"]]


def test_what_is_on_its_way_is_looked_at_every_time() -> None:
    """A task that starts, or waits for a node, may change without any count."""
    engine = Engine(task("a"), task("b", state="pending", error="no suitable node (insufficient resources)"))
    roster = Roster(engine)
    found = [roster.look([service(running=1)], NOW)["app"] for _ in range(3)]
    assert len(engine.asked) == 3
    assert [member.unplaceable for member in found[-1].members] == [False, True]


def test_another_error_of_a_waiting_task_is_not_a_full_cluster() -> None:
    """Only the scheduler's own word counts."""
    roster = Roster(Engine(task("a", state="pending", error="network is not there yet")))
    assert not roster.look([service(running=0)], NOW)["app"].members[0].unplaceable


def test_an_engine_without_counts_is_listed_every_time() -> None:
    """Nothing would show a change."""
    engine = Engine(task("a"), task("b"))
    roster = Roster(engine)
    for _ in range(2):
        roster.look([service(running=None)], NOW)
    assert len(engine.asked) == 2


def test_every_list_is_renewed_but_not_all_at_once() -> None:
    """Within the time of renewal each is listed once more, spread over its ticks."""
    services = [service(f"app-{number}") for number in range(60)]
    engine = Engine(*(task(f"{one.id}.{slot}", one.id) for one in services for slot in range(2)))
    roster = Roster(engine)
    roster.look(services, NOW)
    engine.asked.clear()
    for second in range(1, int(REFRESH_SECONDS) + 1):
        roster.look(services, NOW + second)
    assert sorted(one for asked in engine.asked for one in asked) == sorted(one.id for one in services)
    assert max(map(len, engine.asked)) < 10


def test_many_services_are_asked_for_in_portions() -> None:
    """One answer for all of them would be tens of megabytes, one address for all of them too long."""
    engine = Engine()
    Roster(engine).look([service(f"app-{number}", running=0) for number in range(SERVICES_PER_LIST + 1)], NOW)
    assert [len(asked) for asked in engine.asked] == [SERVICES_PER_LIST, 1]


def test_startup_times_are_told_once() -> None:
    """Of the tasks that have become ready since the last list; those of the first list were ready before."""
    engine = Engine(task("a"), task("b", state="starting"))
    roster = Roster(engine)
    assert roster.look([service(running=1)], NOW)["app"].startups == ()
    engine.found = (task("a"), task("b", at=NOW + 1))
    assert roster.look([service()], NOW + 1)["app"].startups == (8.0,)
    assert roster.look([service()], NOW + 2)["app"].startups == ()


def test_clocks_that_differ_make_no_negative_time() -> None:
    """A task is created by one node's clock and ready by another's."""
    engine = Engine()
    roster = Roster(engine)
    roster.look([service(running=0)], NOW)
    late = datetime.fromtimestamp(NOW + 60, UTC)
    engine.found = (replace(task("a"), created_at=late), task("b"))
    assert roster.look([service()], NOW + 1)["app"].startups == (0.0, 8.0)

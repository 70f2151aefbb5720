"""Apps whose replicas end on purpose: what their rollout says, and what of them is still missing."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from captain.apps.app_document import document
from captain.apps.app_endings import ended, is_held_up
from captain.apps.app_file import parse_app, parse_restart
from captain.apps.app_plan import Kind, plan_app
from captain.apps.app_spec import AppSpec, Restart
from captain.apps.app_truth import Look, Stand, Word, judge
from captain.apps.command_line import run
from captain.apps.outcomes import as_json
from captain.cli import said as said_of
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.look import look
from captain.rollout import Written
from captain.status import row
from swarm.engine_objects import Service, Task
from tests.unit.captain.app_examples import app, observed, running
from tests.unit.captain.test_captain_app_rollout import Apps
from tests.unit.captain.test_captain_app_truth import BEGAN, sight, task

ONCE = app("shop", http=None, restart="none")


def done(number: int, spec: AppSpec = ONCE, **more: Any) -> Task:
    """A replica of `spec` that has ended with 0."""
    return task(number, "complete", exit_code=0, spec=running(spec).spec["TaskTemplate"], **more)


def stand(*tasks: Task, spec: AppSpec = ONCE, replicas: int = 1, seconds: float = 1, state: str | None = None) -> Stand:
    service = running(spec, replicas=replicas, update_state=state)
    written = Written(BEGAN, True, service.spec["TaskTemplate"])
    edges = (sight(1),) if spec.http else ()
    return judge(
        spec, Look(service, tasks, edges, BEGAN + timedelta(seconds=seconds)), "localhost", BEGAN, written, None
    )


@pytest.mark.parametrize(
    ("word", "restart"),
    [
        ("any", Restart()),
        ("always", Restart()),
        ("unless-stopped", Restart()),
        ("on-failure", Restart("on-failure")),
        ("on-failure:5", Restart("on-failure", 5)),
        ("none", Restart("none")),
        (False, Restart("none")),
    ],
)
def test_when_a_replica_is_started_again(word: object, restart: Restart) -> None:
    """In captain's words and in compose's, whose `no` YAML takes for false; the engine is told the same."""
    spec = app(restart=word)
    assert spec.restart == restart and parse_app("shop", document(spec)) == spec
    policy = running(spec).spec["TaskTemplate"]["RestartPolicy"]
    assert (policy["Condition"], policy.get("MaxAttempts")) == (restart.condition, restart.attempts)


@pytest.mark.parametrize(
    "word", ["sometimes", "on-failure:0", "on-failure:x", "always:3", "none:1", "on-failure:-1", True]
)
def test_what_says_not_when(word: object) -> None:
    """Named with what to write; an autoscaler would start again what has ended."""
    with pytest.raises(CaptainError, match=r"apps\.shop\.restart (is '.*': write any|has to be a text)"):
        app(restart=word)
    with pytest.raises(CaptainError, match="restart is none beside autoscale"):
        app(restart="none", autoscale={"min": 1, "max": 2})
    assert parse_restart("sometimes") is None


def test_another_condition_rolls_out_and_the_plan_says_so() -> None:
    """The engine replaces the tasks for it."""
    step = plan_app(app(restart="on-failure"), observed(app()))
    assert (step.kind, step.changes) == (Kind.ROLL_OUT, ("restart: nothing → on-failure",))
    assert plan_app(app(restart="on-failure:2"), observed(app(restart="on-failure:2"))).kind is Kind.UNCHANGED


def test_a_replica_that_ended_with_0_is_as_good_as_a_healthy_one() -> None:
    """At once where all have; beside one that runs, that one has to last."""
    assert stand(done(1)).word is Word.LIVE and stand(done(1)).ended == 1
    both = stand(done(1), task(2, spec=running(ONCE).spec["TaskTemplate"]), replicas=2)
    assert (both.word, both.why, both.ready, both.ended) == (Word.UNDER_WAY, "", 1, 1)
    assert stand(done(1), replicas=2).word is Word.UNDER_WAY, "another replica is still to come"


def test_an_end_is_none_of_an_app_that_is_to_last() -> None:
    """The control: with any, an end with 0 is started again; of another release it says nothing."""
    lasting = app("shop", http=None)
    assert stand(done(1, lasting), spec=lasting).word is Word.UNDER_WAY
    assert stand(done(1, replace(ONCE, image="shop:0"))).word is Word.UNDER_WAY


def test_an_end_with_anything_else_is_a_failure() -> None:
    """None: at the first. On failure: after three, or as many as it may have."""
    failures = [task(n, "failed", error="task: non-zero exit (3)", exit_code=3) for n in (1, 2, 3)]
    once = stand(failures[0])
    assert (once.word, once.why, once.task) == (Word.FAILED, "it ended: task: non-zero exit (3)", "t1")
    again = replace(ONCE, restart=Restart("on-failure"))
    assert [stand(*failures[:n], spec=again).word for n in (1, 2, 3)] == [
        Word.UNDER_WAY, Word.UNDER_WAY, Word.FAILED,
    ]  # fmt: skip
    few = replace(ONCE, restart=Restart("on-failure", 1))
    assert [stand(*failures[:n], spec=few).word for n in (1, 2)] == [Word.UNDER_WAY, Word.FAILED]


def test_a_web_app_that_has_ended_answers_nobody() -> None:
    """Whatever it ended with: that is no success, and nothing that would come right."""
    web = app("shop", restart="on-failure")
    found = stand(done(1, web), spec=web)
    assert (found.word, found.why) == (Word.FAILED, "it ended with 0, is not started again, and answers nobody")
    assert ended(running(web), [done(1, web)]) == 0


def test_swarms_pause_after_an_early_end_is_no_failure() -> None:
    """It takes every end within five seconds for one; beside a real failure it is one."""
    held = stand(done(1), replicas=2, state="paused")
    assert (held.word, held.is_held_up) == (Word.UNDER_WAY, True)
    late = stand(done(1), replicas=2, state="paused", seconds=ONCE.deadline_seconds + 1)
    assert late.word is Word.FAILED, "where nobody can make it go on, it ends all the same"
    broken = task(2, "failed", error="boom", spec=running(ONCE).spec["TaskTemplate"])
    assert stand(done(1), broken, replicas=2, state="paused").word is Word.FAILED
    lasting = app("shop", http=None)
    assert not is_held_up(running(lasting, update_state="paused"), [done(1, lasting)])


def test_what_is_done_is_not_missing() -> None:
    """Neither for the alert over missing tasks nor in what is listed; a replica that failed is."""
    service = running(ONCE, replicas=2)
    tasks = [done(1), task(2, "failed", spec=running(ONCE).spec["TaskTemplate"])]
    figures = look([service], tasks, [], BEGAN).services["shop"]
    assert (figures.wanted, figures.ready) == (1, 0)
    assert row(service, tasks, BEGAN, None, "").rollout_note == "1 ended with 0, as they may"
    again = [done(1), replace(task(1, "failed", created=BEGAN + timedelta(1)), spec=service.spec["TaskTemplate"])]
    assert ended(service, again) == 0, "the newest of a replica counts"
    assert ended(running(ONCE, replicas=0), [done(1)]) == 0, "no more than are wanted"


class Endings(Apps):
    """Tasks of an app that may end run to their end at once, and Swarm pauses after each that is new."""

    codes: Sequence[int] = (0,)

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    def update_service(self, service_id: str, version: int, spec: dict[str, Any]) -> None:
        before = copy.deepcopy(self.kept[spec["Name"]].spec)
        super().update_service(service_id, version, spec)
        made = self.kept[spec["Name"]]
        if spec["TaskTemplate"] != before["TaskTemplate"]:
            self.told = [1]
        elif self.told:
            self.told.append(self.told[-1] + 1)
        held = bool(self.told) and self.told[-1] < (made.replicas or 0)
        self.kept[made.name] = replace(made, update_state="paused" if held else "completed")

    def tasks(self, service: str = "", filters: object = None) -> list[Task]:
        found: Service = self.kept[service or "shop"]
        new = self.told[-1] if self.told else found.replicas or 0
        template, code = found.spec["TaskTemplate"], self.codes[-1]
        state, error = ("complete", "") if code == 0 else ("failed", f"task: non-zero exit ({code})")
        ready = self._ready(found.id, min(new, found.replicas or 0), template)
        return [
            replace(own, state=state, desired_state="shutdown", error=error, exit_code=code, slot=n, created_at=self.at)
            for n, own in enumerate(ready)
        ]


def test_an_app_that_runs_once_is_deployed_when_it_has_run() -> None:
    """The outcome and the list say that it ran to its end; one that fails is taken away, with its last words."""
    swarm = Endings()
    made = swarm.apply(http=None, restart="none")
    assert (made.kind, made.why, made.ended) == (Kind.CREATE, "", 1)
    assert said_of.outcome_lines(as_json([made])) == [
        f"shop: release 1 is live after {made.seconds:.1f} s; 1 of its replicas ran to the end, with 0"
    ]
    assert as_json([made])[0]["ended"] == 1
    options = type("Options", (), {"command": "apps", "json": False, "stack": "flotilla"})()
    said: list[str] = []
    run(swarm, options, Domains.of(""), said.append)  # type: ignore[arg-type]
    assert "0/1 ready, 1 ended with 0" in said[0]
    failing = Endings()
    failing.codes = (3,)
    failed = failing.apply(http=None, restart="none")
    assert failed.why.startswith("it ended: task: non-zero exit (3). There is no earlier release")
    assert failed.log and failing.kept == {}


def test_every_replica_gets_its_turn_although_swarm_pauses_after_each() -> None:
    """Captain has it go on, by writing the same once more, until all have run."""
    swarm = Endings()
    swarm.apply(http=None, restart="none", replicas=3)
    writes = len(swarm.writes)
    second = swarm.apply(http=None, restart="none", replicas=3, image="shop:2")
    assert (second.why, second.ended, swarm.told) == ("", 3, [1, 2, 3])
    assert swarm.writes[writes:] == ["create app.shop.2", *["update shop"] * 3]
    assert swarm.kept["shop"].image == "shop:2"

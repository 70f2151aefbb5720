"""When a rollout that does not get on is rolled back, and to what."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from captain.deadline import DEADLINE_LABEL, Step, deadline_seconds, is_watched, judge
from captain.rollout import Phase, Written, service_state
from captain.stalled import end_stalled
from captain.wait import Outcome, failures, observe
from captain.watch import RolloutWatch, WatchMetrics
from swarm.engine import EngineError, OutOfSequence, Service, Task

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
OLD: dict[str, Any] = {"ContainerSpec": {"Image": "i:1"}}
NEW: dict[str, Any] = {"ContainerSpec": {"Image": "i:2"}, "Placement": {"Constraints": ["node.labels.x == y"]}}


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def spec(template: dict[str, Any], replicas: int = 3, **labels: str) -> dict[str, Any]:
    return {
        "Name": "s_app",
        "Labels": {"com.docker.stack.namespace": "s", **labels},
        "TaskTemplate": template,
        "Mode": {"Replicated": {"Replicas": replicas}},
    }


def service(state: str | None = "updating", deadline: str = "60", **changes: Any) -> Service:
    labels = {DEADLINE_LABEL: deadline}
    made = Service("id", "s_app", 7, spec(NEW, **labels), spec(OLD, **labels), state, "", BEGAN, BEGAN, BEGAN, None)
    return replace(made, **changes)


def task(template: dict[str, Any], created: float, state: str = "running", error: str = "", since: float = 0) -> Task:
    return Task(
        f"t{created}", "id", "n", 1, state, "running", at(since), "", error, None, "", "i", {}, (), at(created),
        None, template,
    )  # fmt: skip


def test_what_swarm_paused_for_captain_is_rolled_back_at_the_deadline() -> None:
    """Whoever rolled an app out may have been killed; what somebody paused by hand stays so."""
    left_to_captain = {**spec(NEW, **{DEADLINE_LABEL: "60"}), "UpdateConfig": {"FailureAction": "pause"}}
    paused = service("paused", spec=left_to_captain)
    assert [judge(paused, [], at(seconds)).step for seconds in (59, 60)] == [Step.NONE, Step.ROLL_BACK]
    assert judge(service("paused"), [], at(9999)).step is Step.NONE
    unlabelled = {**left_to_captain, "Labels": {}}
    assert judge(service("paused", spec=unlabelled), [], at(9999)).step is Step.NONE


OLD_TASKS = [task(OLD, -500), task(OLD, -500), task(OLD, -500)]
WAITING = task(NEW, 1, "pending", "no suitable node (scheduling constraints not satisfied on 1 node)", 1)


@pytest.mark.parametrize(
    ("seconds", "step"), [(0, Step.NONE), (59.9, Step.NONE), (60, Step.ROLL_BACK), (9999, Step.ROLL_BACK)]
)
def test_an_unplaceable_task_is_rolled_back_at_the_deadline(seconds: float, step: Step) -> None:
    """Not before it, and however late it is noticed; the sentence has the engine's reason."""
    verdict = judge(service(), [*OLD_TASKS, WAITING], at(seconds))
    assert verdict.step is step
    if step is Step.ROLL_BACK:
        assert verdict.sentence.startswith(f"s_app: its rollout has made no new task ready for {seconds:.0f} s: no sui")


def test_the_deadline_counts_from_the_last_new_task_that_became_ready() -> None:
    """Many replicas, one after the other, take as long as they take; old tasks are no progress."""
    tasks = [*OLD_TASKS, task(NEW, 5, since=50), WAITING]
    assert judge(service(), tasks, at(109)).step is Step.NONE
    assert judge(service(), tasks, at(110)).step is Step.ROLL_BACK
    restarted_old = task(OLD, -500, since=50)
    assert judge(service(), [restarted_old, WAITING], at(60)).step is Step.ROLL_BACK


@pytest.mark.parametrize("state", [None, "completed", "paused", "rollback_completed", "rollback_paused"])
def test_what_is_over_is_left_alone(state: str | None) -> None:
    """Also if somebody has been waiting for it for an hour."""
    assert judge(service(state), [WAITING], at(3600)).step is Step.NONE


@pytest.mark.parametrize(
    ("label", "seconds"), [("60", 60), ("1.5", 1.5), ("", 300), ("0", 300), ("soon", 300), ("nan", 300)]
)
def test_a_deadline_that_is_no_number_is_the_default(label: str, seconds: float) -> None:
    """A mistake in a label must not roll back at once, nor never."""
    assert deadline_seconds(service(deadline=label)) == seconds


def test_the_live_count_is_kept() -> None:
    """What Swarm holds has another count: the old release is written with the live one."""
    verdict = judge(service(previous_spec=spec(OLD, 2)), [*OLD_TASKS, WAITING], at(60))
    assert verdict.step is Step.RESTORE
    assert verdict.spec == spec(OLD, 3)


def test_a_scale_in_the_middle_does_not_make_it_hang() -> None:
    """Swarm then holds the new release as the previous one; the running tasks know what ran before."""
    scaled = service(previous_spec=spec(NEW, 2))
    verdict = judge(scaled, [*OLD_TASKS, WAITING], at(60))
    assert verdict.step is Step.RESTORE
    assert verdict.spec == {**scaled.spec, "TaskTemplate": OLD}
    assert judge(scaled, [WAITING], at(60)).step is Step.STUCK
    assert judge(service(previous_spec=None), [WAITING], at(60)).step is Step.STUCK


def test_a_rollback_that_hangs_has_the_deadline_once_more_and_is_said() -> None:
    """Counted from its own start; nothing is left to go back to, so nothing is written."""
    rolling_back = service("rollback_started", updated_at=at(60))
    assert judge(rolling_back, [WAITING], at(119)).step is Step.NONE
    verdict = judge(rolling_back, [WAITING], at(120))
    assert verdict.step is Step.STUCK
    assert "its rollback has made no new task ready for 60 s: no suitable node" in verdict.sentence


def test_who_is_watched() -> None:
    """The stack's services, and others by the label alone."""
    other = Service("id", "x", 1, {"Labels": {}}, None, "updating", "", None, None)
    assert is_watched(service(), "s")
    assert is_watched(service(), "another stack")
    assert not is_watched(other, "s")


class Swarm:
    """The part of the Engine that the watch uses, in memory."""

    def __init__(self, *services: Service) -> None:
        self.kept = list(services)
        self.wrote: list[str] = []
        self.refuses: Exception | None = None

    def services(self, label: str | None = None) -> list[Service]:
        return self.kept

    def tasks(self, filters: dict[str, list[str]]) -> list[Task]:
        assert filters in ({"service": ["id"]}, {"label": ["com.docker.stack.namespace=s"]})
        return [*OLD_TASKS, WAITING]

    def roll_back(self, found: Service) -> None:
        self._write(f"roll back {found.name} {found.version_index}")

    def update_service(self, service_id: str, version_index: int, written: dict[str, Any]) -> None:
        self._write(f"update {service_id} {version_index} {written['TaskTemplate']['ContainerSpec']['Image']}")

    def _write(self, what: str) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.wrote.append(what)


def watch(swarm: Swarm) -> tuple[RolloutWatch, CollectorRegistry]:
    registry = CollectorRegistry()
    return RolloutWatch(lambda: swarm, "s", WatchMetrics(registry)), registry  # type: ignore[arg-type, return-value]


def test_the_watch_rolls_back_once_says_so_and_counts_it(caplog: pytest.LogCaptureFixture) -> None:
    """With the version that was read; one sentence in the log, and a metric."""
    swarm = Swarm(service())
    looking, registry = watch(swarm)
    with caplog.at_level(logging.INFO, logger="captain"):
        looking.look(swarm, at(59))  # type: ignore[arg-type]
        assert swarm.wrote == []
        assert b'flotilla_captain_rollout_stalled_seconds{service="s_app"} 59.0' in generate_latest(registry)
        looking.look(swarm, at(61))  # type: ignore[arg-type]
        swarm.kept = [service("rollback_completed")]
        looking.look(swarm, at(64))  # type: ignore[arg-type]
    assert swarm.wrote == ["roll back s_app 7"]
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith("It is rolled back to what ran before.")
    told = generate_latest(registry)
    assert b'flotilla_captain_rollbacks_total{service="s_app"} 1.0' in told
    assert b"rollout_stalled_seconds{" not in told


def test_a_deploy_that_waits_ends_it_too_and_says_the_same() -> None:
    """captain's own watch may be what is being rolled out: whoever deploys looks at the deadline as well."""
    swarm = Swarm()
    missed: dict[str, str] = {}
    long_ago = service(update_started_at=datetime.now(UTC) - timedelta(seconds=61))
    swarm.kept = [long_ago]
    written = Written(BEGAN, restarts_tasks=True, template=NEW)
    observe(swarm, "s", ["s_app"], BEGAN, {"s_app": written}, missed)  # type: ignore[arg-type]
    assert swarm.wrote == ["roll back s_app 7"]
    swarm.kept = [replace(long_ago, update_state="rollback_completed", spec=spec(OLD))]
    [state] = observe(swarm, "s", ["s_app"], BEGAN, {"s_app": written}, missed)  # type: ignore[arg-type]
    assert state.phase is Phase.FAILED
    [sentence] = failures(Outcome((state,), "", 70.0, missed), ["s_app"])
    assert sentence.startswith(
        "s_app failed with 3 of 3 ready after 70 s: s_app: its rollout has made no new task ready for 61 s: no suitable"
    )


def test_what_was_put_back_by_a_plain_write_is_no_success() -> None:
    """Swarm then knows of no rollback, and everything is ready: but it is not what was deployed."""
    back = service("completed", spec=spec(OLD))
    written = Written(BEGAN, restarts_tasks=True, template=NEW)
    assert service_state(back, OLD_TASKS, at(99), BEGAN, written).phase is Phase.FAILED
    assert service_state(service("completed"), OLD_TASKS, at(99), BEGAN, written).phase is Phase.READY


def test_somebody_else_was_faster(caplog: pytest.LogCaptureFixture) -> None:
    """No write over a version that was not judged, and no claim of one; other refusals are errors."""
    swarm = Swarm(service())
    swarm.refuses = OutOfSequence("update out of sequence", 500)
    looking, registry = watch(swarm)
    looking.look(swarm, at(61))  # type: ignore[arg-type]
    assert (caplog.messages, b"rollbacks_total{" in generate_latest(registry)) == ([], False)
    swarm.refuses = EngineError("no quorum", 503)
    with pytest.raises(EngineError):
        end_stalled(swarm, service(), [WAITING], at(61))  # type: ignore[arg-type]


def test_what_cannot_be_helped_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not every three seconds."""
    swarm = Swarm(service("rollback_started"))
    looking, _ = watch(swarm)
    for seconds in (61, 64, 67):
        looking.look(swarm, at(seconds))  # type: ignore[arg-type]
    assert len(caplog.messages) == 1
    assert swarm.wrote == []

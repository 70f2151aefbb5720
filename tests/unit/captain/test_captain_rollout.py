"""When a service is up, when it has failed, and what is said meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from captain.progress import Progress
from captain.rollout import Phase, ServiceState, Written, service_state
from captain.wait import Outcome, failures
from swarm.engine_objects import Service, Task

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
START = NOW - timedelta(seconds=30)
WRITTEN = Written(NOW - timedelta(seconds=3), restarts_tasks=True)


def service(replicas: int | None = 2, state: str | None = None) -> Service:
    mode = {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}}
    spec = {"Name": "s_app", "Mode": mode, "TaskTemplate": {"ContainerSpec": {"Image": "i:1"}}}
    return Service("id", "s_app", 1, spec, None, state, "update paused due to failure", None, None)


def task(state: str = "running", desired: str = "running", error: str = "", age: float = 1, node: str = "n") -> Task:
    made = NOW - timedelta(seconds=age)
    return Task("t", "id", node, 1, state, desired, made, "", error, None, "", "i:1", {}, (), made, made)


def test_all_wanted_tasks_ready_is_ready() -> None:
    """Tasks on their way out count for nothing."""
    tasks = [task(), task(), task(desired="shutdown"), task("failed", "shutdown")]
    assert service_state(service(2), tasks, NOW, START) == ServiceState("s_app", 2, 2, Phase.READY, "")


def test_starting_tells_the_last_error() -> None:
    """The newest failure of this run, or why a task cannot be placed; not what failed long ago."""
    tasks = [
        task("failed", "shutdown", "task: non-zero exit (1)", age=10),
        task("rejected", "shutdown", "No such image: x", age=5),
        task("failed", "shutdown", "long ago", age=3600),
        task("starting"),
    ]
    state = service_state(service(1), tasks, NOW, START)
    assert (state.phase, state.problem) == (Phase.STARTING, "No such image: x")
    waiting = [task("pending", "running", "no suitable node", age=3600)]
    assert service_state(service(1), waiting, NOW, START).problem == "no suitable node"
    assert service_state(service(1), tasks[2:3], NOW, START).problem == ""


def test_old_tasks_do_not_count_as_the_rollout_just_written() -> None:
    """Between the write and the updater's start everything looks ready, with the old tasks."""
    old = [task(age=60), task(age=60)]
    assert service_state(service(2), old, NOW, START, WRITTEN).phase is Phase.UPDATING
    assert service_state(service(2, "completed"), old, NOW, START, WRITTEN).phase is Phase.READY
    assert service_state(service(2), [task(), task()], NOW, START, WRITTEN).phase is Phase.READY
    label_only = Written(WRITTEN.at, restarts_tasks=False)
    assert service_state(service(2), old, NOW, START, label_only).phase is Phase.READY
    later = NOW + timedelta(minutes=1)
    assert service_state(service(2), old, later, START, WRITTEN).phase is Phase.READY


@pytest.mark.parametrize(
    ("state", "written", "phase"),
    [
        ("updating", None, Phase.UPDATING),
        ("paused", None, Phase.FAILED),
        ("rollback_paused", None, Phase.FAILED),
        ("rollback_started", WRITTEN, Phase.UPDATING),
        ("rollback_completed", WRITTEN, Phase.FAILED),
        ("rollback_completed", None, Phase.READY),
        ("completed", WRITTEN, Phase.READY),
    ],
)
def test_a_rollback_fails_the_run_that_wrote_it(state: str, written: Written | None, phase: Phase) -> None:
    """One of an earlier run is history once all is as wanted; a paused one fails every run."""
    assert service_state(service(1, state), [task()], NOW, START, written).phase is phase


def test_a_global_service_wants_a_task_per_node_and_at_least_one() -> None:
    """Also while a task waits for its restart."""
    tasks = [task(node="a"), task(node="b"), task("ready", "ready", node="c")]
    assert service_state(service(None), tasks, NOW, START) == ServiceState("s_app", 3, 2, Phase.STARTING, "")
    assert service_state(service(None), [], NOW, START).wanted == 1


def states(ready: int, phase: Phase, problem: str = "") -> list[ServiceState]:
    return [
        ServiceState("s_app", 2, ready, phase, problem),
        ServiceState("s_postgres", 1, 1, Phase.READY, ""),
    ]


def test_a_log_gets_one_line_per_change() -> None:
    """And nothing while nothing changes."""
    written: list[str] = []
    progress = Progress(written.append, "s_")
    progress.show(states(0, Phase.STARTING), 1)
    progress.show(states(0, Phase.STARTING), 2)
    progress.show(states(0, Phase.STARTING, "No such image"), 3)
    progress.show(states(2, Phase.READY), 4)
    progress.show(states(2, Phase.READY), 5)
    assert written == [
        "app       0/2 starting\n",
        "postgres  1/1 ready (1 s)\n",
        "app       0/2 starting: No such image\n",
        "app       2/2 ready (4 s)\n",
    ]


def test_a_terminal_is_redrawn_in_place_within_its_width() -> None:
    """The cursor goes up as many lines as were drawn; a line never wraps."""
    written: list[str] = []
    progress = Progress(written.append, "s_", width=20)
    progress.show(states(0, Phase.STARTING, "a very long reason that would wrap"), 1)
    progress.show(states(2, Phase.READY), 2)
    assert not written[0].startswith("\x1b[2A")
    assert written[1].startswith("\x1b[2A")
    assert all(len(line.replace("\x1b[2K", "").strip("\r")) < 20 for line in written[0].splitlines())


def test_every_failed_service_gets_one_sentence_with_a_command() -> None:
    """What is ready is not mentioned; what vanished is."""
    outcome = Outcome(tuple(states(1, Phase.STARTING, "No such image: x.")), "", 300.0)
    sentences = failures(outcome, ["s_app", "s_postgres", "s_gone"])
    assert sentences[0].startswith(
        "s_app is still starting with 1 of 2 ready after 300 s: No such image: x. See: docker"
    )
    assert sentences[1].startswith("s_gone is gone")
    assert len(sentences) == 2
    unrouted = Outcome((), "app.localhost answers 502", 1.0)
    assert failures(unrouted, []) == ["app.localhost answers 502. See: docker service logs --tail 50 "]

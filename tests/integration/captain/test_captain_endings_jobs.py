"""What only a real Swarm tells: apps that end on purpose, jobs, and what a captain or an engine that dies leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from captain.apps.app_file import parse_app
from captain.apps.app_rollout import Outcome, Place, remove, roll_out
from captain.apps.one_off import run
from captain.credentials import Domains
from captain.jobs import book
from captain.jobs.command_line import jobs_of, run_now
from captain.jobs.last_lines import LastLines
from captain.jobs.scheduler import Scheduler
from swarm.engine import Engine
from tests.docker_cli import eventually
from tests.e2e.kills import START_ENGINE, STOP_ENGINE
from tests.e2e.node import BASE, ROOT, Node
from tests.integration.captain.killed_captain import OTHER, RealCaptain, prepare
from tests.integration.captain.swarm_node import socket_of, swarm_node

MINUTE = timedelta(minutes=1)
CAPTAIN = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from captain.apps.app_rollout import Place
from captain.credentials import Domains
from captain.jobs.scheduler import Scheduler
from swarm.engine import Engine
engine = Engine.from_socket(sys.argv[1])
ahead = timedelta(seconds=float(sys.argv[3]))
place = Place(engine, "flotilla", Domains.of(""), print, lambda: [], lambda: datetime.now(UTC) + ahead)
scheduler = Scheduler(lambda: place, Path(sys.argv[2]))
print("looks", flush=True)
while True:
    scheduler.look(place)
"""


class Swarm:
    """`ahead` is how far captain's clock is before the engine's: a test waits for no minute to pass."""

    def __init__(self, socket: str, engine: Engine, folder: Path) -> None:
        self.socket, self.engine, self.folder, self.ahead = socket, engine, folder, timedelta()
        self.said: list[str] = []
        self.place = Place(engine, "flotilla", Domains.of(""), self.said.append, list, self.now)
        self.scheduler = Scheduler(lambda: self.place, folder)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def apply(self, name: str, command: str, **keys: Any) -> Outcome:
        script = ["sh", "-c", command]
        return roll_out(self.place, parse_app(name, {"image": BASE, "command": script, "deadline": "40s", **keys}))

    def next_minute(self) -> None:
        now = self.now()
        self.ahead += now.replace(second=0, microsecond=0) + MINUTE - now

    def look(self) -> None:
        self.scheduler.look(self.place)

    def runs(self, app: str, job: str, count: int) -> list[str]:
        """The outcomes of the job once there are so many."""

        def found() -> list[str]:
            self.look()
            history = book.history(self.engine, app).get(job)
            outcomes = [] if history is None else [run.outcome.value for run in history.runs]
            return outcomes if len(outcomes) >= count else []

        return eventually(found, 40, pause=0.3)

    def services(self) -> list[str]:
        return [service.name for service in self.engine.services()]

    @contextmanager
    def captain(self) -> Iterator[None]:
        """Another captain, which looks without a pause, and is killed at the end of the block."""
        command = [sys.executable, "-c", CAPTAIN, self.socket, str(self.folder), str(self.ahead.total_seconds())]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "looks\n"
            yield
            assert process.poll() is None, "it looks until it is killed"
            process.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    kept = os.environ.get("FLOTILLA_TEST_SWARM_NODE")
    if kept:
        yield Node(tmp_path_factory.mktemp("node"), kept)
        return
    with swarm_node(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture(scope="module")
def socket(node: Node) -> str:
    return socket_of(node)


@pytest.fixture
def captain(node: Node, socket: str, tmp_path: Path) -> Iterator[RealCaptain]:
    """The app `shop` has two releases."""
    node.docker("tag", BASE, OTHER)
    made = RealCaptain(socket, tmp_path)
    try:
        made.start()
        prepare(made, existed=True)
        yield made
    finally:
        made.close()


@pytest.fixture
def swarm(socket: str, tmp_path: Path) -> Iterator[Swarm]:
    engine = Engine.from_socket(socket)
    made = Swarm(socket, engine, tmp_path)
    yield made
    for service in engine.services():
        remove(made.place, service.name)
    assert engine.services() == [] and engine.configs() == [], "nothing of an app is left"
    engine.close()


def test_an_app_that_ends_on_purpose_is_deployed_when_it_has_ended(swarm: Swarm) -> None:
    """New, over another release with several replicas, and beside one that fails: as the engine does it."""
    first = swarm.apply("once", "exit 0", restart="none")
    assert (first.why, first.ended) == ("", 1)
    [task] = swarm.engine.tasks("once")
    assert task.state == "complete"
    second = swarm.apply("once", "echo second; exit 0", restart="none", replicas=3)
    assert (second.why, second.ended) == ("", 3), swarm.said
    ran = [task for task in swarm.engine.tasks("once") if "echo second" in str(task.spec)]
    assert [task.state for task in ran] == ["complete"] * 3, "each of them once"
    assert swarm.apply("once", "echo second; exit 0", restart="none", replicas=3).kind.name == "UNCHANGED"
    failed = swarm.apply("once", "echo the shelf is empty; exit 3", restart="none", replicas=3)
    assert "non-zero exit (3)" in failed.why and "It is back on release 2." in failed.why, failed
    assert failed.log == ("the shelf is empty",)


def test_an_app_that_may_end_well_is_tried_again_when_it_does_not(swarm: Swarm) -> None:
    """on-failure: the second try ends with 0, and the third is none."""
    script = "test -e /data/tried && exit 0; touch /data/tried; exit 3"
    made = swarm.apply("again", script, restart="on-failure", volumes=["tried:/data"])
    assert (made.why, made.ended) == ("", 1), made
    assert sorted(task.state for task in swarm.engine.tasks("again")) == ["complete", "failed"]
    given_up = swarm.apply("never", "echo no; exit 3", restart="on-failure:1")
    assert given_up.why.startswith("it ended 2 times: task: non-zero exit (3)"), given_up
    assert given_up.log == ("no",)


def jobs(**commands: str) -> dict[str, Any]:
    return {
        name: {"schedule": "* * * * *", "command": ["sh", "-c", command], "timeout": "2h"}
        for name, command in commands.items()
    }


def test_jobs_run_at_their_times_and_failures_are_told_with_their_last_lines(swarm: Swarm) -> None:
    """In the app's environment, once each; one that still runs is skipped; nothing is left but what is told."""
    work = jobs(good="echo tidied $LEVEL", bad="echo the shelf is empty; exit 3", slow="sleep 600")
    made = swarm.apply("shop", "sleep 1000", environment={"LEVEL": "7"}, replicas=0, jobs=work)
    assert made.why == ""
    swarm.look()
    swarm.next_minute()
    assert swarm.runs("shop", "good", 1) == ["succeeded"] and swarm.runs("shop", "bad", 1) == ["failed"]
    bad, good, slow = jobs_of(swarm.place, "shop", LastLines(swarm.folder))
    assert good.history and good.lines[good.history.runs[0].id] == ["tidied 7"]
    assert bad.history and (bad.history.runs[0].exit_code, bad.history.runs[0].why) == (3, "exit code 3")
    assert bad.lines[bad.history.runs[0].id] == ["the shelf is empty"]
    assert len(slow.running_since) == 1
    swarm.next_minute()
    assert swarm.runs("shop", "good", 2) == ["succeeded"] * 2
    assert swarm.runs("shop", "slow", 1) == ["skipped"]
    swarm.ahead += timedelta(hours=2)
    assert "timed_out" in swarm.runs("shop", "slow", 2)


def test_a_run_by_hand_tells_its_lines_and_its_exit_code(swarm: Swarm) -> None:
    """As it writes them; it is among the runs."""
    swarm.apply("shop", "sleep 1000", replicas=0, jobs=jobs(tidy="echo one; sleep 1; echo two; exit 5"))
    told: list[str] = []
    lines = LastLines(swarm.folder)
    assert run_now(swarm.place, "shop", "tidy", lines, lambda line: told.append(line.text)) == 5
    assert told == ["one", "two"] and swarm.services() == ["shop"]
    [row] = jobs_of(swarm.place, "shop", lines)
    assert row.history and [(run.outcome.value, run.due) for run in row.history.runs] == [("failed", None)]


def test_a_captain_that_is_killed_runs_nothing_twice(swarm: Swarm) -> None:
    """kill -9 while a job runs, and again and again while its end is kept: it ran once, and that is told once."""
    work = jobs(tidy="echo ran >>/data/count; sleep 2")
    assert swarm.apply("shop", "sleep 1000", replicas=0, jobs=work, volumes=["count:/data"]).why == ""
    swarm.look()
    swarm.next_minute()
    with swarm.captain():
        eventually(lambda: len(swarm.services()) == 2, 30)
    for part in range(1, 9):
        with swarm.captain():
            time.sleep(part * 0.4)  # killed at moments of its own, not at those of a test
    assert swarm.runs("shop", "tidy", 1) == ["succeeded"] and swarm.services() == ["shop"]
    told: list[str] = []
    assert run(swarm.place, "shop", ["cat", "/data/count"], lambda line: told.append(line.text)) == 0
    assert told == ["ran"]


def test_what_waits_when_captain_is_killed_is_done_by_the_next_one(captain: RealCaptain) -> None:
    """Its own API's changes, a source and CapRover's: one runs, four wait; each has one effect and keeps its number."""
    before = captain.releases()
    numbers = [captain.asked("PATCH", "/apps/shop", {"environment": {f"N{count}": "x"}}) for count in range(3)]
    numbers.append(captain.asked("POST", "/apps/shop/rollback", {"release": before[0]}))
    numbers.append(captain.detached(OTHER))
    eventually(lambda: captain.told(numbers[0])["state"] == "running", 60)
    assert [captain.told(number)["state"] for number in numbers[1:]] == ["waiting"] * 4
    captain.kill()
    captain.start()
    ends = [captain.end_of(number) for number in numbers]
    assert [end["state"] for end in ends] == ["live"] * 5, [end["why"] for end in ends]
    assert [end["id"] for end in ends] == numbers
    made = [end["outcome"]["release"] for end in ends]
    assert made == list(range(before[-1] + 1, before[-1] + 6)), "one release each, in their order"
    assert captain.releases()[-1] == made[-1]
    captain.kill()
    captain.start()
    assert [captain.told(number)["state"] for number in numbers] == ["live"] * 5
    assert captain.releases()[-1] == made[-1], "what is over is not done again"
    eventually(lambda: not captain.half_done(), 60)
    assert captain.environment() == ["STEP=0"]
    service = captain.engine.service("shop")
    assert service is not None and service.image.startswith(OTHER)
    assert captain.left_on_disk() == []


def test_an_engine_that_is_killed_in_a_rollout_leaves_it_live_or_taken_back(captain: RealCaptain, node: Node) -> None:
    """And captain says which, with a reason; nothing is half-done, and the next change is made."""
    before = captain.running()
    number = captain.asked("PATCH", "/apps/shop", {"environment": {"LEVEL": "debug"}})
    eventually(lambda: captain.running() != before, 60, pause=0.05)
    node.exec("sh", "-c", STOP_ENGINE % "KILL", timeout=120)
    node.exec("sh", "-c", START_ENGINE)
    end = captain.end_of(number)
    eventually(lambda: not captain.half_done(), 120)
    if end["state"] == "live":
        assert captain.environment() == ["LEVEL=debug", "STEP=1"]
    else:
        assert end["why"] and captain.environment() == ["STEP=1"], end
    assert captain.end_of(captain.asked("PATCH", "/apps/shop", {"environment": {"LAST": "x"}}))["state"] == "live"
    eventually(lambda: not captain.half_done(), 60)

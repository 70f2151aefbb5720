"""The thread that keeps apps' logs, over logs that a test writes; and what is then read."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from captain.labels import APP_LABEL
from captain.logs.keeper import FIRST_LINES, Keeper, LogMetrics
from captain.logs.kept_logs import KeptLogs
from swarm.engine import EngineError, NotFound, Service, Task
from swarm.engine_logs import LogLine
from tests.unit.captain.memory_logs import frame
from tests.unit.captain.test_captain_api_streams import Logging

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def line(text: str, seconds: float = 0.0, task: str = "t1") -> LogLine:
    return LogLine(AT + timedelta(seconds=seconds), task, "n", False, text)


def service(name: str, number: str, label: str = "") -> Service:
    spec: dict[str, Any] = {"Name": name, "Labels": {APP_LABEL: label or name}}
    return Service(number, name, 1, spec, None, None, "", None, None)


class Log:
    """Lines that a test puts; it can be waited for as a pipe can."""

    def __init__(self, since: datetime | None, last: int | None) -> None:
        self.since, self.last = since, last
        self.batches: deque[list[LogLine] | None] = deque()
        self._read, self._write = os.pipe()
        self.is_closed = False

    def put(self, *lines: LogLine) -> None:
        self.batches.append(list(lines))
        os.write(self._write, b".")

    def end(self) -> None:
        self.batches.append(None)
        os.write(self._write, b".")

    def fileno(self) -> int:
        return self._read

    def read(self) -> list[LogLine] | None:
        os.read(self._read, 1)
        return self.batches.popleft()

    def close(self) -> None:
        self.is_closed = True
        os.close(self._read)
        os.close(self._write)


class Scene:
    """An engine and a keeper."""

    def __init__(self, folder: Path) -> None:
        self.services: list[Service] = [service("shop", "s1")]
        self.away = ""
        self.no_tasks: EngineError | None = None
        self.logs: dict[str, list[Log]] = {}
        self.kept = KeptLogs(folder)
        self.registry = CollectorRegistry()
        self.keeper = self.another()

    def another(self, least_free_bytes: int = 0) -> Keeper:
        self.registry = CollectorRegistry()
        metrics = LogMetrics(self.registry)
        return Keeper(lambda: self, self._follow, self.kept, metrics, least_free_bytes)  # type: ignore[arg-type,return-value]  # as much of an engine as it asks

    def _follow(self, engine: object, service: str, since: datetime | None, last: int | None) -> Log:
        if self.away:
            raise EngineError(self.away)
        log = Log(since, last)
        self.logs.setdefault(service, []).append(log)
        return log

    def services_with_counts(self, label: str) -> list[Service]:
        if self.away:
            raise EngineError(self.away)
        return [own for own in self.services if label in own.labels]

    def tasks(self, service: str) -> list[Task]:
        if self.no_tasks is not None:
            raise self.no_tasks
        return [Task("t1", service, "n", 4, "running", "running", AT, "", "", None, "c", "x", {}, (), AT, AT)]

    def pass_by(self) -> None:
        """What the thread does between two looks."""
        self.keeper.look()
        self.keeper._read(0.0)

    def lines(self, app: str = "shop", number: str = "s1") -> list[tuple[str, int | None]]:
        return [(line.text, replica) for line, replica in self.kept.read(app, number)]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"flotilla_captain_{name}", labels)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.keeper.let_go()


def test_what_apps_write_is_kept_with_their_replicas_numbers(scene: Scene) -> None:
    """Of apps alone, not of commands or of the platform; at first the last lines of each task."""
    scene.services += [service("run-1", "s2", "shop"), service("captain-x", "s3"), service("other", "s4")]
    scene.pass_by()
    [log] = scene.logs["s1"]
    assert (log.since, log.last) == (None, FIRST_LINES) and sorted(scene.logs) == ["s1", "s4"]
    log.put(line("one"), line("two", 1))
    scene.logs["s4"][0].put(line("of another", 0, "t9"))
    scene.pass_by()
    assert scene.lines() == [("one", 4), ("two", 4)] and scene.lines("other", "s4") == [("of another", None)]
    assert scene.metric("log_lines_kept_total") == 3 and scene.metric("logs_followed") == 2
    scene.keeper.look()
    assert (scene.metric("log_bytes") or 0) > 0


def test_a_log_that_ends_is_asked_for_again_and_nothing_comes_twice(scene: Scene) -> None:
    """From the last line that is there on, by the same captain and by those that come after it."""
    scene.pass_by()
    scene.logs["s1"][0].put(line("one"), line("two", 5))
    scene.pass_by()
    scene.logs["s1"][0].end()
    scene.pass_by()
    assert scene.logs["s1"][0].is_closed
    scene.keeper._known.apps["shop.s1"].again_at = 0.0
    for newest in (5, 6, 6):
        scene.pass_by()
        log = scene.logs["s1"][-1]
        assert log.last is None and log.since == AT + timedelta(seconds=newest - 2)
        log.put(line("two", 5), line("three", 6))
        scene.pass_by()
        assert scene.lines() == [("one", 4), ("two", 4), ("three", 4)]
        scene.keeper.let_go()
        scene.keeper = scene.another()


def test_what_is_kept_of_an_app_goes_when_the_app_is_gone_and_not_when_the_engine_is(scene: Scene) -> None:
    """At the second look that misses it. An engine that does not answer says nothing of what there is."""
    scene.pass_by()
    scene.logs["s1"][0].put(line("one"))
    scene.pass_by()
    scene.away = "it is being started"
    for _ in range(3):
        scene.keeper.look()
    assert scene.lines() == [("one", 4)] and scene.metric("log_failures_total", why="engine") == 3
    scene.away, scene.services = "", [service("shop", "s2")]
    scene.keeper.look()
    assert scene.logs["s1"][0].is_closed and scene.kept.names() == ["shop.s1"]
    scene.keeper.look()
    assert scene.kept.names() == [] and len(scene.logs["s2"]) == 1


def test_a_disk_without_room_is_said_once_and_counted_and_logs_go_on_later(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is written, nothing is held in memory, and the log is asked for once there is room."""
    scene.keeper = scene.another(least_free_bytes=2**62)
    with caplog.at_level(logging.INFO, "captain.logs"):
        scene.keeper.look()
        scene.keeper.look()
        assert len(caplog.messages) == 1 and "of the disk are free" in caplog.messages[0] and not scene.logs
        assert scene.metric("log_failures_total", why="disk") == 2
        scene.keeper._least_free_bytes = 0
        scene.pass_by()
        assert caplog.messages[1:] == ["what apps write is kept again"] and len(scene.logs["s1"]) == 1


def test_a_line_that_cannot_be_written_is_asked_for_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is let go, and the lines are kept when they come once more; other apps do not wait."""
    scene.services.append(service("other", "s4"))
    scene.pass_by()

    def full(file: int, data: object) -> int:
        raise OSError("No space left on device")

    scene.logs["s1"][0].put(line("one"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        scene.pass_by()
    assert scene.logs["s1"][0].is_closed and not scene.logs["s4"][0].is_closed and scene.lines() == []
    assert scene.metric("log_failures_total", why="disk") == 1
    scene.keeper._known.apps["shop.s1"].again_at = 0.0
    scene.pass_by()
    scene.logs["s1"][1].put(line("one"))
    scene.pass_by()
    assert scene.lines() == [("one", 4)]


def test_an_app_that_goes_between_two_looks_is_no_failure(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Its log is let go, and nothing is said; an engine that fails in another way is."""
    scene.pass_by()
    for error, failures in ((NotFound("no such service", 404), 0), (EngineError("it is being stopped"), 1)):
        scene.no_tasks = error
        scene.logs["s1"][-1].put(line("one"))
        scene.pass_by()
        assert scene.logs["s1"][-1].is_closed and scene.lines() == []
        assert scene.metric("log_failures_total", why="engine") == failures == len(caplog.messages)
        scene.keeper._known.apps["shop.s1"].again_at, scene.no_tasks = 0.0, None
        scene.keeper.look()


def test_a_second_captain_waits(scene: Scene) -> None:
    """While one keeps logs, another one of the same disk keeps none, and ends when it is told to."""
    stop = threading.Event()
    with scene.kept.ours() as ours:
        assert ours
        thread = threading.Thread(target=scene.keeper.run, args=(stop,))
        thread.start()
        stop.wait(0.2)
        assert not scene.logs
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


async def test_captains_answer_has_kept_and_live_lines_each_once(tmp_path: Path) -> None:
    """In the order of time; the last ones of a replica are counted over all that had its number."""
    captain = Logging(tmp_path)
    await captain.put(replicas=2)
    number = captain.apps.kept["shop"].id
    early, both = datetime(2026, 1, 31, 11, tzinfo=UTC), datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)
    KeptLogs(tmp_path).segments("shop", number).append(
        [LogLine(early, "gone", "n", True, "early"), LogLine(both, "t0", "n", False, "both")], {"gone": 0, "t0": 0}
    )
    captain.apps.log.frames = [frame("t1", "of one", 2), frame("t0", "both", 1), frame("t0", "live", 3)]
    path = "/apps/shop/logs"
    found = (await captain.own("GET", path)).json()["lines"]
    assert [(row["replica"], row["stream"], row["line"]) for row in found] == [
        ("shop.0", "stderr", "early"), ("shop.0", "stdout", "both"), ("shop.1", "stdout", "of one"),
        ("shop.0", "stdout", "live"),
    ]  # fmt: skip

    async def lines(query: str) -> list[str]:
        return [row["line"] for row in (await captain.own("GET", f"{path}?{query}")).json()["lines"]]

    assert await lines("tail=2") == ["both", "of one", "live"] and await lines("tail=0") == []
    assert await lines("replica=0&tail=9") == ["early", "both", "live"]
    assert await lines("since=2026-01-31T11:30:00Z") == ["both", "of one", "live"]
    assert await lines("grep=early") == ["early"]

"""What builds said outlives captain, bounded, and is told as it was."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.builds import builds as module
from captain.builds import kept_builds
from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.kept_builds import INTERRUPTED, LONGEST_KEPT, KeptBuild, KeptBuilds, Recording, row, told
from captain.builds.queue import REMEMBERED, Build, State
from captain.caprover.build_log import last_build
from captain.errors import CaptainError
from tests.unit.captain.laptop import Laptop, inside
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.memory_logs import LoggingApps

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
DEFINITION = '{"schemaVersion": 2, "dockerfileLines": ["FROM scratch"]}'


def new(app: str = "shop", **more: Any) -> Build:
    return Build(1, app, State.QUEUED, NOW, **more)


def ended(kept: KeptBuilds, *lines: str, app: str = "shop", state: State = State.DONE, why: str = "") -> Build:
    """A build that was."""
    build, recording = kept.begin(new(app))
    assert recording is not None
    for number, line in enumerate(lines):
        recording.line(line, lines[: number + 1], 0)
    over = replace(build, state=state, ended_at=NOW, why=why)
    recording.state(over)
    recording.close()
    return over


def test_a_build_and_what_it_said_are_there_for_whoever_comes_next(tmp_path: Path) -> None:
    """Every line as it was, in a file that captain alone reads; numbers go on, of all apps, and none comes twice."""
    first = ended(KeptBuilds(tmp_path), "Step 1/1 : FROM scratch", 'ü \u2028 "x"', why="it broke", state=State.FAILED)
    other = ended(KeptBuilds(tmp_path), app="other")
    second = ended(KeptBuilds(tmp_path))
    kept = KeptBuilds(tmp_path)
    assert kept.of("shop") == [second, first] and [first.id, other.id, second.id] == [1, 2, 3]
    assert kept.get("shop", 1) == KeptBuild(first, ("Step 1/1 : FROM scratch", 'ü \u2028 "x"'))
    assert kept.get("shop", 2) is None and kept.get("other", 2) == KeptBuild(other, ()) == kept.newest("other")
    assert kept.newest("none") is None and kept.of("none") == []
    folder = tmp_path / "flotilla-builds"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.log")} == {0o600}
    with pytest.raises(ValueError, match="no name"):
        kept.begin(new("../shop"))


def test_what_goes_on_goes_on_and_what_nobody_does_any_more_was_interrupted(tmp_path: Path) -> None:
    """Also read while it is written; a file that is let go without an end is never of a build that goes on."""
    kept = KeptBuilds(tmp_path)
    build, recording = kept.begin(new())
    assert recording is not None
    recording.state(replace(build, state=State.BUILDING, started_at=NOW))
    recording.line("under way", ["under way"], 0)
    [found] = KeptBuilds(tmp_path).of("shop")
    assert found.state is State.BUILDING and found.why == ""
    recording.close()  # as a kill does
    [found] = KeptBuilds(tmp_path).of("shop")
    assert (found.state, found.why, found.ended_at) == (State.INTERRUPTED, INTERRUPTED, None)
    one = KeptBuilds(tmp_path).get("shop", 1)
    assert one is not None and one.lines == ("under way",)


@given(st.lists(st.text(max_size=30), max_size=6), st.integers(0, 700))
def test_a_file_that_was_cut_anywhere_has_the_lines_before(lines: list[str], cut: int) -> None:
    """And is that of an interrupted build; one that is cut within its first entry tells nothing."""
    state = json.dumps({key: value for key, value in row(new()).items() if key not in ("build", "app")})
    whole = "".join(f"{entry}\n" for entry in (state, *(json.dumps(line) for line in lines))).encode()
    found = told(whole[:cut], "shop", 1, is_held=False)
    if found is None:
        assert cut < len(state)
    else:
        assert found.build.state is State.INTERRUPTED and list(found.lines) == lines[: len(found.lines)]


def test_a_build_that_says_much_keeps_its_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within its bound, whenever its captain ends, and it says how many are left out."""
    monkeypatch.setattr(kept_builds, "MOST_BUILD_BYTES", 1000)
    kept = KeptBuilds(tmp_path)
    _, recording = kept.begin(new())
    assert recording is not None
    said: list[str] = []
    for number in range(300):
        said.append(f"line {number}")
        recording.line(said[-1], said[-40:], max(0, len(said) - 40))
        [file] = (tmp_path / "flotilla-builds").glob("*.log")
        assert file.stat().st_size < 1100
        found = kept.get("shop", 1)
        assert found is not None and found.build.state is State.QUEUED, "it is held by whoever writes, all the time"
        assert list(found.lines) == said[found.left_out :]
    recording.close()


def test_no_more_builds_are_kept_than_the_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of each app, none older than a month, all of them within a size; what goes on stays."""
    kept = KeptBuilds(tmp_path)
    _, going_on = kept.begin(new("busy"))
    for _ in range(REMEMBERED + 5):
        ended(kept)
    ended(kept, app="other")
    assert [build.id for build in kept.of("shop")] == list(range(REMEMBERED + 6, 6, -1))
    old = (NOW - LONGEST_KEPT - timedelta(days=1)).timestamp()
    for path in (tmp_path / "flotilla-builds").glob("*.log"):
        if not path.name.startswith("shop.26"):
            os.utime(path, (old, old))
    ended(kept, app="other")
    assert [build.id for build in kept.of("shop")] == [26] and len(kept.of("other")) == 1
    assert len(kept.of("busy")) == 1
    monkeypatch.setattr(kept_builds, "MOST_BYTES", 0)
    ended(kept, app="other")
    assert kept.of("shop") == [] and len(kept.of("other")) == 1 and len(kept.of("busy")) == 1
    assert going_on is not None
    going_on.close()


def test_a_disk_that_takes_nothing_stops_no_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once; what was kept until then is there, as interrupted."""
    kept = KeptBuilds(tmp_path)
    _, recording = kept.begin(new())
    assert recording is not None
    recording.line("before", ["before"], 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, content: 3)
        for _ in range(3):
            recording.line("after", ["after"], 0)
        assert kept.begin(new())[1] is None
    assert sum("build 1 of shop is not kept: the disk is full" in message for message in caplog.messages) == 1
    one = kept.get("shop", 1)
    assert one is not None and one.lines == ("before",) and one.build.state is State.INTERRUPTED
    (tmp_path / "flotilla-builds").rename(tmp_path / "gone")
    (tmp_path / "flotilla-builds").write_text("no folder")
    assert kept.begin(new()) == (new(), None)


class Engine:
    def close(self) -> None:
        """Nothing is open."""


class Building:
    """A builder that says a line and waits."""

    may_end: threading.Event
    is_under_way: threading.Event

    def __init__(self, *_: object) -> None:
        """It takes what an `ImageBuilder` takes."""

    def build(self, what: object, say: Any) -> str:
        say("a step")
        self.is_under_way.set()
        assert self.may_end.wait(30)
        return "shop@sha256:0"

    def stop(self) -> None:
        """Not asked for."""


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Building]]:
    monkeypatch.setattr(module, "ImageBuilder", Building)
    Building.may_end, Building.is_under_way = threading.Event(), threading.Event()
    yield Building
    Building.may_end.set()


def test_builds_are_kept_as_they_go_on(tmp_path: Path, building: type[Building]) -> None:
    """Each state, each line, the rollout's too; those that gave way say to whom."""
    engine: Any = Engine()
    builds = Builds(lambda: engine, tmp_path)

    def deploy(image: str, say: Any) -> str:
        say("rolling out")
        return "no replica got healthy"

    first, *others = (builds.submit("shop", Source(None, DEFINITION), deploy, git_hash="a" * 40).id for _ in range(3))
    assert building.is_under_way.wait(30)
    kept = KeptBuilds(tmp_path)
    assert [build.state.value for build in kept.of("shop")] == ["queued", "cancelled", "building"]
    assert kept.of("shop")[1].why == f"build {others[1]} took its place"
    building.may_end.set()
    ends = [builds.wait(number) for number in (others[1], first)]
    assert [build for build in kept.of("shop") if build.id != others[0]] == ends
    found = kept.get("shop", first)
    assert found is not None and found.build == builds.get(first) and found.build.git_hash == "a" * 40
    assert found.lines[-3:] == ("a step", "rolling out", "no replica got healthy")
    assert found.lines == builds.log(first).lines
    assert Builds(lambda: engine, tmp_path).submit("shop", Source(None, "{"), deploy).id == others[1] + 1


# ---- what is told --------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_program", [False, True])
def test_the_laptop_and_the_image_list_builds_and_show_one(
    as_program: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same words; what is not kept is said."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = KeptBuilds(tmp_path)
    laptop, swarm = Laptop(Captain(folder=tmp_path, swarm=LoggingApps())), LoggingApps()
    ended(kept, "a step", "it broke", state=State.FAILED, why="it broke")
    _, recording = kept.begin(new(git_hash="b" * 40))
    assert recording is not None
    recording.close()
    more = ("--json",) if as_program else ()
    for words in (("builds", "shop"), ("builds", "shop", "1"), ("builds", "cart")):
        assert laptop.asked(*words, *more) == inside(swarm, *words, *more)
    if not as_program:
        listed = laptop.asked("builds", "shop")[1].splitlines()
        assert listed[0].startswith("   2  2026-01-31 12:00:00 UTC  interrupted  git bbbbbbbbbbbb  captain ended")
        assert listed[1].endswith("failed       it broke")
        assert laptop.asked("builds", "shop", "1")[1] == "a step\nit broke\nshop: build 1 is failed: it broke\n"
    assert "No build 7 of shop is kept" in laptop.wrong("builds", "shop", "7")
    with pytest.raises(CaptainError, match="No build 7 of shop is kept"):
        inside(swarm, "builds", "shop", "7")


async def test_builds_are_for_those_who_may_read_the_app(tmp_path: Path) -> None:
    """A token of another app sees none, and neither does who has none."""
    from captain.accounts.book import Scope

    captain = Captain(folder=tmp_path)
    ended(KeptBuilds(tmp_path), "a step")
    reader = captain.users.add_token("admin", "r", Scope.READ, ["shop"], None)
    other = captain.users.add_token("admin", "o", Scope.DEPLOY, ["other"], None)
    for path in ("/apps/shop/builds", "/apps/shop/builds/1"):
        assert (await captain.own("GET", path, token=reader)).status_code == 200
        assert (await captain.own("GET", path, token=other)).status_code == 403
        assert (await captain.own("GET", path, token="")).status_code == 401
    assert (await captain.own("GET", "/apps/shop/builds/1")).json()["log"] == ["a step"]
    missing = await captain.own("GET", "/apps/shop/builds/9")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_build")


def test_the_last_build_says_how_an_app_stands_until_a_release_was_made() -> None:
    """As CapRover's clients ask for it."""
    build = new()
    for state, failed, goes_on in (
        (State.FAILED, True, False), (State.INTERRUPTED, True, False), (State.DONE, False, False),
        (State.CANCELLED, False, False), (State.BUILDING, False, True),
    ):  # fmt: skip
        found = last_build(KeptBuild(replace(build, state=state, why="because"), ("a step",), 7), None)
        assert (found.failed, found.goes_on, found.left_out) == (failed, goes_on, 7)
        assert found.lines[:1] == ("a step",)
        assert (found.lines[-1] == "because: deploy again") is (state is State.INTERRUPTED)
    lost = KeptBuild(replace(build, state=State.INTERRUPTED), ("a step",))
    assert not last_build(lost, NOW + timedelta(seconds=9)).failed and last_build(lost, NOW - timedelta(days=1)).failed


async def test_after_a_restart_caprovers_client_sees_what_the_build_said(tmp_path: Path) -> None:
    """The one that its captain was killed in has failed, says so, and does not go on."""
    captain = Captain(folder=tmp_path)
    await captain.caprover("POST", "/user/apps/appDefinitions/register", {"appName": "shop"})
    _, recording = KeptBuilds(tmp_path).begin(new())
    assert recording is not None
    recording.line("Step 1/2 : FROM scratch", ["Step 1/2 : FROM scratch"], 0)
    captain.restart()
    data = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
    assert (data["isAppBuilding"], data["isBuildFailed"]) == (True, False)
    recording.close()
    data = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
    assert (data["isAppBuilding"], data["isBuildFailed"]) == (False, True)
    assert data["logs"]["lines"][-2:] == ["Step 1/2 : FROM scratch", f"{INTERRUPTED}: deploy again"]


def test_a_recording_without_a_disk_is_an_error(tmp_path: Path) -> None:
    """Of its beginning alone."""
    with pytest.raises(FileNotFoundError):
        Recording(tmp_path / "none" / "shop.1.log", new())

"""Builds with the real engine: limits that hold, a live log, an end at any time, and nothing left behind."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.image_builder import APP_LABEL, BuildLimits
from captain.builds.places import place
from captain.builds.queue import State
from swarm.engine import Engine
from swarm.engine_images import images, remove_image
from tests.docker_cli import SOCKET, unique_name

ROOT = Path(__file__).resolve().parents[3]
MEBIBYTE = 1024**2
HOG = "python3 -c 'x = bytearray(200 << 20)'"
"""Touches 200 MiB of memory."""


def source(**files: str) -> Source:
    """A tar of these files; `Dockerfile` is one of them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return Source(made)


class Builder:
    """Builds of one app whose name nobody else has; what was deployed is in `deployed`."""

    def __init__(self, folder: Path, base: str, limits: BuildLimits | None = None) -> None:
        self.app = unique_name("built")
        self.base = base
        self.deployed: list[str] = []
        self.builds = Builds(partial(Engine.from_socket, str(SOCKET)), folder, limits)

    def submit(self, *steps: str, app: str = "", **files: str) -> int:
        dockerfile = "\n".join([f"FROM {self.base}", *steps]) + "\n"
        what = source(Dockerfile=dockerfile, **files)
        return self.builds.submit(app or self.app, what, self._deploy, arguments={"WORD": "given"}).id

    def _deploy(self, image: str, say: Callable[[str], object]) -> str:
        self.deployed.append(image)
        return ""

    def built(self, *steps: str, **files: str) -> tuple[State, str, str]:
        """How it ended, why, and its log."""
        number = self.submit(*steps, **files)
        build = self.builds.wait(number)
        return build.state, build.why, "\n".join(self.builds.log(number).lines)


def commands(docker: Callable[..., str]) -> str:
    """What every container there is was started with."""
    return docker("ps", "-a", "--no-trunc", "--format", "{{.Command}}")


@pytest.fixture
def builder(tmp_path: Path, image: Callable[[str], str]) -> Iterator[Callable[..., Builder]]:
    made: list[Builder] = []

    def of(limits: BuildLimits | None = None) -> Builder:
        made.append(Builder(tmp_path, image("captain"), limits))
        return made[-1]

    yield of
    engine = Engine.from_socket(str(SOCKET))
    for each in made:
        each.builds.stop()
        for found in images(engine, f"{APP_LABEL}={each.app}"):
            remove_image(engine, found.id)
    engine.close()


def test_a_source_becomes_an_image(builder: Callable[..., Builder], docker: Callable[..., str]) -> None:
    """Of its own files, with the app's environment as arguments; a second one is made from the cache."""
    one = builder()
    steps = ("ARG WORD", "COPY greeting /greeting", "RUN echo $WORD >>/greeting")
    state, why, log = one.built(*steps, greeting="hello\n")
    assert (state, why) == (State.DONE, ""), log
    assert "Step 1/" in log and "RUN echo $WORD" in log
    (image,) = one.deployed
    assert docker("run", "--rm", "--network", "none", image, "cat", "/greeting") == "hello\ngiven"
    assert "Using cache" in one.built(*steps, greeting="hello\n")[2]
    assert one.deployed == [image, image], "the same content is the same image"
    named = docker(
        "image", "ls", "--format", "{{.Repository}}", "--no-trunc", "--filter", f"label={APP_LABEL}={one.app}"
    )
    assert named == f"captain-builds/{one.app}"


def test_memory_and_processors_are_limited(builder: Callable[..., Builder], docker: Callable[..., str]) -> None:
    """What wants more memory is killed and says so, and is not with more. The quota is the one of the step's cgroup."""
    little = builder(BuildLimits(memory_bytes=64 * MEBIBYTE, cpus=0.5))
    state, why, _ = little.built(f"RUN {HOG}")
    assert state is State.FAILED
    assert "137" in why and "more than 64 MiB" in why
    assert little.deployed == []
    assert builder(BuildLimits(memory_bytes=512 * MEBIBYTE)).built(f"RUN {HOG}")[0] is State.DONE
    read = "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null || true"
    _, _, log = little.built(f"RUN {read}")
    assert "50000" in log


def test_a_failing_step_is_the_reason_and_its_log_is_there(builder: Callable[..., Builder]) -> None:
    """With the last lines; nothing is deployed."""
    one = builder()
    state, why, log = one.built("RUN echo almost there; exit 3")
    assert state is State.FAILED and "returned a non-zero code: 3" in why
    assert log.splitlines()[-1] == why and "almost there" in log
    for step, reason in (("NONSENSE", "unknown instruction: NONSENSE"), ("COPY gone /", "gone")):
        state, why, _ = one.built(step)
        assert state is State.FAILED and reason in why
    state, why, _ = one.built("COPY --from=nowhere.invalid/x:1 / /")
    assert state is State.FAILED and "nowhere.invalid" in why
    assert one.deployed == []


def test_the_log_is_live_and_a_build_ends_when_told(
    builder: Callable[..., Builder], docker: Callable[..., str], eventually: Callable[..., Any]
) -> None:
    """Lines come while the step runs; stopped, its container is gone and the one that waits begins."""
    one = builder()
    number = one.submit(f"RUN echo under way; sleep 600; : {one.app}")
    seen = 0

    def says() -> bool:
        nonlocal seen
        part = one.builds.log(number, seen, wait_seconds=5)
        seen = part.first + len(part.lines) - 1
        return "under way" in part.lines

    eventually(says, 60)
    waiting, newest = one.submit("RUN true"), one.submit("RUN true")
    replaced = one.builds.wait(waiting)
    assert (replaced.state, replaced.why) == (State.CANCELLED, f"build {newest} took its place")
    assert one.app in commands(docker)
    assert one.builds.cancel(number)
    assert one.builds.wait(number).state is State.CANCELLED
    assert one.builds.wait(newest).state is State.DONE
    assert not one.builds.cancel(number), "it is over"
    eventually(lambda: one.app not in commands(docker), 30)


def test_a_build_has_a_deadline(builder: Callable[..., Builder], docker: Callable[..., str], eventually: Any) -> None:
    """One that hangs is ended and says so."""
    one = builder(BuildLimits(seconds=3))
    state, why, _ = one.built(f"RUN sleep 600; : {one.app}")
    assert (state, why) == (State.FAILED, "The build took longer than 0.05 minutes and was ended.")
    eventually(lambda: one.app not in commands(docker), 30)


KILLED = """
import io, sys, tarfile
from functools import partial
from pathlib import Path
from captain.builds.builds import Builds
from captain.builds.context import Source
from swarm.engine import Engine
socket, folder, app, base = sys.argv[1:]
definition = '{"schemaVersion": 2, "dockerfileLines": ["FROM %s", "RUN sleep 600; : %s"]}' % (base, app)
builds = Builds(partial(Engine.from_socket, socket), Path(folder))
builds.wait(builds.submit(app, Source(None, definition), lambda image, say: "").id)
"""


def test_a_killed_captain_leaves_no_build_behind(
    builder: Callable[..., Builder], docker: Callable[..., str], eventually: Callable[..., Any], tmp_path: Path
) -> None:
    """kill -9 while a step runs: the engine ends it, and its place is free."""
    one = builder()
    words = (str(SOCKET), str(tmp_path), one.app, one.base)
    with subprocess.Popen([sys.executable, "-c", KILLED, *words], cwd=ROOT) as captain:
        try:
            eventually(lambda: one.app in commands(docker), 60)
        finally:
            captain.kill()
    eventually(lambda: one.app not in commands(docker), 30)
    with place(tmp_path, 1, lambda: pytest.fail("its place is still taken"), print):
        pass


def test_builds_of_several_apps_go_on_side_by_side(builder: Callable[..., Builder]) -> None:
    """As many as are allowed, and the others afterwards: all come to their end."""
    one = builder()
    numbers = [one.submit(f"RUN sleep 0.{n}", app=f"{one.app}-{n}") for n in range(1, 4)]
    assert [one.builds.wait(number).state for number in numbers] == [State.DONE] * 3
    engine = Engine.from_socket(str(SOCKET))
    for n in range(1, 4):
        for found in images(engine, f"{APP_LABEL}={one.app}-{n}"):
            remove_image(engine, found.id)
    engine.close()

"""What a build on the real engine said, after its captain was killed in it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from captain.builds.image_builder import APP_LABEL
from captain.builds.kept_builds import INTERRUPTED, KeptBuilds
from captain.builds.queue import State
from swarm.engine import Engine
from swarm.engine_images import images, remove_image
from tests.docker_cli import SOCKET, unique_name
from tests.e2e.node import BASE
from tests.integration.captain.test_captain_builds import ROOT, commands

CAPTAIN = """
import json, sys
from functools import partial
from pathlib import Path
from captain.builds.builds import Builds
from captain.builds.context import Source
from swarm.engine import Engine
socket, folder, app, *steps = sys.argv[1:]
def deploy(image, say):
    say("rolled out")
    return ""
builds = Builds(partial(Engine.from_socket, socket), Path(folder))
definition = json.dumps({"schemaVersion": 2, "dockerfileLines": steps})
print(builds.wait(builds.submit(app, Source(None, definition), deploy, git_hash="c" * 40).id).state.value)
"""


@pytest.fixture
def app() -> Iterator[str]:
    name = unique_name("kept")
    yield name
    engine = Engine.from_socket(str(SOCKET))
    for found in images(engine, f"{APP_LABEL}={name}"):
        remove_image(engine, found.id)
    engine.close()


def captain(folder: Path, app: str, *steps: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CAPTAIN, str(SOCKET), str(folder), app, f"FROM {BASE}", *steps]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_build_whose_captain_is_killed_is_interrupted_and_has_its_lines(
    app: str, tmp_path: Path, docker: Callable[..., str], eventually: Callable[..., Any]
) -> None:
    """kill -9 in a step; the next captain tells both builds as they were, and goes on with their numbers."""
    kept = KeptBuilds(tmp_path)
    with captain(tmp_path, app, "RUN echo all is well") as process:
        assert process.stdout is not None and process.stdout.read() == "done\n"
    with captain(tmp_path, app, f"RUN echo under way; sleep 600; : {app}") as process:
        eventually(lambda: "under way" in (told(kept, app) or ()), 60)
        newest = kept.newest(app)
        assert newest is not None and newest.build.state is State.BUILDING
        process.send_signal(signal.SIGKILL)
    second, first = KeptBuilds(tmp_path).of(app)
    assert (second.id, second.state, second.why) == (2, State.INTERRUPTED, INTERRUPTED)
    assert (first.id, first.state, first.git_hash, first.why) == (1, State.DONE, "c" * 40, "")
    assert first.image.startswith("sha256:") and first.ended_at is not None and second.image == ""
    well = kept.get(app, 1)
    assert well is not None and {"all is well", "rolled out"} <= set(well.lines)
    assert "under way" in (told(kept, app) or ())
    with captain(tmp_path, app) as process:
        assert process.stdout is not None and process.stdout.read() == "done\n"
    assert [build.id for build in kept.of(app)] == [3, 2, 1]
    for container in docker("ps", "-q", "--no-trunc").split():
        if app in docker("inspect", "-f", "{{.Args}}", container):
            docker("rm", "-f", container)  # what the engine goes on with by itself
    assert app not in commands(docker)


def told(kept: KeptBuilds, app: str) -> tuple[str, ...] | None:
    newest = kept.newest(app)
    return None if newest is None else newest.lines

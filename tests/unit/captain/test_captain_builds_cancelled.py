"""A build that was cancelled is not deployed, however late that was."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from captain.builds import builds as module
from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.queue import State

DEFINITION = '{"schemaVersion": 2, "dockerfileLines": ["FROM scratch"]}'


class Engine:
    def close(self) -> None:
        """Nothing is open."""


class Pushing:
    """A builder whose image is on its way to the registry, where nothing stops it."""

    on_its_way: threading.Event
    arrived: threading.Event

    def __init__(self, *_: object) -> None:
        """It takes what an `ImageBuilder` takes."""

    def build(self, *_: object) -> str:
        self.on_its_way.set()
        assert self.arrived.wait(30)
        return "shop@sha256:0"

    def stop(self) -> None:
        """Too late."""


@pytest.mark.parametrize("cancelled", [False, True])
def test_an_image_that_arrives_after_the_cancel_is_not_deployed(
    cancelled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelling answered that it ends; without it, the same build is deployed."""
    monkeypatch.setattr(module, "ImageBuilder", Pushing)
    Pushing.on_its_way, Pushing.arrived = threading.Event(), threading.Event()
    deployed: list[str] = []

    def deploy(image: str, _: object) -> str:
        deployed.append(image)
        return ""

    engine: Any = Engine()
    builds = Builds(lambda: engine, tmp_path)
    build = builds.submit("shop", Source(None, DEFINITION), deploy)
    assert Pushing.on_its_way.wait(30)
    if cancelled:
        assert builds.cancel(build.id)
    Pushing.arrived.set()
    ended = builds.wait(build.id)
    assert ended.state is (State.CANCELLED if cancelled else State.DONE), ended.why
    assert deployed == ([] if cancelled else ["shop@sha256:0"])

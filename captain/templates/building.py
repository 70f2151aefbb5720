"""What a template writes as lines of a Dockerfile, built."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.following import followed
from captain.builds.queue import State
from captain.builds.settings import BuildSettings
from captain.errors import CaptainError
from captain.oneclick.translate import OneClickApp
from captain.registry.settings import connect


def build(socket: str, settings: BuildSettings, say: Callable[[str], object], app: OneClickApp) -> str:
    """The image, by the engine at `socket`; its log goes to `say`. `CaptainError` says why there is none."""
    builds = Builds(partial(connect, socket), Path(tempfile.gettempdir()), settings.limits, settings.parallel)
    return build_with(builds, say, app)


def build_with(builds: Builds, say: Callable[[str], object], app: OneClickApp) -> str:
    """The same in a queue that there is already."""
    name = app.spec.name
    definition = json.dumps({"schemaVersion": 2, "dockerfileLines": list(app.dockerfile_lines)})
    images: list[str] = []

    def keep(image: str, _: Callable[[str], object]) -> str:
        images.append(image)
        return ""

    ended = followed(builds, builds.folder, name, Source(None, definition), keep, app.spec.environment, say)
    if ended.state is not State.DONE or not images:
        raise CaptainError(f"it could not be built: {ended.why}")
    return images[-1]

"""Has the engine build one image, within limits and a deadline, and says what went wrong in words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from captain.builds.context import Context
from captain.builds.members import Limits
from captain.errors import CaptainError
from captain.registry.pushing import APPS, push
from captain.registry.unneeded import tag_of
from swarm.engine import Engine, EngineError
from swarm.engine_build import BuildFailed, BuildRequest, BuildStopped, ImageBuild
from swarm.engine_images import remove_image, tag_image

APP_LABEL = "flotilla.build.app"
REPOSITORY = "captain-builds"
"""What images built without a registry are named by, so that nobody's cleaning up takes them for nameless ones."""

_MEBIBYTE = 1024**2


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """Of one build: memory without swap and CPUs of every step, and how long all of it may take."""

    memory_bytes: int = 1024 * _MEBIBYTE
    cpus: float = 1.0
    seconds: float = 1800.0
    source: Limits = field(default_factory=Limits)


class Stopped(Exception):
    """Somebody stopped the build."""


class ImageBuilder:
    """One build of one app; `stop` may be called from another thread at any time."""

    def __init__(self, engine: Engine, limits: BuildLimits, app: str, arguments: Mapping[str, str]) -> None:
        """`arguments` are what the Dockerfile may ask for with ARG."""
        self._engine = engine
        self._limits = limits
        self._app = app
        self._arguments = arguments
        self._lock = threading.Lock()
        self._running: ImageBuild | None = None
        self._stopped = self._late = False

    def stop(self) -> None:
        """End it as soon as possible."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.stop()

    def build(self, what: Context, say: Callable[[str], object]) -> str:
        """What every node can start: the image in the registry by its digest, or without one its content id.

        Raises `CaptainError` with the reason, `Stopped`, or `EngineError`.
        """
        if self._engine.login is None:
            self._check_nodes()
        request = BuildRequest(
            dockerfile=what.dockerfile,
            memory_bytes=self._limits.memory_bytes,
            cpus=self._limits.cpus,
            seconds=self._limits.seconds,
            arguments=self._arguments,
            labels={APP_LABEL: self._app},
        )
        build = ImageBuild(self._engine, request)
        with self._lock:
            self._running = build
            if self._stopped:
                raise Stopped
        timer = threading.Timer(self._limits.seconds, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            return self._run(build, what, say)
        finally:
            timer.cancel()
            with self._lock:
                self._running = None

    def _run(self, build: ImageBuild, what: Context, say: Callable[[str], object]) -> str:
        try:
            for line in build.run(what.chunks()):
                say(line)
        except BuildStopped:
            if not self._late:
                raise Stopped from None
            minutes = self._limits.seconds / 60
            raise CaptainError(f"The build took longer than {minutes:g} minutes and was ended.") from None
        except BuildFailed as error:
            raise CaptainError(self._reason(build, str(error))) from error
        if self._engine.login is None:
            tag = build.image.removeprefix("sha256:")[:12]
            tag_image(self._engine, build.image, f"{REPOSITORY}/{self._app}", tag)
            return build.image
        tag = tag_of(build.image, datetime.now(UTC))
        pushed = push(self._engine, self._engine.login, f"{APPS}/{self._app}", build.image, tag, say)
        say(f"the image is in the registry: {pushed}")
        return pushed

    def _reason(self, build: ImageBuild, message: str) -> str:
        if "no space left on device" in message:
            # What it has made so far is no cache worth having on a full disk.
            for layer in reversed(build.made):
                with suppress(EngineError):
                    remove_image(self._engine, layer)
            return f"The build failed, for the engine's disk is full (docker system df shows what fills it): {message}"
        if message.endswith("returned a non-zero code: 137"):
            limit = self._limits.memory_bytes // _MEBIBYTE
            return f"The build failed: {message}. 137 is that it was killed, mostly for wanting more than {limit} MiB."
        return f"The build failed: {message}"

    def _give_up(self) -> None:
        self._late = True
        self.stop()

    def _check_nodes(self) -> None:
        """A content id says nothing to a node that does not have the content."""
        if int(self._engine.info()["Swarm"].get("Nodes") or 0) > 1:
            raise CaptainError(
                "This Swarm has several nodes, and without the stack's registry an image that is built here would be "
                "on this one only: bring the stack up (./swarm/up.sh), or deploy an image by its name (captain deploy "
                "APP --image NAME)."
            )

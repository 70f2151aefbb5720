"""Carries builds out: takes them from the queue, has the engine build, hands the image to whoever deploys it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from captain.builds.build_log import BuildLog, LogPart
from captain.builds.context import Source, context
from captain.builds.image_builder import BuildLimits, ImageBuilder, Stopped
from captain.builds.kept_builds import KeptBuilds, Recording
from captain.builds.places import place
from captain.builds.queue import (
    Build,
    Queue,
    State,
    built,
    ended,
    next_number,
    startable,
    started,
    submitted,
    waits_for,
)
from captain.caprover.definition import build_arguments
from captain.errors import CaptainError
from swarm.engine import Engine, EngineError

Deploy: TypeAlias = Callable[[str, Callable[[str], object]], str]
"""Rolls an image out, saying how it gets on; empty when it is live, else a sentence why it is not."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass
class _Work:
    """What a build needs beside its place in the queue; `builder` is there while the engine builds."""

    source: Source
    deploy: Deploy
    arguments: Mapping[str, str]
    log: BuildLog
    recording: Recording | None
    builder: ImageBuilder | None = None
    stopped: bool = False


def _raise_if_stopped(work: _Work) -> None:
    if work.stopped:
        raise Stopped


def _fetch(work: _Work) -> None:
    """The source takes the place of where it is."""
    assert work.source.fetch is not None
    found = work.source.fetch(work.log.write)
    work.source = replace(work.source, tar=found.tar, fetch=None)
    work.arguments = {**work.arguments, **build_arguments({}, found.commit)}


class Builds:
    """All builds of one captain. Methods may be called from any thread; an unknown number is a `KeyError`."""

    def __init__(
        self, connect: Callable[[], Engine], folder: Path, limits: BuildLimits | None = None, parallel: int = 2
    ) -> None:
        """`folder` is on a disk with room for sources, and exists; all that share it share the places, too."""
        self.folder = folder
        self.kept = KeptBuilds(folder)
        self._connect = connect
        self._limits = limits or BuildLimits()
        self._queue = Queue(parallel)
        self._work: dict[int, _Work] = {}
        self._changed = threading.Condition()

    def submit(
        self, app: str, source: Source, deploy: Deploy, *, arguments: Mapping[str, str] = _NOTHING, git_hash: str = ""
    ) -> Build:
        """Queue it, in place of the one that waits. What is wrong with a source is said by its build, which fails."""
        with self._changed:
            before, now = {build.id: build for build in self._queue.builds}, datetime.now(UTC)
            wanted = Build(next_number(self._queue), app, State.QUEUED, now, git_hash=git_hash)
            numbered, recording = self.kept.begin(wanted)
            self._queue, new = submitted(self._queue, app, git_hash, now, numbered.id)
            log = BuildLog() if recording is None else BuildLog(recording.line)
            self._work[new.id] = _Work(source, deploy, build_arguments(arguments, git_hash), log, recording)
            for build in self._queue.builds:
                if build.state.is_over and build.id in before and not before[build.id].state.is_over:
                    self._let_go(build)
            why = waits_for(self._queue, new)
            if why:
                self._work[new.id].log.write(why)
            self._start_what_can()
            return self._queue.get(new.id) or new

    def get(self, number: int) -> Build | None:
        """That build, as it is now."""
        with self._changed:
            return self._queue.get(number)

    def latest(self, app: str) -> Build | None:
        """The app's that is not over, the one under way before the one that waits; else its newest."""
        own = self.all(app)
        under_way = [build for build in own if not build.state.is_over]
        return under_way[-1] if under_way else own[0] if own else None

    def all(self, app: str = "") -> tuple[Build, ...]:
        """Newest first; of one app, or of all."""
        with self._changed:
            found = self._queue.of(app) if app else self._queue.builds
        return tuple(reversed(found))

    def log(self, number: int, after: int = 0, wait_seconds: float = 0.0) -> LogPart:
        """Lines that came after that one; with a wait, as soon as there are any, or the build is over."""
        return self._work[number].log.after(after, wait_seconds)

    def cancel(self, number: int) -> bool:
        """End it. False when it is over, or is being rolled out, which ends in its own time."""
        with self._changed:
            build, work = self._queue.get(number), self._work[number]
            if build is None or build.state not in (State.QUEUED, State.BUILDING):
                return False
            work.stopped = True
            if build.state is State.QUEUED:
                self._end(number, State.CANCELLED, "it was cancelled")
                return True
            builder = work.builder
        if builder is not None:
            builder.stop()
        return True

    def wait(self, number: int) -> Build:
        """The build, when it is over."""
        with self._changed:
            self._changed.wait_for(lambda: (found := self._queue.get(number)) is None or found.state.is_over)
            found = self._queue.get(number)
        if found is None:
            raise KeyError(number)
        return found

    def stop(self) -> None:
        """Cancel whatever waits or is being built."""
        for build in self.all():
            self.cancel(build.id)

    def _start_what_can(self) -> None:
        for build in startable(self._queue):
            self._queue = started(self._queue, build.id, datetime.now(UTC))
            self._record(self._queue.get(build.id))
            name = f"build-{build.id}"
            threading.Thread(target=self._run, args=(build, self._work[build.id]), daemon=True, name=name).start()

    def _run(self, build: Build, work: _Work) -> None:
        state, why = State.FAILED, "captain failed"
        try:
            image = self._image(build, work)
            with self._changed:
                _raise_if_stopped(work)  # while the image was on its way to the registry
                self._queue = built(self._queue, build.id, image)
                self._record(self._queue.get(build.id))
                self._start_what_can()
            why = work.deploy(image, work.log.write)
            state = State.FAILED if why else State.DONE
        except Stopped:
            state, why = State.CANCELLED, "it was cancelled"
        except (CaptainError, EngineError) as error:
            why = str(error)
        except OSError as error:
            why = f"Captain cannot read or write the source: {error}"
        finally:
            with self._changed:
                self._end(build.id, state, why)

    def _image(self, build: Build, work: _Work) -> str:
        engine = self._connect()
        try:
            if work.source.fetch is not None:
                _fetch(work)
                _raise_if_stopped(work)
            what = context(work.source, self.folder, self._limits.source, work.log.write)
            try:
                if what.image:
                    return what.image
                with place(self.folder, self._queue.parallel, partial(_raise_if_stopped, work), work.log.write):
                    with self._changed:
                        work.builder = ImageBuilder(engine, self._limits, build.app, work.arguments)
                        _raise_if_stopped(work)
                    return work.builder.build(what, work.log.write)
            finally:
                what.close()
        finally:
            engine.close()

    def _end(self, number: int, state: State, why: str) -> None:
        before, now = self._queue.get(number), datetime.now(UTC)
        self._queue = ended(self._queue, number, state, now, why)
        build = self._queue.get(number)
        if build is None and before is not None:  # so many have ended since it began that it is forgotten at once
            build = replace(before, state=state, ended_at=now, why=why)
        if build is not None:
            self._let_go(build)
        kept = {build.id for build in self._queue.builds}
        self._work = {number: work for number, work in self._work.items() if number in kept}
        self._start_what_can()
        self._changed.notify_all()

    def _record(self, build: Build | None) -> None:
        """How far it is, where it is kept."""
        recording = None if build is None else self._work[build.id].recording
        if build is not None and recording is not None:
            recording.state(build)

    def _let_go(self, build: Build) -> None:
        """The last line of its log, and its source's file."""
        work = self._work[build.id]
        if build.why:
            work.log.write(build.why)
        work.log.end()
        self._record(build)
        if work.recording is not None:
            work.recording.close()
        if work.source.tar is not None:
            work.source.tar.close()
        self._changed.notify_all()

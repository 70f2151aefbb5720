"""Sources that come over HTTP: built in the builds' own queue, and told as deployments like everything else."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from captain.accounts.book import Caller
from captain.apps.app import NoApp
from captain.apps.app_document import Document
from captain.apps.app_work import AppWork
from captain.builds.builds import Builds
from captain.builds.context import Fetched, Source
from captain.builds.leftovers import remove_unneeded
from captain.builds.queue import Build, State
from captain.deployment import Deployment, Done, Wish
from captain.deployments import MISTAKE, Asked, Say
from captain.errors import CaptainError
from swarm.engine import Engine, EngineError

BUILD, FETCH, PUSH = "build", "fetch", "push"
"""Kinds of wishes: a source that was sent, one that is fetched when its turn has come, one that somebody waits for."""
CUT = (
    "captain was killed while this went on, and whoever pushed was not told that it is taken: push again; "
    "captain releases tells what runs"
)
FORGOTTEN = "how this build ended is not known any more, since so many ended after it: captain releases tells what runs"
_WAIT_SECONDS = 5.0

Fetch: TypeAlias = Callable[[str, Say], Fetched]

log = logging.getLogger("captain.sources")


@dataclass
class _UnderWay:
    """What is known of a build as it goes on."""

    commit: str
    done: Done = field(default_factory=Done)


class SourceWork:
    """Builds of one captain. Of several sources of an app that wait the newest is built."""

    def __init__(self, builds: Builds, work: AppWork, tidy: Callable[[Engine, Say], object] = remove_unneeded) -> None:
        """`tidy` takes away what no release needs any more, after each that is live."""
        self.builds = builds
        self._work = work
        self._tidy = tidy
        self._building: dict[int, int] = {}
        """Builds by their deployments, while they go on."""
        for kind in (BUILD, FETCH, PUSH):
            work.deployments.on(kind, self._start)

    def fetch_with(self, fetch: Fetch) -> None:
        """How a source is fetched that is asked for by `FETCH`."""
        self._fetch = fetch

    def submit(
        self,
        name: str,
        source: Source,
        caller: Caller,
        git_hash: str = "",
        what: str = "deploy a source",
        new: Document | None = None,
        kind: str = BUILD,
    ) -> Deployment:
        """Build it and roll it out. A bad source is told by the deployment's end.

        `new` is what the app is where there is none yet; `NoApp` without. One of the kind `PUSH` ends with captain.
        """
        try:
            environment = self._work.app(name).document.get("environment", {})
        except NoApp:
            if new is None:
                raise
            environment = {}
        words = {
            "definition": source.definition,
            "definition_path": source.definition_path,
            "git_hash": git_hash,
            "environment": environment,
            "new": new,
        }
        try:
            return self._work.deployments.ask(Wish(kind, name, what, caller, words), source.tar, kind != PUSH)
        except CaptainError:
            if source.tar is not None:
                source.tar.close()
            raise

    def cancel(self, deployment: int) -> bool:
        """End a build. False for what is no build, is over, or is being rolled out, which ends in its own time."""
        number = self._building.get(deployment)
        return number is not None and self.builds.cancel(number)

    def _start(self, asked: Asked) -> None:
        """Queue it; one that was being rolled out when captain was killed is not built again."""
        words, deployments = asked.wish.words, self._work.deployments
        if asked.is_resumed and asked.wish.kind == PUSH:
            deployments.end(asked.id, Done(why=CUT))
            return
        under_way = _UnderWay(words["git_hash"])
        source = Source(asked.tar, words["definition"], words["definition_path"])
        if asked.begun:
            definition = json.dumps({"schemaVersion": 2, "imageName": asked.begun["image"]})
            source = Source(None, definition)
            if asked.tar is not None:
                asked.tar.close()
        elif asked.wish.kind == FETCH:
            source = replace(source, tar=None, fetch=partial(self._fetched, asked.wish.app, under_way))
        deployments.running(asked.id)
        build = self.builds.submit(
            asked.wish.app,
            source,
            partial(self._deploy, asked, under_way),
            arguments=words["environment"],
            git_hash=words["git_hash"],
        )
        self._building[asked.id] = build.id
        follow = partial(self._follow, asked.id, build, under_way)
        threading.Thread(target=follow, daemon=True, name=f"source-{asked.id}").start()

    def _fetched(self, app: str, under_way: _UnderWay, say: Say) -> Fetched:
        found = self._fetch(app, say)
        under_way.commit = found.commit
        return found

    def _deploy(self, asked: Asked, under_way: _UnderWay, image: str, say: Say) -> str:
        note = asked.begun.get("note") or (f"git {under_way.commit}" if under_way.commit else "built from a source")
        under_way.done = self._work.roll_out_image(asked, image, note, say, asked.wish.words["new"])
        return under_way.done.why

    def _follow(self, deployment: int, build: Build, under_way: _UnderWay) -> None:
        try:
            done = self._done(deployment, build, under_way)
        except Exception:  # the thread's outer edge: whoever waits is told
            log.exception("Following a build ended in an error of captain's own.")
            with suppress(KeyError):
                self.builds.cancel(build.id)
            done = Done(why=MISTAKE)
        self._building.pop(deployment, None)
        self._work.deployments.end(deployment, done)
        if not done.why:
            self._tidy_up()

    def _done(self, deployment: int, build: Build, under_way: _UnderWay) -> Done:
        with suppress(KeyError):  # forgotten meanwhile: what it said more is kept with it
            self._tell(build.id, deployment)
        ended = self._ended(build)
        if ended is None:
            return under_way.done if under_way.done != Done() else Done(why=FORGOTTEN)
        why = "" if ended.state is State.DONE else ended.why or "it was cancelled"
        return replace(under_way.done, why=why)

    def _ended(self, build: Build) -> Build | None:
        try:
            return self.builds.wait(build.id)
        except KeyError:
            kept = self.builds.kept.get(build.app, build.id)
            return None if kept is None else kept.build

    def _tell(self, build: int, deployment: int) -> None:
        """The build's log to the deployment's as it comes, but for why it failed: the deployment's end says that."""
        seen = 0
        while True:
            part = self.builds.log(build, seen, _WAIT_SECONDS)
            for line in part.lines:
                known = self.builds.get(build)
                if known is None or line != known.why:
                    self._work.deployments.say(deployment, line)
            seen = part.first + len(part.lines) - 1
            if part.is_over and not part.lines:
                return

    def _tidy_up(self) -> None:
        try:
            with self._work.place() as place:
                self._tidy(place.engine, log.info)
        except EngineError as error:
            log.warning("Images that no release needs any more are still there: %s", error)

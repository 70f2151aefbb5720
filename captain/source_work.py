"""Sources that come over HTTP: built in the builds' own queue, and told as deployments like everything else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from captain.accounts.book import Caller
from captain.apps.app_document import Document
from captain.apps.app_work import AppWork, NoApp
from captain.builds.builds import Builds
from captain.builds.context import Fetched, Source
from captain.builds.leftovers import remove_unneeded
from captain.builds.queue import State
from captain.deployments import Deployment, Done, Say
from swarm.engine import Engine, EngineError

_WAIT_SECONDS = 5.0

log = logging.getLogger("captain.sources")


class SourceWork:
    """Builds of one captain. Of several sources of an app that wait the newest is built."""

    def __init__(self, builds: Builds, work: AppWork, tidy: Callable[[Engine, Say], object] = remove_unneeded) -> None:
        """`tidy` takes away what no release needs any more, after each that is live."""
        self.builds = builds
        self._work = work
        self._tidy = tidy
        self._building: dict[int, int] = {}
        """Builds by their deployments, while they go on."""

    def submit(
        self,
        name: str,
        source: Source,
        caller: Caller,
        git_hash: str = "",
        what: str = "deploy a source",
        new: Document | None = None,
    ) -> Deployment:
        """Build it and roll it out. A bad source is told by the deployment's end.

        `new` is what the app is where there is none yet; `NoApp` without.
        """
        try:
            environment = self._work.app(name).document.get("environment", {})
        except NoApp:
            if new is None:
                raise
            environment = {}
        deployments = self._work.deployments
        deployment = deployments.begin(name, what, caller.user, caller.token)
        done, commit = Done(), git_hash
        fetch = source.fetch

        def fetched(say: Say) -> Fetched:
            nonlocal commit
            assert fetch is not None
            found = fetch(say)
            commit = found.commit
            return found

        def deploy(image: str, say: Say) -> str:
            nonlocal done
            note = f"git {commit}" if commit else "built from a source"
            done = self._work.roll_out_image(name, image, note, say, new)
            return done.why

        if fetch is not None:
            source = replace(source, fetch=fetched)
        build = self.builds.submit(name, source, deploy, arguments=environment, git_hash=git_hash)
        self._building[deployment.id] = build.id

        def follow() -> None:
            self._tell(build.id, deployment.id)
            ended = self.builds.wait(build.id)
            why = "" if ended.state is State.DONE else ended.why or "it was cancelled"
            del self._building[deployment.id]
            deployments.end(deployment.id, replace(done, why=why))
            if not why:
                self._tidy_up()

        threading.Thread(target=follow, daemon=True, name=f"source-{deployment.id}").start()
        return deployment

    def cancel(self, deployment: int) -> bool:
        """End a build. False for what is no build, is over, or is being rolled out, which ends in its own time."""
        number = self._building.get(deployment)
        return number is not None and self.builds.cancel(number)

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

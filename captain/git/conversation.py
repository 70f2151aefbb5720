"""One push as its hook sees it: captain deploys what is pushed, says how it gets on, then takes or refuses it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from captain.accounts.book import Caller
from captain.apps.app import NoApp
from captain.apps.app_work import AppWork
from captain.builds.context import Source
from captain.deployment import Deployment
from captain.errors import CaptainError
from captain.git.push import Update, deployed, parse
from captain.git.repositories import Repositories
from captain.git.turns import Turns
from captain.source_work import PUSH, SourceWork
from swarm.engine import EngineError

MOST_REFS = 1000
"""Of one push."""
NEW_APP = {"http": {"port": 80}}
"""What an app is that nobody described before its first push."""

_LONGEST_LINE = 4096
_PAUSE_SECONDS = 0.2
_OBJECTS = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")

log = logging.getLogger("captain.git")


class Conversation:
    """`end` may be called from another thread at any time: nobody waits for the push any more."""

    def __init__(
        self, app: str, caller: Caller, work: AppWork, sources: SourceWork, repositories: Repositories, turns: Turns
    ) -> None:
        self._app = app
        self._caller = caller
        self._work = work
        self._sources = sources
        self._repositories = repositories
        self._turns = turns
        self._over = threading.Event()
        self._has_turn = False
        self._lock = threading.Lock()

    def end(self) -> None:
        """git has ended, or been ended: the next push of the app may have its turn."""
        with self._lock:
            self._over.set()
            if self._has_turn:
                self._has_turn = False
                with suppress(OSError):
                    self._repositories.bound(self._app)
                self._turns.give_back(self._app)

    def run(self, asked: BinaryIO, answers: BinaryIO) -> None:
        """Until the push is taken or refused, or the hook is no more; closes both pipes."""
        with asked, answers:
            say = _saying(answers)
            try:
                why = self._deploy(asked, say)
                for line in why.splitlines():
                    say(line)
                answers.write(b"refuse\n" if why else b"take\n")
            except BrokenPipeError:
                return

    def _deploy(self, asked: BinaryIO, say: Callable[[str], object]) -> str:
        """Why the push is refused; empty for one that is live."""
        try:
            question = _question(asked)
            if not question:
                return "git ended before it said what is pushed."
            objects = dict(zip(_OBJECTS, question[:2], strict=True))
            update = deployed([parse(line) for line in question[2:]])
            self._take_turn(say)
            self._check_unmoved(update)
            self._make_app(say)
            tar = self._repositories.packed(self._app, update.after, {key: at for key, at in objects.items() if at})
            what = f"push of {update.branch}"
            started = self._sources.submit(self._app, Source(tar), self._caller, update.after, what, kind=PUSH)
            return self._followed(started, update.branch, say)
        except (CaptainError, EngineError) as error:
            return str(error)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            log.warning("A push of %s failed: %s", self._app, error)
            return f"captain cannot read or write what was pushed: {error}"

    def _take_turn(self, say: Callable[[str], object]) -> None:
        if self._turns.is_held(self._app):
            say(f"another push of {self._app} is under way: this one waits for its end")
        if not self._turns.take(self._app, lambda: not self._over.is_set()):
            raise CaptainError(f"A newer push of {self._app} took the place of this one.")
        with self._lock:
            self._has_turn = True
        if self._over.is_set():  # between the two
            self.end()

    def _check_unmoved(self, update: Update) -> None:
        before = "" if update.is_new else update.before
        if self._repositories.branch(self._app, update.ref) != before:
            raise CaptainError(f"{update.branch} was moved by another push meanwhile: push again.")

    def _make_app(self, say: Callable[[str], object]) -> None:
        try:
            self._work.app(self._app)
        except NoApp:
            self._work.register(self._app, dict(NEW_APP))
            say(f"{self._app} is a new app, which has to listen on port {NEW_APP['http']['port']}")

    def _followed(self, started: Deployment, what: str, say: Callable[[str], object]) -> str:
        deployments, seen, cancelled = self._work.deployments, 0, False
        while True:
            found = deployments.get(started.id)
            count, lines = deployments.lines(started.id)
            for line in lines[max(0, len(lines) - (count - seen)) :]:
                say(line)
            seen = count
            if found is None:
                return "captain has forgotten this deployment: captain releases tells what runs."
            if found.state.is_over:
                if not found.why:
                    say(f"{self._app}: release {found.release} is live")
                    return ""
                # The reason is the log's last line.
                return f"{self._app}: this push is not deployed, and {what} stays where it was"
            if self._over.is_set() and not cancelled:
                cancelled = True
                self._sources.cancel(started.id)
            time.sleep(_PAUSE_SECONDS)


def _saying(answers: BinaryIO) -> Callable[[str], object]:
    """Lines for people. Once the hook is gone the deployment is still followed to its end, and nothing is said."""

    def say(line: str) -> None:
        for part in line.splitlines() or [""]:
            with suppress(BrokenPipeError):
                answers.write(f"> {part}\n".encode())

    return say


def _question(asked: BinaryIO) -> list[str]:
    """Where the objects are, two lines, and a line for each ref; nothing if the hook ended before it had asked."""
    found: list[str] = []
    while True:
        line = asked.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            return []
        if line == b"\n" and len(found) >= len(_OBJECTS):
            return found
        if len(found) >= MOST_REFS + len(_OBJECTS):
            raise CaptainError(f"captain takes at most {MOST_REFS} branches and tags at a time: push the branch alone.")
        found.append(line.decode(errors="replace").rstrip("\n"))

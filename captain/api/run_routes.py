"""Commands that run once: in a task of their own with an app's image, or in a replica of it."""

from __future__ import annotations

import base64
import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from captain.accounts.book import Scope
from captain.api.models import ExecIn, RunIn
from captain.api.needs import AuditIn, ThreadsIn, Who, WorkIn, note, require
from captain.api.open_streams import EventStream, Left, Put, event, from_thread
from captain.apps.app_work import AppWork
from captain.apps.exec_gate import Inside, entered
from captain.apps.one_off import run
from swarm.engine import EngineError
from swarm.engine_logs import LogLine

_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}

router = APIRouter(tags=["Commands"])


@router.post("/apps/{app}/runs", response_class=StreamingResponse, responses=_STREAM)
def run_command(
    app: str, wanted: RunIn, request: Request, who: Who, work: WorkIn, threads: ThreadsIn, audit: AuditIn
) -> StreamingResponse:
    """Run it on any node with the app's environment, secrets and volumes, for as long as the answer is read.

    Events are `line`, `note` (what it waits for), and at the end `exit` with its `code`, or `problem`.
    """
    require(who, Scope.DEPLOY, app)
    work.app(app)
    note(request, audit, who)
    left = threading.Event()
    return EventStream(from_thread(lambda put: _run(work, app, wanted, put, left), left.set), threads.take())


def _run(work: AppWork, app: str, wanted: RunIn, put: Put, left: threading.Event) -> None:
    def sleep(seconds: float) -> None:
        if left.wait(seconds):
            raise Left

    def tell(line: LogLine) -> None:
        with suppress(Left):  # a thread of its own reads lines; who has left is noticed in `sleep`
            put(event("line", {"stream": "stderr" if line.is_error else "stdout", "line": line.text}))

    with work.place(lambda line: put(event("note", {"text": line}))) as place:
        code = run(replace(place, sleep=sleep), app, wanted.command, tell)
    put(event("exit", {"code": code}))


@router.post("/apps/{app}/exec", response_class=StreamingResponse, responses=_STREAM)
def exec_command(
    app: str, wanted: ExecIn, request: Request, who: Who, work: WorkIn, threads: ThreadsIn, audit: AuditIn
) -> StreamingResponse:
    """Run it in a replica, on whatever node. It gets no input, and goes on where the answer is not read to its end.

    Events are `output` (`stream`, and in `base64` what it wrote), and at the end `exit` with its `code`, or `problem`.
    """
    require(who, Scope.EXEC, app)
    work.app(app)
    note(request, audit, who)
    leaving = _Leaving()
    return EventStream(from_thread(lambda put: _exec(work, app, wanted, put, leaving), leaving), threads.take())


class _Leaving:
    """Called once whoever reads has gone: ends what waits, for a replica or for what the command writes."""

    def __init__(self) -> None:
        self._left = threading.Event()
        self._command: Inside | None = None

    def __call__(self) -> None:
        self._left.set()
        if self._command is not None:
            self._command.close()

    def ends(self, command: Inside) -> None:
        """This one, from now on."""
        self._command = command
        self.check()

    def check(self) -> None:
        """Raises `Left` once they have."""
        self.sleep(0)

    def sleep(self, seconds: float) -> None:
        """Raises `Left` as soon as they have."""
        if self._left.wait(seconds):
            raise Left


def _exec(work: AppWork, app: str, wanted: ExecIn, put: Put, leaving: _Leaving) -> None:
    with (
        work.place() as place,
        entered(replace(place, sleep=leaving.sleep), app, wanted.replica, wanted.command, None) as command,
    ):
        leaving.ends(command)
        with suppress(OSError):  # it has ended already
            command.close_input()
        try:
            for stream, piece in command.output():
                content = base64.b64encode(piece).decode()
                put(event("output", {"stream": "stderr" if stream == 2 else "stdout", "base64": content}))
            code = command.exit_code()
        except EngineError:
            leaving.check()  # or it is what closing it made of it
            raise
    put(event("exit", {"code": code}))

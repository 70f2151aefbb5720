"""Commands that run once, in a task of their own with an app's image."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from captain.accounts.book import Scope
from captain.api.models import RunIn
from captain.api.needs import AuditIn, ThreadsIn, Who, WorkIn, note, require
from captain.api.open_streams import EventStream, Left, Put, event, from_thread
from captain.apps.app_work import AppWork
from captain.apps.one_off import run
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

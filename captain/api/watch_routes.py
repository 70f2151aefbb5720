"""An app's log, and what happened to apps: as far as it goes, or as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from captain.accounts.book import Caller, Scope
from captain.api.models import HappenedOut, LogLineOut, LogOut
from captain.api.needs import SourcesIn, ThreadsIn, Who, WorkIn, require, wants_events
from captain.api.open_streams import EventStream, Put, event, from_thread
from captain.apps import app_logs
from captain.apps.app_work import AppWork
from captain.apps.happened import Happened, as_json
from captain.apps.log_reading import Wanted, rows
from captain.errors import CaptainError
from captain.logs.kept_logs import KeptLogs
from swarm.engine import EngineError
from swarm.engine_logs import HangUp

MOST_LINES = 5000
_LOOK_SECONDS = 1.0
_KEPT_ALIVE_SECONDS = 15.0
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "With `Accept: text/event-stream` it goes on."}
}

router = APIRouter(tags=["Logs and events"])

SinceIn = Annotated[str, Query(description="How long ago (10m), or a time.", max_length=40)]


@router.get("/apps/{app}/logs", response_model=LogOut, responses=_STREAM)
def get_logs(
    app: str,
    request: Request,
    who: Who,
    work: WorkIn,
    threads: ThreadsIn,
    sources: SourcesIn,
    since: SinceIn = "",
    grep: Annotated[str, Query(description="Only lines that hold this text.", max_length=200)] = "",
    replica: Annotated[list[int] | None, Query(description="Only these replicas, by number.", max_length=100)] = None,
    tail: Annotated[int | None, Query(ge=0, le=MOST_LINES, description="The last lines of each replica.")] = None,
) -> LogOut | StreamingResponse:
    """What all replicas write, and what of those that are gone is kept; the newest lines if there are many.

    Followed, an event `line` is one line, and `problem` says why there will be no more.
    """
    require(who, Scope.READ, app)
    work.app(app)
    at = app_logs.since(since, datetime.now(UTC))
    wanted, kept = Wanted(at, tail, replica or (), MOST_LINES), KeptLogs(sources.builds.folder)
    if wants_events(request):
        return _followed(work, kept, app, wanted, grep, threads)
    with work.place() as place:
        found = list(rows(place, kept, app, wanted))
    lines = [LogLineOut.model_validate(row) for row in found if grep in str(row["line"])]
    return LogOut(lines=lines, is_cut=len(found) == MOST_LINES)


def _followed(work: AppWork, kept: KeptLogs, app: str, wanted: Wanted, grep: str, threads: ThreadsIn) -> EventStream:
    hang_up = HangUp()

    def read(put: Put) -> None:
        with work.place() as place:
            for row in rows(place, kept, app, wanted, follow=True, hang_up=hang_up):
                if grep in str(row["line"]):
                    put(event("line", row))

    return EventStream(from_thread(read, hang_up), threads.take())


@router.get("/history", response_model=list[HappenedOut], responses=_STREAM)
def get_history(
    request: Request,
    who: Who,
    work: WorkIn,
    threads: ThreadsIn,
    app: Annotated[str, Query(description="Only this app's.")] = "",
    since: SinceIn = "",
) -> list[HappenedOut] | StreamingResponse:
    """What happened to apps, out of what the Swarm remembers: releases, rollouts, replicas that came and ended.

    Followed, an event `happened` is one of them.
    """
    require(who, Scope.READ, app)
    if app:
        work.app(app)
    happened = Happened(app or None, app_logs.since(since, datetime.now(UTC)))
    if wants_events(request):
        return EventStream(_told(work, who, happened), threads.take())
    return [HappenedOut.model_validate(row) for row in _new(work, who, happened)]


def _new(work: AppWork, who: Caller, happened: Happened) -> list[dict[str, object]]:
    with work.place() as place:
        return [as_json(found) for found in happened.new(place) if who.may(Scope.READ, found.app)]


async def _told(work: AppWork, who: Caller, happened: Happened) -> AsyncIterator[str]:
    told_at = time.monotonic()
    while True:
        try:
            found = await to_thread.run_sync(_new, work, who, happened)
        except (CaptainError, EngineError) as error:
            yield event("problem", {"detail": str(error)})
            return
        for row in found:
            yield event("happened", row)
        if found:
            told_at = time.monotonic()
        elif time.monotonic() - told_at >= _KEPT_ALIVE_SECONDS:
            told_at = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)

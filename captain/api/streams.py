"""Server-sent events of deployments: each another state or a line of a log, numbered, so that a client goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from fastapi.responses import StreamingResponse

from captain.api.models import DeploymentOut
from captain.deployments import Deployment, Deployments, Event

_PAUSE_SECONDS = 0.2
_KEPT_ALIVE_SECONDS = 15.0


def stream(
    deployments: Deployments, after: int, is_shown: Callable[[Deployment], bool], only: int | None = None
) -> StreamingResponse:
    """The events after that number, as they come; with `only`, that deployment's, until it is over."""
    chosen = _events(deployments, after, is_shown, only)
    return StreamingResponse(chosen, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(
    deployments: Deployments, after: int, is_shown: Callable[[Deployment], bool], only: int | None
) -> AsyncIterator[str]:
    quiet = 0.0
    while True:
        for event in deployments.events(after):
            after = event.number
            if not is_shown(event.deployment) or only not in (None, event.deployment.id):
                continue
            quiet = 0.0
            yield text(event)
            if only is not None and event.deployment.state.is_over:
                return
        await asyncio.sleep(_PAUSE_SECONDS)
        quiet += _PAUSE_SECONDS
        if quiet >= _KEPT_ALIVE_SECONDS:
            quiet = 0.0
            yield ": still here\n\n"


def text(event: Event) -> str:
    """As a line of a log (`line`) or a state (`deployment`)."""
    if event.line:
        kind, data = (
            "line",
            json.dumps({"deployment": event.deployment.id, "app": event.deployment.app, "line": event.line}),
        )
    else:
        kind, data = "deployment", DeploymentOut.of(event.deployment).model_dump_json()
    return f"id: {event.number}\nevent: {kind}\ndata: {data}\n\n"

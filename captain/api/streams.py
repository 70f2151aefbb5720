"""Server-sent events of deployments: each another state or a line of a log, numbered, so that a client goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from captain.api.models import DeploymentOut
from captain.api.open_streams import EventStream, OpenStreams
from captain.deployment import Deployment
from captain.deployments import Deployments, Event

_PAUSE_SECONDS = 0.2
_KEPT_ALIVE_SECONDS = 15.0


def stream(
    deployments: Deployments,
    open_streams: OpenStreams,
    after: int,
    is_shown: Callable[[Deployment], bool],
    only: int | None = None,
) -> EventStream:
    """The events after that number, as they come; with `only`, that deployment's, until it is over."""
    return EventStream(_events(deployments, after, is_shown, only), open_streams.take())


async def _events(
    deployments: Deployments, after: int, is_shown: Callable[[Deployment], bool], only: int | None
) -> AsyncIterator[str]:
    quiet = 0.0
    while True:
        ended = None if only is None else _ended(deployments, only)
        for event in deployments.events(after):
            after = event.number
            if not is_shown(event.deployment) or only not in (None, event.deployment.id):
                continue
            quiet = 0.0
            yield text(event)
            if only is not None and event.deployment.state.is_over:
                return
        if ended is not None:  # its last event is forgotten, or was seen before
            yield text(Event(after, ended))
            return
        await asyncio.sleep(_PAUSE_SECONDS)
        quiet += _PAUSE_SECONDS
        if quiet >= _KEPT_ALIVE_SECONDS:
            quiet = 0.0
            yield ": still here\n\n"


def _ended(deployments: Deployments, number: int) -> Deployment | None:
    found = deployments.get(number)
    return found if found is not None and found.state.is_over else None


def text(event: Event) -> str:
    """As a line of a log (`line`) or a state (`deployment`)."""
    if event.line:
        line = {"deployment": event.deployment.id, "app": event.deployment.app, "line": event.line}
        kind, data = "line", json.dumps(line | {"is_outcome": event.is_outcome})
    else:
        kind, data = "deployment", json.dumps(DeploymentOut.of(event.deployment).model_dump(mode="json"))
    return f"id: {event.number}\nevent: {kind}\ndata: {data}\n\n"

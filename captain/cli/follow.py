"""Follows what was asked of captain to its end, over connections that may break."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from captain.cli.said import Row
from captain.cli.server import NoAnswer, Refused, Server
from captain.errors import CaptainError

_OVER = ("live", "failed")
_PAUSE_SECONDS = 2.0
_ATTEMPTS = 30
"""A minute: captain itself is replaced within that."""


def outcome(
    server: Server, deployment: Row, say: Callable[[str], object], sleep: Callable[[float], None] = time.sleep
) -> Row:
    """What came of it, saying the lines of its log as they come.

    `CaptainError` is the reason of what did not come to a step; a build's is an outcome without one.
    """
    found = _ended(server, deployment, say, sleep)
    row: Row = found["outcome"]
    return row


def rolled_out(server: Server, deployment: Row, say: Callable[[str], object]) -> Row:
    """The same of what is no build: without a step it is refused."""
    row = outcome(server, deployment, say)
    if row["why"] and not row["step"]:
        raise CaptainError(row["why"])
    return row


@contextmanager
def cancelled_when_interrupted(server: Server, deployment: Row) -> Iterator[None]:
    """For a block: nobody waits for the build any more. What is being rolled out ends in its own time."""
    try:
        yield
    except KeyboardInterrupt:
        with suppress(CaptainError):
            server.send("POST", f"/deployments/{deployment['id']}/cancel")
        raise


def _ended(server: Server, deployment: Row, say: Callable[[str], object], sleep: Callable[[float], None]) -> Any:
    number, seen, failures = deployment["id"], 0, 0
    while True:
        try:
            for event in server.events("GET", f"/deployments/{number}/events"):
                failures = 0
                if event.kind == "deployment" and event.data["state"] in _OVER:
                    return event.data
                if event.kind == "line" and event.number > seen:
                    seen = event.number
                    if not event.data["is_outcome"]:
                        say(event.data["line"])
        except Refused as error:
            if error.code == "no_deployment":
                raise CaptainError(
                    f"captain was started anew meanwhile, and what came of it the releases say: "
                    f"captain releases {deployment['app']}"
                ) from error
            if error.status < 500 and error.status != 429:
                raise
            last: CaptainError = error
        except NoAnswer as error:
            last = error
        else:
            last = NoAnswer("captain ended the answer in the middle: captain events says how it gets on.")
        failures += 1
        if failures > _ATTEMPTS:
            raise last
        sleep(_PAUSE_SECONDS)

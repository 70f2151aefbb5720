"""What is written down while a spike runs, and its file: a JSON object a line, so that an interrupted run
is readable.

Times are seconds from the step of the pass (before it: negative), to the microsecond. What could not be
measured is None, never zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal, TextIO

from swarm.spike.schedule import Kind, PhaseName

Leg = Literal["autoscaled", "floor"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it went. ``started``: when the generator turned to it; ``sent``: when it was written
    to a connection; ``done``: when its last byte had come, or it was given up. ``status`` is None without a
    whole answer, and then ``error`` says why.
    """

    leg: Leg
    index: int
    phase: PhaseName
    kind: Kind
    key: str | None
    source: str
    intended: float
    started: float
    sent: float | None
    done: float
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The stack at one second of a pass."""

    leg: Leg
    at: float
    wanted: int | None
    ready: int | None
    queued: float | None
    db_connections: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a summary needs beside the samples. ``notes`` says for a key why it will be missing."""

    run: str
    service: str
    site: str
    objective_ms: float
    before_seconds: float
    spike_seconds: float
    before_rate: float
    spike_rate: float
    timeout_seconds: float
    db_connections_cap: int | None
    floor_replicas: int | None = None
    served_each: float | None = None
    """Requests per second that a saturated replica served; None where the rate was given."""
    labels: dict[str, str] = field(default_factory=dict)
    """The service's labels for the autoscaler as the spike began."""
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Recording:
    """A whole run. ``rows`` are the titles read back from the site, repeated where a row is; None: not
    read.
    """

    facts: Facts
    requests: list[Request] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    rows: list[str] | None = None


def write(recording: Recording, out: TextIO) -> None:
    """Writes the raw file: facts, requests, moments, rows; every line has its ``type``."""

    def lines(kind: str, things: Iterable[dict[str, object]]) -> None:
        for thing in things:
            out.write(json.dumps({"type": kind, **thing}, separators=(",", ":")) + "\n")

    lines("facts", [asdict(recording.facts)])
    lines("request", (asdict(request) for request in recording.requests))
    lines("moment", (asdict(moment) for moment in recording.moments))
    if recording.rows is not None:
        lines("rows", [{"count": len(recording.rows)}])
        lines("row", ({"key": key} for key in recording.rows))

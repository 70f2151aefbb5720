"""An app's log over all of its replicas: which lines are meant, and how one is said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from captain.errors import CaptainError
from captain.units import duration_nanoseconds
from swarm.engine_logs import LogLine

_SECOND = 10**9


def since(text: str, now: datetime) -> datetime | None:
    """`10m` or `1h30m` ago, or a time such as 2026-01-31T12:00:00Z; None for an empty text."""
    if not text:
        return None
    try:
        return now - timedelta(seconds=duration_nanoseconds(text) / _SECOND)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CaptainError(
            f"--since '{text}' is no time: write how long ago (10m, 1h30m), or a time (2026-01-31T12:00:00Z)."
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def as_json(line: LogLine, app: str, replicas: Mapping[str, str]) -> dict[str, object]:
    """An object for programs; one a line, so that a log that goes on can be read."""
    return {
        "time": line.at.astimezone(UTC).isoformat(),
        "app": app,
        "replica": replicas.get(line.task),
        "task": line.task,
        "node": line.node,
        "stream": "stderr" if line.is_error else "stdout",
        "line": line.text,
    }

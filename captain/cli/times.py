"""Times as all of captain's commands write them for programs. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from captain.cli.said import Row


def with_zone(row: Row, key: str) -> Row:
    """The row with that time written as `+00:00`, which the API writes as `Z`."""
    return {**row, key: None if row[key] is None else datetime.fromisoformat(row[key]).astimezone(UTC).isoformat()}

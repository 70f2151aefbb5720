"""Versions of a row: what an ETag says, and what `If-Match` and `If-None-Match` ask for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TAG = re.compile(r'"([0-9a-f]{1,15})"')


def etag(updated_at: datetime) -> str:
    """The ETag of a row that was last changed then: the database gives no row the same time twice."""
    return f'"{(updated_at - _EPOCH) // _MICROSECOND:x}"'


def wanted(if_match: str | None) -> Sequence[datetime] | None:
    """The times that `If-Match` allows a row to have; None if any will do. What is no ETag of ours matches no row."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = []
    for tag in if_match.split(","):
        # A weak one never matches here (RFC 9110, 13.1.1).
        if (said := _TAG.fullmatch(tag.strip())) and int(said[1], 16) < 250_000_000_000_000_000:
            found.append(_EPOCH + int(said[1], 16) * _MICROSECOND)
    return found


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether who sent `If-None-Match` has this version already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in (
        given.strip().removeprefix("W/") for given in if_none_match.split(",")
    )

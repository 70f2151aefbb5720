"""A log as CapRover's clients count its lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

RING = 50


def build_log(total: int, last: Sequence[str]) -> dict[str, Any]:
    """`last` are the last of `total` lines, more than a ring holds or not.

    A client counts from -50, as if so many empty lines had come first, and prints what it has not seen.
    """
    shown = list(last[-RING:])
    return {"firstLineNumber": total - RING, "lines": [""] * (RING - len(shown)) + shown}

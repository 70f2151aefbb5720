"""How much of apps' logs is kept, and what goes first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SEGMENT_BYTES = 1024**2
"""A file that has grown to this is compressed, and the next begun."""
MOST_SEGMENTS = 8
"""Of one app, the one that is being written among them."""
MOST_BYTES = 256 * 1024**2
"""Of all apps on the disk."""
LEAST_FREE_BYTES = 256 * 1024**2
"""Of the disk, below which nothing is kept: logs are not what fills it."""


@dataclass(frozen=True, slots=True)
class Size:
    """A file. `number` counts an app's from 1; `ended_at` is when it was written last, in seconds of the epoch."""

    app: str
    number: int
    size_bytes: int
    ended_at: float


def surplus(files: Sequence[Size], most_segments: int = MOST_SEGMENTS, most_bytes: int = MOST_BYTES) -> list[Size]:
    """Those that go: of each app all but its newest ones, and of all apps the oldest beyond `most_bytes`.

    The newest of an app never goes: it is being written.
    """
    newest: dict[str, int] = {}
    for file in files:
        newest[file.app] = max(newest.get(file.app, 0), file.number)
    gone = [file for file in files if file.number <= newest[file.app] - most_segments]
    left = sum(file.size_bytes for file in files) - sum(file.size_bytes for file in gone)
    may_go = [file for file in files if file not in gone and file.number != newest[file.app]]
    for file in sorted(may_go, key=lambda file: file.ended_at):
        if left <= most_bytes:
            break
        gone.append(file)
        left -= file.size_bytes
    return gone

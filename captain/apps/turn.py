"""One at a time per app: whoever comes second waits for its turn, and loses nothing.

The lock is a file of this machine, so it holds between processes of one captain. Between two captains the versions of
what the Swarm stores do (`app_rollout`).
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def turn(folder: Path, app: str, say: Callable[[str], object]) -> Iterator[None]:
    """Hold the app's lock in `folder` for a block; a killed process holds none."""
    with _lock_file(folder, app) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{app}: somebody else is at it; this waits for its turn")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def turn_if_free(folder: Path, app: str) -> Iterator[bool]:
    """The same without waiting: False where somebody else is at it."""
    with _lock_file(folder, app) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _lock_file(folder: Path, app: str) -> TextIO:
    return (folder / f"flotilla-app-{app}.lock").open("w")

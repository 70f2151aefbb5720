"""Pushes beside each other, and tidying while nobody pushes; between processes, and a killed one holds nothing."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILE = "flotilla-registry.lock"


@contextmanager
def pushing() -> Iterator[None]:
    """Hold off tidying for a block; waits for the end of one that is under way."""
    with Path(tempfile.gettempdir(), _FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nobody pushes; if so, pushes wait for the block's end."""
    with Path(tempfile.gettempdir(), _FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True

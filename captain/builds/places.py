"""So many builds at a time on one machine, whichever process they are of."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE_SECONDS = 0.2


@contextmanager
def place(folder: Path, count: int, may_go_on: Callable[[], object], say: Callable[[str], object]) -> Iterator[None]:
    """Hold one of `count` places for a block; a killed process holds none. `may_go_on` ends the wait by raising."""
    told = False
    while True:
        for number in range(count):
            with (folder / f"flotilla-build-{number}.lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        if not told:
            say(f"{count} builds are under way: this one waits for a place")
            told = True
        may_go_on()
        time.sleep(_PAUSE_SECONDS)

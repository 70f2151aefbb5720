"""Where apps' kept lines are on captain's disk: a folder for each app, which ends with its service."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from captain.apps.app_spec import name_mistake
from captain.logs.bounds import Size
from captain.logs.segments import Segments, read, remove, sizes
from swarm.engine_logs import LogLine

_FOLDER, _LOCK = "flotilla-logs", "lock"
_SERVICE_ID = re.compile(r"[A-Za-z0-9]{1,64}")


class KeptLogs:
    """An app that was removed and made again is another one: it has another service, and no lines of the first."""

    def __init__(self, folder: Path) -> None:
        """`folder` is on captain's disk."""
        self._folder = folder / _FOLDER

    def read(self, app: str, service: str) -> Iterator[tuple[LogLine, int | None]]:
        """Lines, and the numbers of their replicas, in the order in which they were kept. Raises `OSError`."""
        return read(self._of(app, service))

    def segments(self, app: str, service: str) -> Segments:
        """To write the app's; for one process at a time, which holds `ours`. Raises `OSError`."""
        return Segments(self._of(app, service))

    def sizes(self) -> list[Size]:
        """Of all files of all apps; an app is called as its folder. Raises `OSError`."""
        return [size for name in self.names() for size in sizes(self._folder / name)]

    def remove(self, file: Size) -> None:
        """One of `sizes`. Raises `OSError`."""
        remove(self._folder / file.app, file.number)

    def names(self) -> list[str]:
        """Of the folders there are."""
        if not self._folder.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(self._folder) if entry.is_dir(follow_symlinks=False))

    def forget(self, names: Collection[str]) -> None:
        """Take folders away. Raises `OSError`."""
        for name in names:
            shutil.rmtree(self._folder / name)

    def free_bytes(self) -> int:
        """Of the disk. Raises `OSError`."""
        self._make()
        return shutil.disk_usage(self._folder).free

    @contextmanager
    def ours(self) -> Iterator[bool]:
        """Whether this process is the one that writes, for the block; a killed one is not. Raises `OSError`."""
        self._make()
        with os.fdopen(os.open(self._folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _make(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _of(self, app: str, service: str) -> Path:
        return self._folder / folder_name(app, service)


def folder_name(app: str, service: str) -> str:
    """`ValueError` for what is no name of an app and no id: no path is made of either."""
    if name_mistake(app) or not _SERVICE_ID.fullmatch(service):
        raise ValueError(f"{app!r} is no app's name, or {service!r} no service's id")
    return f"{app}.{service}"

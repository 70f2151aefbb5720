"""What was asked of captain and is not over, on its disk, so that a kill loses none of it; and how the last ones ended.

A file for each, which is written whole or not at all (fsync, rename). What may hold values of an environment is sealed
(`seal`). Of two captains, as there are while one takes the other's place, the first has the ledger until its end.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from captain.errors import CaptainError
from captain.seal import NONCE_BYTES, NotOurs, opened, sealed

MOST_BYTES = 64 * 2**20
"""Of all entries that are not over; what comes beyond is refused."""
MOST_SOURCE_BYTES = 8 * 2**30
"""Of all sources that wait or are built."""
_ENTRY, _SOURCE, _UNFINISHED = ".json", ".source", ".new"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

JSON: TypeAlias = Mapping[str, Any]

log = logging.getLogger("captain.ledger")


class NotKept(CaptainError):
    """Captain's disk has no room for it (`is_full`), or cannot be written: nothing of it is going to be done."""

    def __init__(self, sentence: str, is_full: bool) -> None:
        super().__init__(sentence)
        self.is_full = is_full


@dataclass(frozen=True, slots=True)
class Entry:
    """`plain` may be read by anybody who reads the disk; `secret` is None where this captain's key does not open it."""

    number: int
    plain: JSON
    secret: JSON | None


class Ledger:
    """For several threads of the one process that has it."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """The folder is made when it is first needed. Without a key nothing can be kept."""
        self._folder = folder
        self._key = key
        self._lock = threading.Lock()
        self._held: BinaryIO | None = None
        self._unfinished: dict[int, int] = {}
        """Bytes of those that are not over."""

    def take(self) -> bool:
        """Have it, until the process ends or `close`; False while another process does. Tidies what a kill left."""
        with self._lock, _told(self._folder):
            self._make_folder()
            if self._held is None:
                held = (self._folder / "lock").open("ab")
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held.close()
                    return False
                self._held = held
            for path in self._folder.glob(f"*{_UNFINISHED}"):
                path.unlink()
        return True

    def close(self) -> None:
        """Another process may have it."""
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    def add(self, entry: Entry, source: BinaryIO | None = None) -> None:
        """Keep one more, with its source. `NotKept` where that is not possible; then nothing of it is left."""
        if not self._key:
            raise NotKept(
                "captain has no secret to seal changes with (flotilla_captain_key): swarm/up.sh makes it.", False
            )
        if source is not None:
            with _told(self._folder):  # before the lock: it takes seconds
                source.flush()
                os.fsync(source.fileno())
        with self._lock, _told(self._folder):
            self._make_folder()
            if sum(self._unfinished.values()) >= MOST_BYTES:
                raise NotKept(f"Changes of {MOST_BYTES // 2**20} MiB wait already: try again when some are done.", True)
            try:
                if source is not None:
                    self._keep_source(entry.number, source)
                self._write(entry)
            except BaseException:  # whatever it was is the caller's, who is told that nothing is going to be done
                self._drop(entry.number)
                raise

    def put(self, entry: Entry) -> None:
        """Write one anew that is not over. `NotKept` where that is not possible: the one from before is still there."""
        with self._lock, _told(self._folder):
            self._write(entry)

    def count(self, numbers: Iterable[int]) -> None:
        """These are not over, which an earlier captain left: they take room from what comes."""
        with self._lock, _told(self._folder):
            for number in numbers:
                self._unfinished[number] = self._path(number, _ENTRY).stat().st_size

    def end(self, entry: Entry) -> None:
        """One that is over, whose source is needed no more. If that cannot be written it is forgotten instead."""
        with self._lock:
            try:
                with _told(self._folder):
                    self._write(entry)
            except NotKept as error:
                log.warning("How deployment %d ended is not kept: %s", entry.number, error)
                self._drop(entry.number)
            self._unfinished.pop(entry.number, None)
            with suppress(OSError):
                self._path(entry.number, _SOURCE).unlink(missing_ok=True)

    def remove(self, number: int) -> None:
        """Forget one that is over."""
        with self._lock:
            self._drop(number)

    def get(self, number: int) -> Entry | None:
        """One of them, whichever process has it; None where there is none."""
        with _told(self._folder):
            return self._read(self._path(number, _ENTRY))

    def all(self) -> list[Entry]:
        """All of them, the oldest first. Sources that are nobody's are taken away."""
        with self._lock, _told(self._folder):
            found = self._all()
            known = {str(entry.number) for entry in found}
            for path in self._folder.glob(f"*{_SOURCE}"):
                if path.stem not in known:
                    path.unlink(missing_ok=True)
        return found

    def look(self) -> list[Entry]:
        """All of them, whichever process has them; takes nothing away."""
        with _told(self._folder):
            return self._all()

    def source(self, number: int) -> BinaryIO | None:
        """The source that was kept with it, open at its beginning."""
        with _told(self._folder):
            path = self._path(number, _SOURCE)
            return path.open("rb") if path.exists() else None

    def newest(self) -> int:
        """The greatest number that any process gave; 0 without one. A disk that cannot be read says so in the log."""
        try:
            names = (path.stem for path in self._folder.glob(f"*{_ENTRY}"))
            return max((int(name) for name in names if name.isdecimal()), default=0)
        except OSError as error:
            log.warning("%s cannot be read: %s", self._folder, error)
            return 0

    def _path(self, number: int, suffix: str) -> Path:
        return self._folder / f"{number}{suffix}"

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _size(self, suffix: str) -> int:
        return sum(path.stat().st_size for path in self._folder.glob(f"*{suffix}"))

    def _write(self, entry: Entry) -> None:
        about = str(entry.number)
        hidden = sealed(self._key, about, json.dumps(entry.secret).encode(), secrets.token_bytes(NONCE_BYTES))
        text = json.dumps({"plain": dict(entry.plain), "sealed": base64.b64encode(hidden).decode()})
        unfinished = self._path(entry.number, _UNFINISHED)
        with _private(unfinished) as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path(entry.number, _ENTRY))
        self._unfinished[entry.number] = len(text)
        self._sync_folder()

    def _keep_source(self, number: int, source: BinaryIO) -> None:
        size = os.fstat(source.fileno()).st_size  # of what is written: `add` has flushed it
        if self._size(_SOURCE) + size > MOST_SOURCE_BYTES:
            raise NotKept(
                f"Sources of {MOST_SOURCE_BYTES // 2**30} GiB wait already: try again when some are done.", True
            )
        path = self._path(number, _SOURCE)
        try:
            # Without a copy where the file can be given a name. Only with a folder does Python follow the link.
            with _open_folder(self._folder) as folder:
                os.link(f"/proc/self/fd/{source.fileno()}", path.name, dst_dir_fd=folder, follow_symlinks=True)
        except OSError as error:
            if error.errno in _FULL:
                raise
            source.seek(0)
            with _private(path) as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
        source.seek(0)
        self._sync_folder()

    def _all(self) -> list[Entry]:
        found = [entry for path in self._folder.glob(f"*{_ENTRY}") if (entry := self._read(path)) is not None]
        return sorted(found, key=lambda entry: entry.number)

    def _read(self, path: Path) -> Entry | None:
        try:
            found = json.loads(path.read_bytes())
            number, plain, hidden = int(path.stem), found["plain"], base64.b64decode(found["sealed"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            log.error("%s holds no change that can be read, and is passed over: %s", path, error)
            return None
        try:
            return Entry(number, plain, json.loads(opened(self._key, str(number), hidden)))
        except NotOurs:
            return Entry(number, plain, None)

    def _drop(self, number: int) -> None:
        """Unlinking needs no room; what cannot be is said, and would be done once more after a restart."""
        self._unfinished.pop(number, None)
        for suffix in (_ENTRY, _SOURCE, _UNFINISHED):
            try:
                self._path(number, suffix).unlink(missing_ok=True)
            except OSError as error:
                log.error("Deployment %d cannot be forgotten: %s", number, error)

    def _sync_folder(self) -> None:
        with _open_folder(self._folder) as folder:
            os.fsync(folder)


@contextmanager
def _open_folder(path: Path) -> Iterator[int]:
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield number
    finally:
        os.close(number)


def _private(path: Path) -> BinaryIO:
    """A new file that nobody else reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the disk says is a `NotKept`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NotKept(f"The disk of {folder} is full: docker system df shows what Docker holds.", True) from error
        raise NotKept(f"{folder} cannot be read or written: {error}", False) from error

"""The files of one app's kept lines: the newest is written, those before it are compressed."""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from captain.logs.bounds import SEGMENT_BYTES, Size
from captain.logs.seen import Seen
from captain.logs.segment import Writer, Written, entries, line_entry, writer_entry
from swarm.engine_logs import LogLine

_OPEN, _CLOSED = ".log", ".log.gz"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_LEVEL = 3
"""Of gzip: nearly as small as the best, in a third of the time."""


class Segments:
    """Writes. One process at a time does; others may read meanwhile. Methods raise `OSError`, and have done nothing."""

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        """`folder` is the app's, and made when something is kept. What is there is gone on with."""
        self._folder, self._segment_bytes = folder, segment_bytes
        self.seen = Seen()
        self._numbers: dict[str, int] = {}
        self._replicas: dict[str, tuple[str, int | None]] = {}
        self._number, self._size = 1, 0
        self._resume()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept."""
        return self._number == 1 and not self._size

    def oldest(self) -> datetime | None:
        """The time of the first line that is there, where older ones have gone; None where all are there."""
        numbers = _numbers(self._folder)
        if not numbers or numbers[0] == 1:
            return None
        first = (entry.at for entry in entries(_content(self._folder, numbers[0])) if isinstance(entry, Written))
        return next(first, None)

    def knows(self, task: str) -> bool:
        """Whether lines of that task need no word about it."""
        return task in self._replicas

    def append(self, lines: Sequence[LogLine], replicas: Mapping[str, int | None]) -> None:
        """Keep lines, all or none of them; `replicas` are numbers of tasks that are not known yet."""
        if not lines:
            return
        if self._size >= self._segment_bytes:
            self._rotate()
        numbers = {**self._numbers}
        made = [] if self._size else self._heading(numbers)
        known = {**self._replicas}
        for line in lines:
            if line.task not in numbers:
                known.setdefault(line.task, (line.node, replicas.get(line.task)))
                numbers[line.task] = len(numbers)
                made.append(writer_entry(Writer(line.task, *known[line.task])))
            made.append(line_entry(numbers[line.task], line.at, line.is_error, line.text))
        self._write(b"".join(made))
        self._replicas, self._numbers = known, numbers
        for line in lines:
            self.seen.add(line)

    def _heading(self, numbers: dict[str, int]) -> list[bytes]:
        """Of a new file: the tasks that are known, and how far."""
        made = []
        for task, until in self.seen.until().items():
            node, replica = self._replicas[task]
            numbers[task] = len(numbers)
            made.append(writer_entry(Writer(task, node, replica, until)))
        self._replicas = {task: self._replicas[task] for task in numbers}
        return made

    def _write(self, content: bytes) -> None:
        self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        file = os.open(_file(self._folder, self._number, _OPEN), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, _FILE_MODE)
        try:
            if os.fstat(file).st_size < self._size:
                raise OSError(errno.ESTALE, "somebody took away what was written", str(self._folder))
            os.ftruncate(file, self._size)  # what a write that failed, or a kill, left of a line
            os.lseek(file, self._size, os.SEEK_SET)
            rest = memoryview(content)
            try:
                while rest:
                    rest = rest[os.write(file, rest) :]
            except OSError:
                os.ftruncate(file, self._size)
                raise
        finally:
            os.close(file)
        self._size += len(content)

    def _rotate(self) -> None:
        _compress(self._folder, self._number)
        self._number, self._size, self._numbers = self._number + 1, 0, {}

    def _resume(self) -> None:
        found = _numbers(self._folder)
        if not found:
            return
        self._number = found[-1]
        if _file(self._folder, self._number, _CLOSED).exists():
            content = _content(self._folder, self._number)
            self._restore(content)
            _file(self._folder, self._number, _OPEN).unlink(missing_ok=True)
            self._number, self._size, self._numbers = self._number + 1, 0, {}
            return
        content = _content(self._folder, self._number)
        whole = content[: content.rfind(b"\n") + 1]
        self._restore(whole)
        self._size = len(whole)

    def _restore(self, content: bytes) -> None:
        for entry in entries(content):
            if isinstance(entry, Writer):
                self._numbers[entry.task] = len(self._numbers)
                self._replicas[entry.task] = (entry.node, entry.replica)
                if entry.until is not None:
                    self.seen.restore(entry.task, entry.until)
            else:
                self.seen.add(_line(entry))


def read(folder: Path) -> Iterator[tuple[LogLine, int | None]]:
    """An app's kept lines, and the numbers of their replicas, in the order in which they were kept.

    Files that go meanwhile are left out. Raises `OSError` for what cannot be read.
    """
    for number in _numbers(folder):
        for entry in entries(_content(folder, number)):
            if isinstance(entry, Written):
                yield _line(entry), entry.writer.replica


def sizes(folder: Path) -> list[Size]:
    """Of an app's files."""
    found = []
    for number in _numbers(folder):
        for ending in (_CLOSED, _OPEN):
            try:
                stat = _file(folder, number, ending).stat()
            except FileNotFoundError:
                continue
            found.append(Size(folder.name, number, stat.st_size, stat.st_mtime))
            break
    return found


def remove(folder: Path, number: int) -> None:
    """One of an app's files."""
    for ending in (_CLOSED, _OPEN):
        _file(folder, number, ending).unlink(missing_ok=True)


def _line(entry: Written) -> LogLine:
    return LogLine(entry.at, entry.writer.task, entry.writer.node, entry.is_error, entry.text)


def _file(folder: Path, number: int, ending: str) -> Path:
    return folder / f"{number}{ending}"


def _numbers(folder: Path) -> list[int]:
    try:
        names = [file.name.partition(".") for file in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted({int(first) for first, _, rest in names if first.isdecimal() and f".{rest}" in (_OPEN, _CLOSED)})


def _content(folder: Path, number: int) -> bytes:
    """Nothing of a file that is gone, or that is damaged. It may be compressed between two looks."""
    for ending in (_CLOSED, _OPEN, _CLOSED):
        try:
            content = _file(folder, number, ending).read_bytes()
        except FileNotFoundError:
            continue
        try:
            return gzip.decompress(content) if ending == _CLOSED else content
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return b""
    return b""


def _compress(folder: Path, number: int) -> None:
    """Killed in between, either the file is there, or the compressed one is, whole."""
    source, new = _file(folder, number, _OPEN), folder / f"{number}.new"
    new.unlink(missing_ok=True)
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(gzip.compress(source.read_bytes(), _LEVEL))
    except OSError:
        new.unlink(missing_ok=True)
        raise
    new.replace(_file(folder, number, _CLOSED))
    source.unlink()

"""What builds said, on captain's disk: a file for each, which outlives captain, and says how far it came.

Whoever builds holds the file's lock to the end: a file that nobody holds and that says no end is of a build that ended
with its captain. Several captains and their commands write in one folder.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from captain.builds.queue import REMEMBERED, Build, State
from captain.errors import CaptainError

MOST_BYTES = 64 * 1024**2
"""Of all builds together; the oldest go first."""
MOST_BUILD_BYTES = 512 * 1024
"""Of one build; its oldest lines go first."""
LONGEST_KEPT = timedelta(days=30)
INTERRUPTED = "captain ended while it was going on"
_FOLDER, _LOCK = "flotilla-builds", "lock"
_NAME = re.compile(r"(?P<app>[a-z0-9-]{1,100})\.(?P<number>[1-9][0-9]{0,17})\.log")

log = logging.getLogger("captain.builds")


@dataclass(frozen=True, slots=True)
class KeptBuild:
    """`lines` are the last it said, and `left_out` so many that came before them."""

    build: Build
    lines: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    app: str
    number: int


class Recording:
    """The file of a build that goes on. A disk that takes nothing ends it, which is logged; the build goes on."""

    def __init__(self, path: Path, build: Build) -> None:
        """Raises `OSError`."""
        self._path = path
        self._file = -1
        self._size = 0
        self._build = build
        self._rewrite(())

    def line(self, text: str, lines: Sequence[str], left_out: int) -> None:
        """One more; `lines` are the last ones with it, of which `left_out` came before."""
        if self._file >= 0:
            try:
                if self._size > MOST_BUILD_BYTES:
                    self._rewrite(lines, left_out)
                else:
                    self._append(json.dumps(text, ensure_ascii=False))
            except OSError as error:
                self._give_up(error)

    def state(self, build: Build) -> None:
        """It is that far."""
        self._build = build
        if self._file >= 0:
            try:
                self._append(json.dumps(_as_json(build)))
            except OSError as error:
                self._give_up(error)

    def close(self) -> None:
        """It is over, or nobody wants it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, entry: str) -> None:
        content = entry.encode() + b"\n"
        if os.write(self._file, content) != len(content):
            raise OSError("the disk is full")
        self._size += len(content)

    def _rewrite(self, lines: Sequence[str], left_out: int = 0) -> None:
        """In another file, which is held before it has the name: nobody finds one that is not held."""
        kept = _newest(lines, MOST_BUILD_BYTES // 2)
        left_out += len(lines) - len(kept)
        state = json.dumps({**_as_json(self._build), "left_out": left_out})
        content = "".join(f"{entry}\n" for entry in (state, *kept)).encode()
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.write(file, content) != len(content):
                raise OSError("the disk is full")
            new.replace(self._path)
        except OSError:
            os.close(file)
            new.unlink(missing_ok=True)
            raise
        self.close()
        self._file, self._size = file, len(content)

    def _give_up(self, error: OSError) -> None:
        """The file stays, and says no end: as far as it goes it is true, and the build in it counts as interrupted."""
        log.warning("the log of build %d of %s is not kept: %s", self._build.id, self._build.app, error)
        self.close()


class KeptBuilds:
    """Of all apps. What cannot be written is logged, and no build waits for it."""

    def __init__(self, folder: Path) -> None:
        """`folder` is on captain's disk."""
        self._folder = folder / _FOLDER

    def begin(self, build: Build) -> tuple[Build, Recording | None]:
        """The build with a number that no other has, and its file; none where the disk takes nothing.

        `ValueError` for an app whose name makes no file's.
        """
        try:
            with self._alone():
                files = self._files()
                number = max([build.id, *(file.number + 1 for file in files)])
                build = replace(build, id=number)
                self._tidy(files, build)
                return build, Recording(self._folder / _file_name(build), build)
        except OSError as error:
            log.warning("the log of build %d of %s is not kept: %s", build.id, build.app, error)
            return build, None

    def of(self, app: str) -> list[Build]:
        """An app's, newest first. Raises `CaptainError` for what cannot be read."""
        with _readable():
            found = [self._read(file) for file in self._files() if file.app == app]
        return sorted((kept.build for kept in found if kept is not None), key=lambda build: -build.id)

    def get(self, app: str, number: int) -> KeptBuild | None:
        """One of them, with what it said. Raises `CaptainError` for what cannot be read."""
        with _readable():
            found = next((file for file in self._files() if (file.app, file.number) == (app, number)), None)
            return None if found is None else self._read(found)

    def newest(self, app: str) -> KeptBuild | None:
        """The app's last. Raises `CaptainError` for what cannot be read."""
        with _readable():
            own = [file for file in self._files() if file.app == app]
            return self._read(max(own, key=lambda file: file.number)) if own else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self._folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _files(self) -> list[_File]:
        if not self._folder.is_dir():
            return []
        names = [(path, _NAME.fullmatch(path.name)) for path in self._folder.iterdir()]
        return [_File(path, found["app"], int(found["number"])) for path, found in names if found is not None]

    def _tidy(self, files: Sequence[_File], new: Build) -> None:
        """What is too old or too much, to make room for a new one. What goes on stays."""
        sizes = {file.path: file.path.stat() for file in files}
        old = new.queued_at - LONGEST_KEPT
        going = {file.path for file in files if sizes[file.path].st_mtime < old.timestamp()}
        for app in {file.app for file in files}:
            own = sorted((file for file in files if file.app == app), key=lambda file: -file.number)
            going |= {file.path for file in own[REMEMBERED - (app == new.app) :]}
        left = sum(stat.st_size for path, stat in sizes.items() if path not in going)
        for file in sorted(files, key=lambda file: file.number):
            if left > MOST_BYTES and file.path not in going:
                going.add(file.path)
                left -= sizes[file.path].st_size
        for path in going:
            if not _is_held(path):
                path.unlink(missing_ok=True)

    @staticmethod
    def _read(file: _File) -> KeptBuild | None:
        while True:
            try:
                with file.path.open("rb") as opened:
                    is_held = _is_locked(opened.fileno())  # before it is read: who lets go has written the end
                    content = opened.read()
                    if os.path.samestat(os.fstat(opened.fileno()), file.path.stat()):
                        return told(content, file.app, file.number, is_held)
            except FileNotFoundError:
                return None


def row(build: Build) -> dict[str, object]:
    """For programs. Pure."""
    return {"build": build.id, "app": build.app, **_as_json(build)}


def row_with_log(kept: KeptBuild) -> dict[str, object]:
    """And with what it said. Pure."""
    return {**row(kept.build), "log": list(kept.lines), "left_out": kept.left_out}


def told(content: bytes, app: str, number: int, is_held: bool) -> KeptBuild | None:
    """What a file says; None where it does not even say what it is of. `is_held` is whether it goes on. Pure."""
    build: Build | None = None
    lines: list[str] = []
    left_out = 0
    for entry in content.split(b"\n"):
        try:
            found = json.loads(entry)
            if isinstance(found, str):
                lines.append(found)
            elif isinstance(found, dict):
                build, left_out = _of_json(found, app, number), int(found.get("left_out", left_out))
        except (ValueError, KeyError, TypeError, OverflowError):
            continue  # what was cut off by a kill
    if build is None:
        return None
    if not build.state.is_over and not is_held:
        build = replace(build, state=State.INTERRUPTED, why=INTERRUPTED)
    return KeptBuild(build, tuple(lines), left_out)


def _file_name(build: Build) -> str:
    name = f"{build.app}.{build.id}.log"
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a build's file")
    return name


def _newest(lines: Sequence[str], most_bytes: int) -> list[str]:
    """As entries, in their order."""
    kept, size = list[str](), 0
    for line in reversed(lines):
        entry = json.dumps(line, ensure_ascii=False)
        size += len(entry.encode()) + 1
        if size > most_bytes:
            break
        kept.append(entry)
    return kept[::-1]


def _as_json(build: Build) -> dict[str, object]:
    times = {name: getattr(build, name) for name in ("queued_at", "started_at", "ended_at")}
    return {
        "state": build.state.value,
        "git_hash": build.git_hash,
        "image": build.image,
        "why": build.why,
        **{name: None if at is None else at.isoformat() for name, at in times.items()},
    }


def _of_json(found: dict[str, object], app: str, number: int) -> Build:
    started, ended = found["started_at"], found["ended_at"]
    return Build(
        number,
        app,
        State(found["state"]),
        datetime.fromisoformat(str(found["queued_at"])),
        None if started is None else datetime.fromisoformat(str(started)),
        None if ended is None else datetime.fromisoformat(str(ended)),
        str(found["git_hash"]),
        str(found["image"]),
        str(found["why"]),
    )


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CaptainError(f"The kept builds cannot be read: {error}.") from error


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as opened:
            return _is_locked(opened.fileno())
    except FileNotFoundError:
        return False


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False

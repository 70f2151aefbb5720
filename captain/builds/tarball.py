"""Reads a source that is a tar: what is in it, one file of it, and a part of it packed anew for the engine.

Nothing of it is ever written to captain's disk under a name of its own. What cannot be a source raises `CaptainError`.
"""

from __future__ import annotations

import errno
import gzip
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from captain.builds.ignored import FILE as IGNORED
from captain.builds.ignored import LeftOut, nothing
from captain.builds.members import Inventory, Kind, Limits, Member, path_of, shown
from captain.errors import CaptainError

MOST_UPLOAD_BYTES = 1024**3
_PIECE = 64 * 1024
_MOST_HEADER_BYTES = 1024**2
_BLOCK = tarfile.BLOCKSIZE
_GZIP = b"\x1f\x8b"
_DAMAGE = (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError)
_KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.CONTTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARD_LINK,
}
_REFUSED = {
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file (pack it without --sparse)",
}


def spool(chunks: Iterable[bytes], folder: Path, most_bytes: int = MOST_UPLOAD_BYTES) -> BinaryIO:
    """An upload as an open file at its beginning, without a name: it is gone with whoever holds it."""
    written = 0
    with on_disk(folder):
        file = nameless(folder)
        try:
            for chunk in chunks:
                written += len(chunk)
                if written > most_bytes:
                    raise CaptainError(f"The source is too large: {most_bytes // 1024**2} MiB are the most.")
                file.write(chunk)
            file.seek(0)
        except BaseException:  # an interruption, too: the file is nobody's any more, the error the caller's
            file.close()
            raise
    return file


def nameless(folder: Path) -> BinaryIO:
    """A file that is gone with whoever holds it; one that the disk lets have a name later, if it knows such files."""
    try:
        return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600), "w+b")
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
            raise
    return tempfile.TemporaryFile(dir=folder)


def plain(source: BinaryIO, folder: Path, limits: Limits) -> BinaryIO:
    """The tar without gzip's compression, if it has that; then what was given is closed.

    Other compressions are none: what xz needs of memory is said by whoever packed it.
    """
    source.seek(0)
    is_plain = source.read(len(_GZIP)) != _GZIP
    source.seek(0)
    if is_plain:
        return source
    # Headers and padding come on top of what the files have.
    most = limits.unpacked_bytes + 3 * _BLOCK * limits.members
    try:
        with source, gzip.GzipFile(fileobj=source) as unpacked:
            return spool(iter(lambda: unpacked.read(_PIECE), b""), folder, most)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CaptainError(f"The source cannot be unpacked ({error}): pack and send it again.") from error


def files(tar: BinaryIO, limits: Limits) -> Mapping[str, Kind]:
    """Everything in a plain tar, by its path, every member having been looked at."""
    inventory = Inventory(limits)
    for _, member in _members(tar):
        inventory.add(member)
    if not inventory.found:
        raise CaptainError("The source is empty: pack the files of the app.")
    return inventory.found


def text_of(tar: BinaryIO, path: str, most_bytes: int) -> str:
    """One file as text."""
    for info, member in _members(tar):
        if member.path == path and member.kind is Kind.FILE:
            if info.size > most_bytes:
                raise CaptainError(f"{path} has {info.size} bytes: {most_bytes} are the most.")
            tar.seek(info.offset_data)
            try:
                return tar.read(info.size).decode()
            except UnicodeDecodeError as error:
                raise CaptainError(f"{path} is no text in UTF-8: {error}.") from error
    raise CaptainError(f"{path} is no file in the source.")


def packed(tar: BinaryIO | None, folder: str, added: Mapping[str, str], left_out: LeftOut = nothing) -> Iterator[bytes]:
    """A tar of what is below `folder` (all of it for an empty one), and of the files `added`, which take precedence.

    What is `left_out`, by its path in the folder, is not in it. Owners are none, modes keep their nine bits.
    """
    for path, text in added.items():
        content = text.encode()
        yield from _entry(_header(path, tarfile.REGTYPE, len(content), 0o644), content)
    below = f"{folder}/" if folder else ""
    for info, member in _members(tar) if tar is not None else ():
        path = member.path.removeprefix(below)
        if not member.path.startswith(below) or path in added or left_out(path):
            continue
        target = member.target
        if member.kind is Kind.HARD_LINK:
            if not target.startswith(below):
                raise CaptainError(f"The source has a hard link, {shown(path)}, out of the folder that is built.")
            target = target.removeprefix(below)
            if left_out(target):
                raise CaptainError(
                    f"The source has a hard link, {shown(path)}, to a file that its {IGNORED} leaves out."
                )
        header = _header(path, info.type, member.size_bytes, info.mode & 0o777, target)
        yield header
        yield from _content(tar, info) if member.kind is Kind.FILE and tar is not None else ()
    yield bytes(2 * _BLOCK)


def from_folder(folder: Path, sink: BinaryIO) -> None:
    """Pack a folder of this machine, all but its `.git`."""

    def kept(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if info.name in (".git", "./.git") else info

    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(folder, arcname=".", filter=kept)
    sink.seek(0)


class _Careful(io.RawIOBase):
    """A file that does not read more at a time than a header may have: its length is said by whoever packed it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MOST_HEADER_BYTES:
            raise tarfile.ReadError("a header says that it is as long as no header is")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _members(tar: BinaryIO) -> Iterator[tuple[tarfile.TarInfo, Member]]:
    tar.seek(0)
    try:
        with tarfile.open(fileobj=_Careful(tar), mode="r:", encoding="utf-8") as archive:
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # or all of them would be kept
                member = _member(info)
                if member.path or member.kind is not Kind.FOLDER:  # the root itself is no member
                    yield info, member
            # tarfile takes a broken header for the end, too.
            tar.seek(archive.offset)
            if tar.read(_BLOCK) != bytes(_BLOCK):
                raise CaptainError("The source is cut off or damaged, its end is missing: pack and send it again.")
    except _DAMAGE as error:
        raise CaptainError(
            f"The source is no tar, plain or with gzip, that can be read ({error}): pack and send it again."
        ) from error


def _member(info: tarfile.TarInfo) -> Member:
    kind = _KINDS.get(info.type)
    path = path_of(info.name)
    if kind is None or info.issparse():
        what = (
            _REFUSED[tarfile.GNUTYPE_SPARSE]
            if info.issparse()
            else _REFUSED.get(info.type, "a member of no known kind")
        )
        raise CaptainError(f"The source has {what}: {shown(info.name)}. Leave it out.")
    if not path and kind is not Kind.FOLDER:
        raise CaptainError(f"The source has a {kind.value} without a name: pack it again.")
    if kind is Kind.HARD_LINK:
        return Member(path, kind, target=path_of(info.linkname))
    return Member(path, kind, info.size if kind is Kind.FILE else 0, info.linkname if kind is Kind.SYMLINK else "")


def _header(path: str, kind: bytes, size: int, mode: int, target: str = "") -> bytes:
    info = tarfile.TarInfo(path)
    info.type, info.size, info.mode, info.linkname = kind, size, mode, target
    if kind in (tarfile.AREGTYPE, tarfile.CONTTYPE):
        info.type = tarfile.REGTYPE
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8")


def _entry(header: bytes, content: bytes) -> Iterator[bytes]:
    yield header
    yield content + bytes(-len(content) % _BLOCK)


def _content(tar: BinaryIO, info: tarfile.TarInfo) -> Iterator[bytes]:
    """Whoever reads this goes on with the headers afterwards, which seek for themselves."""
    left = info.size
    while left:
        tar.seek(info.offset_data + info.size - left)
        piece = tar.read(min(left, _PIECE))
        if not piece:
            raise CaptainError("The source is cut off: pack and send it again.")
        left -= len(piece)
        yield piece
    yield bytes(-info.size % _BLOCK)


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """What is written to a full disk in a block is a `CaptainError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise CaptainError(f"The disk of {folder} is full: docker system df shows what Docker holds.") from error

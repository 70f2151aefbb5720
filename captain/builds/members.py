"""What may be in a source, and where a thing in it lies. Pure.

A source comes from anywhere. Captain itself never unpacks one, but the engine does, as root.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from enum import Enum

from captain.errors import CaptainError

_LONGEST_NAME = 4096


class Kind(Enum):
    """What a member of an archive is; everything else is refused."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARD_LINK = "hard link"


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its `path` in the source without detours, and for links their target as it is written."""

    path: str
    kind: Kind
    size_bytes: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a source may be once it is unpacked."""

    unpacked_bytes: int = 1024**3
    members: int = 100_000


@dataclass
class Inventory:
    """Takes members one after the other; the first that may not be raises `CaptainError` with its name."""

    limits: Limits = field(default_factory=Limits)
    found: dict[str, Kind] = field(default_factory=dict)
    _bytes: int = 0
    _parents: set[str] = field(default_factory=set)

    def add(self, member: Member) -> None:
        """Count it, and look at where it lies and leads to."""
        self._bytes += member.size_bytes
        if member.size_bytes < 0 or self._bytes > self.limits.unpacked_bytes:
            raise CaptainError(
                f"The source is too large: unpacked, it has more than {self.limits.unpacked_bytes // 1024**2} MiB."
            )
        if len(self.found) >= self.limits.members:
            raise CaptainError(f"The source is too large: it has more than {self.limits.members} files.")
        self._place(member)
        if member.kind is Kind.SYMLINK:
            _stays_inside(member)
        if member.kind is Kind.HARD_LINK and self.found.get(member.target) is not Kind.FILE:
            raise CaptainError(
                f"The source has a hard link, {shown(member.path)}, to {shown(member.target)}, which is no file before "
                "it in the source: pack it again as a file."
            )
        self.found[member.path] = member.kind

    def _place(self, member: Member) -> None:
        before = self.found.get(member.path)
        is_folder_again = before is Kind.FOLDER and member.kind is Kind.FOLDER
        if (before is not None and not is_folder_again) or (
            member.kind is not Kind.FOLDER and member.path in self._parents
        ):
            raise CaptainError(f"The source has {shown(member.path)} twice: pack it again.")
        parent = posixpath.dirname(member.path)
        while parent and parent not in self._parents:
            if self.found.get(parent, Kind.FOLDER) is not Kind.FOLDER:
                raise CaptainError(
                    f"The source has {shown(member.path)} below {shown(parent)}, which is no folder: pack it again."
                )
            self._parents.add(parent)
            parent = posixpath.dirname(parent)


def path_of(name: str) -> str:
    """The path of a member from its name in the archive; empty for the root itself. `CaptainError` if it leads out."""
    if name.startswith("/") or ".." in name.split("/"):
        raise CaptainError(
            f"The source has {shown(name)}, which leads out of it: pack it from within its folder (tar -C FOLDER -c .)."
        )
    if "\0" in name or len(name) > _LONGEST_NAME or not _is_utf8(name):
        raise CaptainError(f"The source has a file named {shown(name)}: give it a plain name.")
    path = posixpath.normpath(name)
    return "" if path == "." else path


def shown(text: str) -> str:
    """A name of somebody's for a message: in quotes, without control characters, not endless."""
    plain = text.encode("unicode_escape").decode("ascii") if not (_is_utf8(text) and text.isprintable()) else text
    return f"'{plain}'" if len(plain) <= 200 else f"'{plain[:200]}…'"


def _stays_inside(member: Member) -> None:
    target = member.target
    leads = posixpath.normpath(posixpath.join(posixpath.dirname(member.path), target))
    # Going up after going down could go up from elsewhere: what is down there may be a link itself.
    down = target.lstrip("./").split("/")
    if not target or target.startswith("/") or ".." in (*down, leads.split("/")[0]) or not _is_utf8(target):
        raise CaptainError(
            f"The source has a link, {shown(member.path)}, to {shown(target)}, which is not within it: "
            "leave it out, or make it relative."
        )


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

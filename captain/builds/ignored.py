"""What a `.dockerignore` leaves out of a build, read as Docker's command line reads it. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from captain.errors import CaptainError

FILE = ".dockerignore"
LeftOut: TypeAlias = Callable[[str], bool]


def nothing(_: str) -> bool:
    """Of a source without such a file."""
    return False


def left_out(text: str, never: str) -> LeftOut:
    """Whether a path is left out: the last pattern that fits it, or a folder above it, decides.

    `never` is the Dockerfile, which the engine needs. `CaptainError` for a pattern that is none.
    """
    patterns = [_pattern(line) for line in text.removeprefix("\ufeff").splitlines() if _says_something(line)]

    @lru_cache(maxsize=10_000)
    def fits(path: str) -> bool:
        parent, out = posixpath.dirname(path), False
        parents = [path]
        while parent:
            parents.append(parent)
            parent = posixpath.dirname(parent)
        for leaves_out, pattern in patterns:
            if leaves_out != out and any(pattern.fullmatch(each) for each in parents):
                out = leaves_out
        return out

    return lambda path: path not in (never, FILE) and fits(path)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _pattern(line: str) -> tuple[bool, re.Pattern[str]]:
    """Whether it leaves out (or, after `!`, takes in again), and what it fits."""
    text = line.strip()
    leaves_out = not text.startswith("!")
    path = posixpath.normpath((text if leaves_out else text[1:]).strip()).lstrip("/")
    try:
        return leaves_out, re.compile(_expression(path), re.DOTALL)
    except (re.error, IndexError):
        raise CaptainError(f"{FILE} has '{text}', which is no pattern: correct it.") from None


def _expression(path: str) -> str:
    """`*` and `?` stay within a folder, `**` does not, `[a-z]` is one of these, a backslash takes the next as it is."""
    made, at = "", 0
    while at < len(path):
        letter = path[at]
        if path.startswith("**/", at):
            made, at = made + "(?:.*/)?", at + 3
        elif path.startswith("**", at):
            made, at = made + ".*", at + 2
        elif letter == "[":
            end = path.index("]", at + 2) if "]" in path[at + 2 :] else -1
            if end < 0:
                raise re.error("a bracket that does not end")
            inside = path[at + 1 : end]
            made, at = made + "[" + inside.replace("\\", "\\\\").replace("[", "\\[") + "]", end + 1
        elif letter == "\\":
            made, at = made + re.escape(path[at + 1]), at + 2
        else:
            made, at = made + {"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)), at + 1
    return made

"""What `captain doctor` finds: a sentence, and the command that mends it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`WRONG` makes the exit code 1; a `NOTE` is worth knowing and nothing is broken by it."""

    WRONG = "wrong"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is a service, a node, or a word for what it concerns; `mend` a command, or what to read."""

    level: Level
    about: str
    sentence: str
    mend: str


def wrong(about: str, sentence: str, mend: str) -> Finding:
    return Finding(Level.WRONG, about, sentence, mend)


def look_at(name: str) -> str:
    return f"docker service ps --no-trunc {name}; docker service logs --tail 50 {name}"

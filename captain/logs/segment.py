"""What a file of kept lines holds: entries, one a line, each whole or not there. Pure.

Tasks are told before their first line, and lines name them by the order in which they were told. A file needs no other
to be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Writer:
    """A task: its id, its node's, and its replica's number, None where the Swarm did not know.

    `until` is the time of its newest line in the files before; None where there is none.
    """

    task: str
    node: str
    replica: int | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A line, and whose it is."""

    writer: Writer
    at: datetime
    is_error: bool
    text: str


def writer_entry(writer: Writer) -> bytes:
    """Tells a task."""
    until = None if writer.until is None else _microseconds(writer.until)
    return _entry([writer.task, writer.node, writer.replica, until])


def line_entry(number: int, at: datetime, is_error: bool, text: str) -> bytes:
    """A line of the task that was told as that one, from 0."""
    return _entry([number, _microseconds(at), int(is_error), text])


def entries(content: bytes) -> Iterator[Writer | Written]:
    """In their order. What is damaged or broken off tells nothing; the others do."""
    writers: list[Writer] = []
    for line in content.split(b"\n"):
        with suppress(ValueError, OverflowError):
            match json.loads(line):
                case [str(task), str(node), int() | None as replica, int() | None as until]:
                    writers.append(Writer(task, node, replica, None if until is None else _time(until)))
                    yield writers[-1]
                case [int(number), int(at), int(is_error), str(text)] if 0 <= number < len(writers):
                    yield Written(writers[number], _time(at), is_error == 1, text)


def _entry(fields: list[object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND

"""The newest lines of two tellings of the same log, each line once. Pure, and of bounded memory where that is asked."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    """A line; two that are equal are the same one."""

    def __hash__(self) -> int: ...
    @property
    def at(self) -> datetime: ...


_T = TypeVar("_T", bound=Timed)


class Newest(Generic[_T]):
    """Keeps the `most` newest lines of each group, all without a number; of equal times the later one is newer."""

    def __init__(self, most: int | None) -> None:
        self._most, self._count = most, 0
        self.has_left_out = False
        """Whether older lines were added than it keeps."""
        self._groups: dict[str, list[tuple[datetime, int, _T]]] = {}

    def add(self, group: str, line: _T) -> None:
        lines = self._groups.setdefault(group, [])
        self._count += 1
        entry = (line.at, self._count, line)
        if self._most is None:
            lines.append(entry)
            return
        if len(lines) < self._most:
            heapq.heappush(lines, entry)
            return
        self.has_left_out = True
        if lines and entry > lines[0]:
            heapq.heapreplace(lines, entry)

    def groups(self) -> dict[str, list[_T]]:
        """In the order of their times."""
        return {
            name: [line for _, _, line in sorted(group, key=lambda entry: entry[:2])]
            for name, group in self._groups.items()
        }


def united(kept: Iterable[_T], live: Iterable[_T]) -> list[_T]:
    """Both without doubles, in the order of their times; of equal times as each has them.

    A line that one of them has twice has been written twice.
    """
    found = list(kept)
    there = Counter(found)
    for line in live:
        if there[line] > 0:
            there[line] -= 1
        else:
            found.append(line)
    return sorted(found, key=lambda line: line.at)
